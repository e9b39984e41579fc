package main

import (
	"io"
	"net/http"

	"github.com/rs/cors"

	"callbook/auth"
	"callbook/db"
	"callbook/graph"
	"callbook/graph/explorer"
	"callbook/model"
)

// site is what the server answers, to whom.
type site struct {
	graph.Options
	identify     func(http.Handler) http.Handler // puts the actor into the context; signIn where nil
	allowsOrigin func(string) bool               // which other pages may call
	allowsHost   func(string) bool               // under which names the server answers
	production   bool                            // no explorer
}

// routes is everything the server answers.
func (s site) routes() (http.Handler, error) {
	operations, err := graph.NewHandler(s.Options)
	if err != nil {
		return nil, err
	}
	if s.identify == nil {
		s.identify = func(next http.Handler) http.Handler { return signIn(s.Auth, next) }
	}
	mux := http.NewServeMux()
	mux.Handle("/graphql", sameSite(s.allowsOrigin, s.identify(operations)))
	if !s.production {
		mux.Handle("GET /{$}", explorer.Page())
		mux.Handle("GET /explorer/", http.StripPrefix("/explorer/", explorer.Assets()))
	}
	if s.Introspection {
		mux.HandleFunc("GET /schema.graphqls", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = io.WriteString(w, schemaText)
		})
	}
	mux.HandleFunc("GET /healthz", health(s.DB))
	fromPages := cors.New(cors.Options{
		AllowOriginFunc: s.allowsOrigin,
		AllowedMethods:  []string{http.MethodGet, http.MethodPost},
		AllowedHeaders:  []string{"*"},
		ExposedHeaders:  []string{"X-Request-Id", "Retry-After"},
		MaxAge:          600,
	})
	return graph.WithRequestID(onHost(s.allowsHost, fromPages.Handler(mux))), nil
}

func health(d *db.DB) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := d.Ping(r.Context()); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ok\n")
	}
}

// signIn finds out who a request acts for. A websocket without a credential may still bring one in its first message.
func signIn(a *auth.Auth, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if graph.IsWebsocket(r) && !auth.HasCredential(r) {
			next.ServeHTTP(w, r)
			return
		}
		actor, err := a.FromHeaders(r)
		if err != nil {
			refuseSignIn(w, r, err, auth.HasCredential(r))
			return
		}
		next.ServeHTTP(w, r.WithContext(model.WithActor(r.Context(), actor)))
	})
}

// refuseSignIn answers as RFC 6750 has it.
func refuseSignIn(w http.ResponseWriter, r *http.Request, err error, hasCredential bool) {
	bad := model.AsErrors(err)[0]
	if bad.Code == model.ErrorCodeUnavailable {
		w.Header().Set("Retry-After", "5")
		graph.Refuse(w, r, http.StatusServiceUnavailable, bad)
		return
	}
	challenge := `Bearer realm="callbook"`
	if hasCredential {
		challenge += `, error="invalid_token"`
	}
	w.Header().Set("WWW-Authenticate", challenge)
	graph.Refuse(w, r, http.StatusUnauthorized, bad)
}
