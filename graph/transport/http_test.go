package transport

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"callbook/graph/operation"
	"callbook/model"
)

func TestRespondRefusal(t *testing.T) {
	for _, c := range []struct {
		name       string
		best       string
		status     int
		wait       time.Duration
		want       int
		wantType   string
		retryAfter string
	}{
		{"a request error in plain JSON", jsonType, 0, 0, 200, jsonType, ""},
		{"a request error in the newer form", graphqlType, 0, 0, 400, graphqlType, ""},
		{"a request error for a stream", eventStreamType, 0, 0, 400, graphqlType, ""},
		{"a status of its own", jsonType, 405, 0, 405, jsonType, ""},
		{"a full server", jsonType, 503, 0, 503, jsonType, "1"},
		{"a full server that says how long", jsonType, 503, 90 * time.Second, 503, jsonType, "90"},
		{"an empty budget", graphqlType, 429, 2500 * time.Millisecond, 429, graphqlType, "3"},
		{"an empty budget for a short time", graphqlType, 429, time.Millisecond, 429, graphqlType, "1"},
	} {
		w := httptest.NewRecorder()
		refused := operation.Refuse(t.Context(), c.status, model.BadInput("", "odd"))
		refused.RetryAfter = c.wait
		(&handler{}).respondRefusal(w, accepted{best: c.best}, refused)
		header := w.Header()
		if w.Code != c.want || header.Get("Content-Type") != c.wantType+"; charset=utf-8" ||
			header.Get("Retry-After") != c.retryAfter {
			t.Errorf("%s: %d %s, Retry-After %q, want %d %s, Retry-After %q", c.name,
				w.Code, header.Get("Content-Type"), header.Get("Retry-After"), c.want, c.wantType, c.retryAfter)
		}
		if !strings.Contains(w.Body.String(), `"BAD_USER_INPUT"`) {
			t.Errorf("%s: the body is %s, want the error", c.name, w.Body)
		}
	}
}

func TestRefuse(t *testing.T) {
	for accept, want := range map[string]string{
		"": jsonType, graphqlType: graphqlType, eventStreamType: jsonType, "text/html": jsonType,
	} {
		w := httptest.NewRecorder()
		Refuse(w, &http.Request{Header: http.Header{"Accept": {accept}}}, 401, model.Unauthenticated("no"))
		if got := w.Header().Get("Content-Type"); w.Code != 401 || got != want+"; charset=utf-8" {
			t.Errorf("for %q: %d %s, want 401 %s", accept, w.Code, got, want)
		}
	}
}

func TestIsWebsocket(t *testing.T) {
	for upgrade, want := range map[string]bool{"": false, "h2c": false, "websocket": true, "WebSocket": true} {
		if got := IsWebsocket(&http.Request{Header: http.Header{"Upgrade": {upgrade}}}); got != want {
			t.Errorf("IsWebsocket with Upgrade %q = %v, want %v", upgrade, got, want)
		}
	}
}

func TestReadPost(t *testing.T) {
	limits := operation.DefaultLimits()
	limits.Body = 30
	const json = `{"query":"{a}"}`
	unsupported := func(message string) wanted {
		return wanted{http.StatusUnsupportedMediaType, model.ErrorCodeBadUserInput, "", message}
	}
	for _, c := range []struct {
		name, method, body string
		header             map[string]string
		want               wanted
	}{
		{"JSON", "POST", json, map[string]string{"Content-Type": "application/json"}, wanted{}},
		{"JSON in UTF-8", "POST", json, map[string]string{"Content-Type": "application/json; charset=UTF-8"}, wanted{}},
		{"JSON in another charset", "POST", json, map[string]string{"Content-Type": "application/json; charset=latin1"},
			unsupported("must be application/json in UTF-8")},
		{"no type", "POST", json, nil, unsupported("must be application/json in UTF-8")},
		{"a form", "POST", json, map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
			unsupported("must be application/json in UTF-8")},
		{"compressed", "POST", json, map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip"},
			unsupported("must not be compressed")},
		{"not compressed", "POST", json,
			map[string]string{"Content-Type": "application/json", "Content-Encoding": "Identity"}, wanted{}},
		{"too long", "POST", `{"query":"` + strings.Repeat("x", 30) + `"}`,
			map[string]string{"Content-Type": "application/json"},
			wanted{http.StatusRequestEntityTooLarge, model.ErrorCodeLimitExceeded, "", "more than 30 bytes"}},
		{"files without a preflight header", "POST", "", map[string]string{"Content-Type": "multipart/form-data; boundary=x"},
			wanted{http.StatusForbidden, model.ErrorCodeForbidden, "", "GraphQL-Preflight"}},
		{"GET", "GET", "", nil, bad("query", "is missing")},
		{"another method", "PUT", json, map[string]string{"Content-Type": "application/json"},
			wanted{http.StatusMethodNotAllowed, model.ErrorCodeBadUserInput, "", `not to "PUT"`}},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, "/graphql", strings.NewReader(c.body))
		for name, value := range c.header {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		checkProblem(t, c.name, (&handler{limits: limits}).readInto(&operation.Request{}, w, r), c.want)
		if allow := w.Header().Get("Allow"); (allow != "") != (c.want.status == http.StatusMethodNotAllowed) {
			t.Errorf("%s: Allow is %q", c.name, allow)
		}
	}
}

// brokenReader fails after its text.
type brokenReader struct{ io.Reader }

func (b brokenReader) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestBrokenBody(t *testing.T) {
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/graphql", brokenReader{strings.NewReader(`{"query":`)})
	_, p := (&handler{limits: operation.DefaultLimits()}).readBody(&operation.Request{}, httptest.NewRecorder(), r)
	checkProblem(t, "a body that breaks off", p, bad("", "the body could not be read"))
}
