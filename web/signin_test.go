package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"callbook/auth"
	"callbook/model"
)

func TestSignIn(t *testing.T) {
	required := auth.Options{Tokens: func(_ context.Context, token string) (model.Actor, error) {
		switch token {
		case "good":
			return model.NewActor(7, "ann", []model.Role{model.RoleAgent}, nil), nil
		case "later":
			return model.Actor{}, &model.Error{Code: model.ErrorCodeUnavailable, Message: "the keys cannot be read"}
		}
		return model.Actor{}, model.Unauthenticated("the token is not accepted")
	}}
	local := model.NewActor(1, "local", []model.Role{model.RoleAdmin}, nil)
	optional := required
	optional.Anonymous = &local
	const plain, invalid = `Bearer realm="callbook"`, `Bearer realm="callbook", error="invalid_token"`
	for _, c := range []struct {
		name       string
		options    auth.Options
		header     map[string]string
		status     int
		actor      string // the name of who acts; empty for nobody
		challenge  string
		retryAfter string
		code       model.ErrorCode
	}{
		{name: "a token", options: required, header: map[string]string{"Authorization": "Bearer good"},
			status: 200, actor: "ann"},
		{name: "nothing", options: required, status: 401, challenge: plain, code: model.ErrorCodeUnauthenticated},
		{name: "nothing where nothing is needed", options: optional, status: 200, actor: "local"},
		{name: "a bad token", options: required, header: map[string]string{"Authorization": "Bearer bad"},
			status: 401, challenge: invalid, code: model.ErrorCodeUnauthenticated},
		{name: "a bad token where nothing is needed", options: optional,
			header: map[string]string{"Authorization": "Bearer bad"},
			status: 401, challenge: invalid, code: model.ErrorCodeUnauthenticated},
		{name: "another scheme", options: required, header: map[string]string{"Authorization": "Basic good"},
			status: 401, challenge: invalid, code: model.ErrorCodeUnauthenticated},
		{name: "two credentials", options: required,
			header: map[string]string{"Authorization": "Bearer good", "X-Api-Key": "k"},
			status: 401, challenge: invalid, code: model.ErrorCodeUnauthenticated},
		{name: "a token that cannot be checked now", options: required,
			header: map[string]string{"Authorization": "Bearer later"},
			status: 503, retryAfter: "5", code: model.ErrorCodeUnavailable},
		{name: "a websocket without a credential", options: required, header: map[string]string{"Upgrade": "websocket"},
			status: 200},
		{name: "a websocket with a token", options: required,
			header: map[string]string{"Upgrade": "websocket", "Authorization": "Bearer good"}, status: 200, actor: "ann"},
		{name: "a websocket with a bad token", options: required,
			header: map[string]string{"Upgrade": "websocket", "Authorization": "Bearer bad"},
			status: 401, challenge: invalid, code: model.ErrorCodeUnauthenticated},
	} {
		got := ""
		next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			actor, _ := model.ActorFrom(r.Context())
			got = actor.Name
		})
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/graphql", nil)
		for name, value := range c.header {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		signIn(auth.New(c.options), next).ServeHTTP(w, r)
		if w.Code != c.status || got != c.actor {
			t.Errorf("%s: status %d, %q acts, want %d and %q", c.name, w.Code, got, c.status, c.actor)
		}
		if challenge := w.Header().Get("WWW-Authenticate"); challenge != c.challenge {
			t.Errorf("%s: the challenge is %q, want %q", c.name, challenge, c.challenge)
		}
		if wait := w.Header().Get("Retry-After"); wait != c.retryAfter {
			t.Errorf("%s: Retry-After is %q, want %q", c.name, wait, c.retryAfter)
		}
		if body := w.Body.String(); c.code != "" && !strings.Contains(body, `"`+string(c.code)+`"`) {
			t.Errorf("%s: the body is %s, want %s", c.name, body, c.code)
		}
	}
}
