package web

import (
	"net/http"

	"callbook/auth"
	"callbook/graph/transport"
	"callbook/model"
)

// signIn puts the actor of a request's credential into its context. A websocket without a credential may still bring
// one in its first message.
func signIn(a *auth.Auth, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if transport.IsWebsocket(r) && !auth.HasCredential(r) {
			next.ServeHTTP(w, r)
			return
		}
		actor, err := a.FromHeaders(r)
		if err != nil {
			refuseSignIn(w, r, err)
			return
		}
		if auth.HasCredential(r) {
			noteSignIn(r.Context())
		}
		next.ServeHTTP(w, r.WithContext(model.WithActor(r.Context(), actor)))
	})
}

// refuseSignIn responds with 401 and a challenge (RFC 6750), or with 503 where the credential cannot be checked now.
func refuseSignIn(w http.ResponseWriter, r *http.Request, err error) {
	bad := model.AsErrors(err)[0]
	if bad.Code == model.ErrorCodeUnavailable {
		w.Header().Set("Retry-After", "5")
		transport.Refuse(w, r, http.StatusServiceUnavailable, bad)
		return
	}
	challenge := `Bearer realm="callbook"`
	if auth.HasCredential(r) {
		challenge += `, error="invalid_token"`
	}
	w.Header().Set("WWW-Authenticate", challenge)
	transport.Refuse(w, r, http.StatusUnauthorized, bad)
}
