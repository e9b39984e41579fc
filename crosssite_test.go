package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"callbook/db/dbtest"
	"callbook/graph"
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

// TestProduction serves without explorer, introspection and suggestions.
func TestProduction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := openFreeDoor(t, e, func(s *site) { s.Introspection, s.Suggestions, s.production = false, false, true })
		for _, path := range []string{"/", "/explorer/start.js", "/schema.graphqls"} {
			if got := d.send("GET", path, ""); got.status != 404 {
				t.Errorf("%s: %d", path, got.status)
			}
		}
		for _, query := range []string{`{ __schema { types { name } } }`, `{ __type(name: "Call") { name } }`} {
			if got := d.post(query); strings.Contains(got.body, `"Call"`) || strings.Contains(got.body, `"types"`) || got.json(t)["errors"] == nil {
				t.Errorf("%s: %s", query, got.body)
			}
		}
		typos := []string{`{ cals { totalCount } }`, `{ calls { totalCont } }`, `{ calls(frist: 1) { totalCount } }`, `{ calls(filter: {nam: {eq: "x"}}) { totalCount } }`, `{ calls(dataset: CLOSE) { totalCount } }`,
			`{ ... on Cal { id } }`, `query($f: CallFiler) { calls(filter: $f) { totalCount } }`, `{ calls { totalCount @skp(if: true) } }`}
		for _, typo := range typos {
			if got := d.post(typo); strings.Contains(got.body, "Did you mean") || got.code(t) != "GRAPHQL_VALIDATION_FAILED" {
				t.Errorf("%s: %s", typo, got.body)
			}
		}
		if got := openFreeDoor(t, e, nil).post(typos[0]); !strings.Contains(got.body, `Did you mean`) {
			t.Errorf("%s", got.body)
		}
		if got := d.post(`{ __typename calls { __typename } }`); got.json(t)["errors"] != nil {
			t.Errorf("%s", got.body)
		}
	})
}

// TestCostReported looks at extensions.cost, and at limits on what is answered.
func TestCostReported(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := openFreeDoor(t, e, func(s *site) {
			s.Limits = graph.DefaultLimits()
			s.Limits.Errors, s.Limits.Budget, s.Limits.BudgetPerSecond, s.Limits.Cost = 5, 2000, 1, 1500
		})
		for i, c := range []struct {
			query             string
			requested, actual float64
		}{
			{`{ __typename }`, 0, 0},
			{`mutation { createCall(input: {id: "a", tags: ["t"]}) { call { id tags } } }`, 12, 12},
			{`{ call(id: "a") { id tags attachments { id } } }`, 3, 1},
			{`{ calls(first: 100) { totalCount nodes { id } } }`, 111, 12},
			{`{ calls(first: 100) { edges { node { id } } pageInfo { hasNextPage } } }`, 212, 14},
			{`{ calls { nodes { id } } }`, 31, 12},
			{`{ calls(first: 0) { nodes { id } } }`, 11, 11},
			{`query($n: Int = 7) { calls(last: $n) { nodes { tasks { id } } } }`, 53, 12},
			{`{ a: calls(first: 10) @skip(if: true) { nodes { id } } }`, 0, 0},
			{`{ calls(first: 10) { ...F ... on CallConnection { totalCount } } } fragment F on CallConnection { nodes { id } }`, 21, 12},
			{`mutation { addCallTags(select: {ids: ["a", "b", "c"]}, tags: ["u"], policy: VALID_ROWS) { results { outcome errors { code } } } }`, 17, 16},
		} {
			cost := at(d.post(c.query).json(t), "extensions", "cost")
			if at(cost, "requested") != c.requested || at(cost, "actual") != c.actual || at(cost, "limit") != 1500.0 || at(cost, "remaining") == nil {
				t.Errorf("%d %s: %v", i, c.query, cost)
			}
		}
		if got := d.post(`{ calls(first: 1000) { nodes { id tasks { id } } } }`); got.code(t) != "LIMIT_EXCEEDED" || !strings.Contains(got.body, "may cost 6011; at most 1500") {
			t.Errorf("%s", got.body)
		}
		refused := answer{}
		for range 3 {
			refused = d.post(`{ calls(first: 1000) { nodes { id subject } } callRecords(first: 100) { nodes { details { text } } } }`)
		}
		if refused.status == 429 {
			t.Errorf("what was not used is not given back: %s", refused.body)
		}
		large := `{ a: searchTranscripts(query: "x", first: 100) { totalCount } ` + repeat("a%d: jobStats { total } ", 12) + `}`
		for refused = d.post(large); refused.status == 200; refused = d.post(large) {
			if refused.json(t)["errors"] != nil {
				t.Fatal(refused.body)
			}
		}
		if refused.status != 429 || refused.header.Get("Retry-After") == "" || refused.code(t) != "LIMIT_EXCEEDED" {
			t.Errorf("%d %v %s", refused.status, refused.header, refused.body)
		}
		kept := openFreeDoor(t, e, func(s *site) { s.Limits.BudgetPerSecond = 1 })
		left := func() any { return at(kept.post(`{ __typename }`).json(t), "extensions", "cost", "remaining") }
		spent := 0.0
		for _, c := range []struct {
			query, key string
			actual     float64
		}{
			{`mutation { createCall(input: {id: "k"}) { call { id } } }`, "a", 12}, {`mutation { createCall(input: {id: "k"}) { call { id } } }`, "a", 0},
			{`mutation { createCall(input: {id: "k"}) { call { id } } }`, "", 10}, {`{ calls(first: 1000) { nodes { id tasks { id } } } }`, "", 13},
			{`{ nothing }`, "", 0}, {`{ calls(first: 200000) { nodes { id } } }`, "", 0}, {`{ calls(first: 1, last: 1) { nodes { id } } }`, "", 10},
			{`mutation { updateCall(id: "k", input: {name: "x"}) { call { id } } }`, "a", 0}, // the key came with another
		} {
			var headers []string
			if c.key != "" {
				headers = []string{"Idempotency-Key", c.key}
			}
			kept.post(c.query, headers...)
			if spent += c.actual; left() != 1000000-spent && left() != 1000000-spent+1 {
				t.Errorf("%s: %v are left, not %v", c.query, left(), 1000000-spent)
			}
		}
		many := openFreeDoor(t, e, func(s *site) { s.Limits.Errors = 5 })
		got := many.post("mutation {" + repeat(` m%d: updateCall(id: "none", input: {}) { call { id } }`, 20) + "}").json(t)
		if list, _ := got["errors"].([]any); len(list) != 6 || at(list, 5, "extensions", "code") != "LIMIT_EXCEEDED" || at(list, 5, "message") != "there are 20 errors; 5 are shown" {
			t.Errorf("%v", got)
		}
	})
}
