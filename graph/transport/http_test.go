package transport

import (
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

func TestNegotiate(t *testing.T) {
	for _, c := range []struct {
		accept string
		want   accepted
	}{
		{"", accepted{jsonType, false}},
		{" ", accepted{jsonType, false}},
		{"*/*", accepted{jsonType, false}},
		{"application/*", accepted{jsonType, false}},
		{"application/json", accepted{jsonType, false}},
		{"APPLICATION/JSON", accepted{jsonType, false}},
		{"application/json; charset=utf-8", accepted{jsonType, false}},
		{"application/graphql-response+json", accepted{graphqlType, false}},
		{"application/graphql-response+json, application/json", accepted{graphqlType, false}},
		{"application/json, application/graphql-response+json", accepted{jsonType, false}},
		{"application/json;q=0.5, application/graphql-response+json;q=0.9", accepted{graphqlType, false}},
		{"application/graphql-response+json;q=0.5, application/json", accepted{jsonType, false}},
		{"application/graphql-response+json, */*;q=0.1", accepted{graphqlType, false}},
		{"*/*, application/json;q=0", accepted{graphqlType, false}},
		{"application/json;q=0", accepted{"", false}},
		{"text/html", accepted{"", false}},
		{"text/*", accepted{"", false}},
		{"text/html, */*;q=0.8", accepted{jsonType, false}},
		{"text/event-stream", accepted{eventStreamType, true}},
		{"text/event-stream, application/json", accepted{eventStreamType, true}},
		{"application/json, text/event-stream", accepted{jsonType, true}},
		{"text/event-stream;q=0, application/json", accepted{jsonType, false}},
		{"application/json;q=2", accepted{jsonType, false}},
		{"application/json;q=-1", accepted{jsonType, false}},
		{"application/json;q=x", accepted{jsonType, false}},
		{";;, application/json", accepted{jsonType, false}},
	} {
		if got := negotiate(&http.Request{Header: http.Header{"Accept": {c.accept}}}); got != c.want {
			t.Errorf("negotiate(%q) = %+v, want %+v", c.accept, got, c.want)
		}
	}
	several := &http.Request{Header: http.Header{"Accept": {"text/html", "application/graphql-response+json"}}}
	if got := negotiate(several); got.best != graphqlType {
		t.Errorf("two headers give %+v, want %s", got, graphqlType)
	}
}

// FuzzAccept negotiates: the answer is one of the forms there are, or none.
func FuzzAccept(f *testing.F) {
	for _, seed := range []string{
		"", "*/*", "application/json;q=0.5, text/event-stream", ";;q=,", "a/b;q=1e309",
		"application/graphql-response+json;q=0,*/*",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		form := negotiate(&http.Request{Header: http.Header{"Accept": {accept}}})
		switch form.best {
		case "", jsonType, graphqlType, eventStreamType:
		default:
			t.Fatalf("%q: %q", accept, form.best)
		}
		if form.best == eventStreamType && !strings.Contains(strings.ToLower(accept), eventStreamType) {
			t.Fatalf("%q: an event stream that nobody named", accept)
		}
	})
}

// TestNextEvent checks that a response is one line of an event, whatever lines its JSON has.
func TestNextEvent(t *testing.T) {
	got := string(nextEvent([]byte("{\"a\":\"x\\n\"\n,\"b\":[1\n,2]}")))
	if want := "event: next\ndata: {\"a\":\"x\\n\",\"b\":[1,2]}\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
