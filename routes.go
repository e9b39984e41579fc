package main

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/rs/cors"

	"callbook/db"
	"callbook/graph"
	"callbook/graph/explorer"
	"callbook/model"
)

// routes is everything the server answers. identify puts the actor into the context; allowsOrigin says which pages may call.
func routes(d *db.DB, identify func(http.Handler) http.Handler, allowsOrigin func(string) bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/graphql", identify(graph.NewHandler(d)))
	mux.Handle("GET /{$}", explorer.Page())
	mux.Handle("GET /explorer/", http.StripPrefix("/explorer/", explorer.Assets()))
	mux.HandleFunc("GET /schema.graphqls", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, schemaText)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		if err := d.Ping(r.Context()); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ok\n")
	})
	fromPages := cors.New(cors.Options{
		AllowOriginFunc: allowsOrigin,
		AllowedMethods:  []string{http.MethodGet, http.MethodPost},
		AllowedHeaders:  []string{"*"},
		ExposedHeaders:  []string{"X-Request-Id"},
		MaxAge:          600,
	})
	return graph.WithRequestID(onLoopback(fromPages.Handler(mux)))
}

// asLocal lets every request act for the local actor.
func asLocal(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(model.WithActor(r.Context(), local)))
	})
}

// onLoopback refuses requests that name another host: a page elsewhere whose name was made to point here (DNS rebinding).
func onLoopback(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if !isLoopback(host) {
			http.Error(w, "this server answers to localhost alone", http.StatusMisdirectedRequest)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}

func (s serveCmd) allowsOrigin(origin string) bool {
	for _, allowed := range s.AllowedOrigin {
		if strings.EqualFold(strings.TrimSuffix(allowed, "/"), origin) {
			return true
		}
	}
	if !s.Demo {
		return false
	}
	u, err := url.Parse(origin)
	return err == nil && isLoopback(u.Hostname())
}
