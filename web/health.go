package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"callbook/db"
)

// alive responds with 200 while the process serves requests, whatever becomes of the database: an orchestrator that
// restarts a server because its database is away makes things worse.
func alive(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") }

// ready returns a handler that responds with 200 while requests should be sent to this server, within two seconds. It
// responds with 503 where the database does not answer reads or takes no writes (db.Ready), and from when draining
// ends; nil never does.
func ready(d *db.DB, draining context.Context) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if draining != nil && draining.Err() != nil {
			http.Error(w, "the server is stopping", http.StatusServiceUnavailable)
			return
		}
		if err := d.Ready(r.Context()); err != nil {
			slog.WarnContext(r.Context(), "the server is not ready", "error", err)
			http.Error(w, "the database cannot be used now; the log says why", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ready\n")
	}
}
