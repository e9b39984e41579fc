package tests

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"callbook/db/dbtest"
)

// TestOtherSites calls by every path as a browser does for a page of another site: nothing is done, and nothing can be read.
func TestOtherSites(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := openFreeDoor(t, e, nil)
		const create = `mutation { saveCall(input: {id: "forged", name: "x"}) { created } }`
		form, formType := multipartBody([]part{{"operations", "", upload}, {"map", "", `{"0":["variables.f"]}`}, {"0", "x.jsonl", `{"id":"forged","name":"x"}`}})
		jsonBody := `{"query":` + string(marshalText(create)) + `}`
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
			for path, got := range map[string]answer{
				"JSON":            d.send("POST", "/graphql", jsonBody, append([]string{"Content-Type", "application/json"}, from...)...),
				"text":            d.send("POST", "/graphql", jsonBody, append([]string{"Content-Type", "text/plain"}, from...)...),
				"a form":          d.send("POST", "/graphql", "query="+create, append([]string{"Content-Type", "application/x-www-form-urlencoded"}, from...)...),
				"multipart":       d.send("POST", "/graphql", form, append([]string{"Content-Type", formType}, from...)...),
				"with preflight":  d.send("POST", "/graphql", form, append([]string{"Content-Type", formType, "GraphQL-Preflight", "1"}, from...)...),
				"GET":             d.send("GET", "/graphql?query={calls{totalCount}}", "", from...),
				"an event stream": d.send("GET", "/graphql?query=subscription{callChanged{id}}", "", append([]string{"Accept", "text/event-stream"}, from...)...),
				"a mutation":      d.send("GET", "/graphql?query=mutation{purgeCalls(select:{ids:[]}){written}}", "", from...),
			} {
				if got.status != 403 || got.code(t) != "FORBIDDEN" || got.header.Get("Access-Control-Allow-Origin") != "" {
					t.Errorf("%s by %s: %d %s", path, name, got.status, got.body)
				}
			}
			header := http.Header{}
			for i := 0; i < len(from); i += 2 {
				header.Set(from[i], from[i+1])
			}
			ctx, cancel := context.WithTimeout(context.Background(), slowness*10*time.Second)
			_, response, err := websocket.Dial(ctx, d.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: header})
			cancel()
			if err == nil || response == nil || response.StatusCode != 403 {
				t.Errorf("a websocket by %s: %v", name, err)
			}
		}
		if call, err := e.DB.Call(e.Ctx, "forged", true); call != nil || err != nil {
			t.Errorf("%v %v", call, err)
		}
		for name, from := range map[string][]string{
			"the same origin":     {"Origin", d.url, "Sec-Fetch-Site", "same-origin"},
			"an allowed origin":   {"Origin", "https://app.example.com", "Sec-Fetch-Site", "cross-site"},
			"the address bar":     {"Sec-Fetch-Site", "none"},
			"no browser":          nil,
			"an old same browser": {"Origin", d.url},
		} {
			if got := d.post(`{ __typename }`, from...); got.status != 200 {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
			if got := d.send("GET", "/graphql?query={__typename}", "", from...); got.status != 200 {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
		preflight := d.send("OPTIONS", "/graphql", "", "Origin", "https://app.example.com", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type")
		if preflight.status/100 != 2 || preflight.header.Get("Access-Control-Allow-Origin") != "https://app.example.com" {
			t.Errorf("%d %v", preflight.status, preflight.header)
		}
		refused := d.send("OPTIONS", "/graphql", "", "Origin", "https://evil.example.com", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
		if refused.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%v", refused.header)
		}
	})
}

// TestHosts calls the server by names that are not its own.
func TestHosts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := openFreeDoor(t, e, nil)
		for _, path := range []string{"/", "/graphql?query={__typename}", "/schema.graphqls", "/healthz"} {
			for host, want := range map[string]int{"localhost": 200, "127.0.0.1": 200, "[::1]:80": 200, "LOCALHOST:9": 200, "evil.example.com": 421, "localhost.evil.example.com": 421, "127.0.0.1.nip.example": 421, "10.0.0.1": 421} {
				got := d.send("GET", path, "", "Host", host)
				if got.status != want {
					t.Errorf("%s at %s: %d", path, host, got.status)
				}
				for name, value := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"} {
					if got.header.Get(name) != value {
						t.Errorf("%s at %s: %s is %q", path, host, name, got.header.Get(name))
					}
				}
				if !strings.Contains(got.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
					t.Errorf("%s at %s: %q", path, host, got.header.Get("Content-Security-Policy"))
				}
			}
		}
	})
}
