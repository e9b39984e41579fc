package web

import (
	"errors"
	"math"
	"net/http"
	"strconv"

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
		noteSignIn(r.Context())
		next.ServeHTTP(w, r.WithContext(model.WithActor(r.Context(), actor)))
	})
}

// refuseSignIn responds with 401 and a challenge (RFC 6750), with 429 where too many credentials were refused from the
// client's address, or with 503 where the credential cannot be checked now.
func refuseSignIn(w http.ResponseWriter, r *http.Request, err error) {
	bad := model.AsErrors(err)[0]
	if limited, ok := errors.AsType[*auth.TooManyRefusals](err); ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(limited.Wait.Seconds()))))
		transport.Refuse(w, r, http.StatusTooManyRequests, bad)
		return
	}
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
