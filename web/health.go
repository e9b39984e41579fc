package web

import (
	"io"
	"net/http"

	"callbook/db"
)

// health returns a handler that responds with 200 while the database answers reads, else with 503.
func health(d *db.DB) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := d.Ping(r.Context()); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ok\n")
	}
}
