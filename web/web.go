// Package web is the site: its routes, who may call it, sign-in and health. The command serve runs it, and tests build
// it.
package web

import (
	"context"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/rs/cors"

	"callbook/auth"
	"callbook/db"
	"callbook/files"
	"callbook/files/template"
	"callbook/graph"
	"callbook/graph/explorer"
	"callbook/graph/operation"
	"callbook/graph/transport"
	"callbook/web/dashboard"
	"callbook/web/filespage"
	"callbook/web/page"
)

// Options say what the site serves, and to whom.
type Options struct {
	DB            *db.DB
	Auth          *auth.Auth
	Limits        operation.Limits
	Schema        string                          // the text of the schema, served where clients may read it
	Documents     map[string]string               // persisted documents, where they alone are served
	Introspection bool                            // whether clients may read the schema
	Suggestions   bool                            // "Did you mean" in errors
	Explorer      bool                            // whether GraphiQL is served
	Gqlgen        bool                            // whether gqlgen executes without the fast path
	AllowsOrigin  func(origin string) bool        // other sites whose pages may call: see AllowedOrigins
	AllowsHost    func(host string) bool          // names under which the site is served: see AllowedHosts
	Draining      context.Context                 // ends when requests are to go elsewhere; nil never does
	Stopping      context.Context                 // ends when the server begins to stop
	UnderWay      *sync.WaitGroup                 // counts websockets and their operations
	Identify      func(http.Handler) http.Handler // puts the actor into the context; by Auth where nil
	SpoolFolder   string                          // where temporary files of exports are; the system's where empty
}

// New returns the site. It returns an error where a persisted document does not fit the schema.
func New(o Options) (http.Handler, error) {
	pipeline, err := operation.New(operation.Options{
		DB: o.DB, Limits: o.Limits, Documents: o.Documents, Introspection: o.Introspection, Suggestions: o.Suggestions,
		Gqlgen: o.Gqlgen,
	})
	if err != nil {
		return nil, err
	}
	identify := o.Identify
	if identify == nil {
		identify = func(next http.Handler) http.Handler { return signIn(o.Auth, next) }
	}
	operations := transport.New(transport.Options{
		Pipeline: pipeline, Auth: o.Auth, Stopping: o.Stopping, UnderWay: o.UnderWay, NoteSignIn: noteSignIn,
	})
	mux := http.NewServeMux()
	mux.Handle("/graphql", compress(refuseOtherSites(o.AllowsOrigin, identify(operations))))
	for _, kind := range []files.Kind{files.CallKind, files.RecordKind} {
		mux.Handle("GET /files/"+template.FileName(kind), identify(importTemplate(kind)))
	}
	byLink := func(next http.Handler) http.Handler {
		return refuseOtherSites(o.AllowsOrigin, signInByLink(o.DB, o.Auth, identify(next), next))
	}
	mux.Handle("/files/{id}/{name}", byLink(newStoredFiles(o.DB)))
	mux.Handle("GET /export/{name}", byLink(newExports(o.DB, pipeline, o.SpoolFolder)))
	documents := newDocuments(o.DB, pipeline)
	mux.Handle("GET /print/calls", compress(byLink(printCalls{documents})))
	mux.Handle("GET /report/{name}", compress(byLink(reports{documents})))
	mux.Handle("GET /q/{name}", compress(refuseOtherSites(o.AllowsOrigin, identify(queries{o.DB, pipeline}))))
	mux.Handle("GET /openapi.json", compress(refuseOtherSites(o.AllowsOrigin, identify(openAPI{o.DB, pipeline}))))
	registerPages(mux, o)
	if o.Introspection {
		mux.Handle("GET /schema.graphqls", compress(schemaText(o.Schema)))
	}
	mux.HandleFunc("GET /healthz", alive)
	mux.HandleFunc("GET /readyz", ready(o.DB, o.Draining))
	site := allowOrigins(o.AllowsOrigin).Handler(withoutBody(mux))
	return withRequestID(withSecurityHeaders(refuseOtherHosts(o.AllowsHost, site))), nil
}

// registerPages serves the pages for people. Those that send operations of their own are left out where persisted
// documents alone are served.
func registerPages(mux *http.ServeMux, o Options) {
	var links []page.Link
	if o.Explorer {
		links = append(links, page.Link{Path: "", Name: "Explorer"})
	}
	if o.Documents == nil {
		links = append(links, page.Link{Path: "dashboard", Name: "Dashboard"}, page.Link{Path: "files", Name: "Files"})
	}
	if o.Explorer {
		explorer.Register(mux, time.Now, links)
	}
	if o.Documents == nil {
		dashboard.Register(mux, links)
		filespage.Register(mux, links)
	}
}

const (
	maxUnreadTime = 5 * time.Second  // for a client to send a body that nobody reads
	maxPageTime   = 30 * time.Second // for a client to read what takes no credential
)

// withoutBody cuts off clients that send a body slowly to where none is read, for which the server waits before it
// answers, and those that do not read what takes no credential.
func withoutBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/graphql" {
			connection := http.NewResponseController(w)
			_ = connection.SetWriteDeadline(time.Now().Add(maxPageTime)) // the server sets both anew for the next request
			if r.ContentLength != 0 {
				_ = connection.SetReadDeadline(time.Now().Add(maxUnreadTime))
			}
		}
		next.ServeHTTP(w, r)
	})
}

// allowOrigins returns what tells browsers which other sites' pages may call (CORS).
func allowOrigins(allows func(string) bool) *cors.Cors {
	return cors.New(cors.Options{
		AllowOriginFunc: allows,
		AllowedMethods:  []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodHead},
		AllowedHeaders:  []string{"*"},
		ExposedHeaders: []string{"X-Request-Id", "Retry-After", "Upload-Offset", "Upload-Length", "X-Row-Count",
			"X-Content-Sha256", "ETag", "Content-Disposition", "Link", NextCursorHeader},
		MaxAge: 600,
	})
}

// schemaText serves the text of the schema, of which clients that read slowly hold no copies.
func schemaText(schema string) http.Handler {
	text := []byte(schema)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write(text)
	})
}

// withRequestID gives every request an id, and writes it to the header X-Request-Id.
func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := graph.WithRequestID(r.Context())
		w.Header().Set("X-Request-Id", graph.RequestID(ctx))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// securityHeaders keep browsers from misusing a response. All responses share the values; what adds to one copies it.
var securityHeaders = http.Header{
	"X-Content-Type-Options":     {"nosniff"},
	"X-Frame-Options":            {"DENY"},
	"Referrer-Policy":            {"no-referrer"},
	"Cross-Origin-Opener-Policy": {"same-origin"},
	"Content-Security-Policy":    {"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
}

// varyValues is how many values the header Vary has at the most.
const varyValues = 3

// withSecurityHeaders gives every response the headers that keep browsers from misusing it.
func withSecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		maps.Copy(header, securityHeaders)
		header["Vary"] = make([]string, 0, varyValues)
		next.ServeHTTP(w, r)
	})
}
