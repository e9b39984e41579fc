package tests

import (
	"context"
	"strings"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestOtherSites sends requests as a browser does for a page of another site, in every form, and checks that nothing is
// done and nothing can be read.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, nil)
		const create = `mutation { saveCall(input: {id: "forged", name: "x"}) { created } }`
		form, formType := multipartBody([]part{{"operations", "", upload}, {"map", "", `{"0":["variables.f"]}`},
			{"0", "x.jsonl", `{"id":"forged","name":"x"}`}})
		jsonBody := `{"query":` + harness.JSON(create) + `}`
		for name, from := range map[string][]string{
			"an origin":            {"Origin", "https://evil.example.com"},
			"a null origin":        {"Origin", "null"},
			"a subdomain":          {"Origin", "https://evil.app.example.com"},
			"a longer name":        {"Origin", "https://app.example.com.evil.example.net"},
			"another scheme":       {"Origin", "http://app.example.com"},
			"another port":         {"Origin", "http://localhost:1"},
			"a fetch":              {"Sec-Fetch-Site", "cross-site"},
			"a fetch from nearby":  {"Sec-Fetch-Site", "same-site"},
			"an origin, and fetch": {"Origin", "https://evil.example.com", "Sec-Fetch-Site", "cross-site"},
		} {
			for path, got := range map[string]harness.Answer{
				"JSON": server.Do("POST", "/graphql", jsonBody,
					append([]string{"Content-Type", "application/json"}, from...)...),
				"text": server.Do("POST", "/graphql", jsonBody, append([]string{"Content-Type", "text/plain"}, from...)...),
				"a form": server.Do("POST", "/graphql", "query="+create,
					append([]string{"Content-Type", "application/x-www-form-urlencoded"}, from...)...),
				"multipart": server.Do("POST", "/graphql", form, append([]string{"Content-Type", formType}, from...)...),
				"with preflight": server.Do("POST", "/graphql", form,
					append([]string{"Content-Type", formType, "GraphQL-Preflight", "1"}, from...)...),
				"GET": server.Do("GET", "/graphql?query={calls{totalCount}}", "", from...),
				"an event stream": server.Do("GET", "/graphql?query=subscription{callChanged{callId}}", "",
					append([]string{"Accept", "text/event-stream"}, from...)...),
				"a mutation": server.Do("GET", "/graphql?query=mutation{purgeCalls(select:{ids:[]}){written}}", "", from...),
			} {
				if got.Status != 403 || got.Code() != "FORBIDDEN" || got.Header.Get("Access-Control-Allow-Origin") != "" {
					t.Errorf("%s by %s: got %d %s, want 403 FORBIDDEN", path, name, got.Status, got.Body)
				}
			}
			ctx, cancel := context.WithTimeout(context.Background(), harness.Slowness*time.Minute)
			_, response, err := harness.DialSocket(ctx, server.URL, []string{"graphql-transport-ws"}, from...)
			cancel()
			if err == nil || response == nil || response.StatusCode != 403 {
				t.Errorf("a websocket by %s: got %v, want 403", name, err)
			}
		}
		if call, err := e.DB.Call(e.Ctx, "forged", true); call != nil || err != nil {
			t.Errorf("the call of refused requests: got %v, %v, want none", call, err)
		}
		for name, from := range map[string][]string{
			"the same origin":     {"Origin", server.URL, "Sec-Fetch-Site", "same-origin"},
			"an allowed origin":   {"Origin", "https://app.example.com", "Sec-Fetch-Site", "cross-site"},
			"the address bar":     {"Sec-Fetch-Site", "none"},
			"no browser":          nil,
			"an old same browser": {"Origin", server.URL},
		} {
			if got := server.Send(`{ __typename }`, from...); got.Status != 200 {
				t.Errorf("POST by %s: got %d %s, want 200", name, got.Status, got.Body)
			}
			if got := server.Do("GET", "/graphql?query={__typename}", "", from...); got.Status != 200 {
				t.Errorf("GET by %s: got %d %s, want 200", name, got.Status, got.Body)
			}
		}
		preflight := server.Do("OPTIONS", "/graphql", "", "Origin", "https://app.example.com",
			"Access-Control-Request-Method",
			"POST", "Access-Control-Request-Headers", "authorization,content-type")
		if preflight.Status/100 != 2 || preflight.Header.Get("Access-Control-Allow-Origin") != "https://app.example.com" {
			t.Errorf("a preflight of an allowed origin: got %d %v, want it allowed", preflight.Status, preflight.Header)
		}
		refused := server.Do("OPTIONS", "/graphql", "", "Origin", "https://evil.example.com", "Access-Control-Request-Method",
			"POST", "Access-Control-Request-Headers", "content-type")
		if refused.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("a preflight of another origin: got %v, want no allowed origin", refused.Header)
		}
	})
}

// TestHosts calls the server under names that are not its own.
func TestHosts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, nil)
		for _, path := range []string{"/", "/graphql?query={__typename}", "/schema.graphqls", "/healthz"} {
			for host, want := range map[string]int{"localhost": 200, "127.0.0.1": 200, "[::1]:80": 200, "LOCALHOST:9": 200,
				"evil.example.com": 421, "localhost.evil.example.com": 421, "127.0.0.1.nip.example": 421, "10.0.0.1": 421} {
				got := server.Do("GET", path, "", "Host", host)
				if got.Status != want {
					t.Errorf("%s at %s: got %d, want %d", path, host, got.Status, want)
				}
				for name, value := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
					"Referrer-Policy": "no-referrer"} {
					if got.Header.Get(name) != value {
						t.Errorf("%s at %s: got %s: %q, want %q", path, host, name, got.Header.Get(name), value)
					}
				}
				if !strings.Contains(got.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
					t.Errorf("%s at %s: got the policy %q, want frame-ancestors 'none'", path, host,
						got.Header.Get("Content-Security-Policy"))
				}
			}
		}
	})
}
