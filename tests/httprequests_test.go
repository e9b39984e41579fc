package tests

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestBadBodies sends malformed bodies and media types that the server does not take.
func TestBadBodies(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		cases := []struct {
			name, method, target, contentType, body string
			status                                  int
			code                                    string
		}{
			{"invalid UTF-8", "POST", "/graphql", "application/json", "{\"query\":\"{ call(id:\\\"\xff\\\") { id } }\"}", 400,
				"BAD_USER_INPUT"},
			{"no JSON", "POST", "/graphql", "application/json", "{query}", 400, "BAD_USER_INPUT"},
			{"trailing bytes", "POST", "/graphql", "application/json", `{"query":"{__typename}"} x`, 400, "BAD_USER_INPUT"},
			{"a form", "POST", "/graphql", "application/x-www-form-urlencoded", "query={__typename}", 415, "BAD_USER_INPUT"},
			{"text", "POST", "/graphql", "text/plain", `{"query":"{__typename}"}`, 415, "BAD_USER_INPUT"},
			{"another charset", "POST", "/graphql", "application/json; charset=gbk", `{"query":"{__typename}"}`, 415,
				"BAD_USER_INPUT"},
			{"a large body", "POST", "/graphql", "application/json", strings.Repeat(" ", 33<<20), 413, "LIMIT_EXCEEDED"},
			{"PUT", "PUT", "/graphql", "application/json", `{}`, 405, "BAD_USER_INPUT"},
			{"a mutation by GET", "GET", "/graphql?query=mutation{deleteCalls(select:{ids:[]}){written}}", "", "", 405,
				"BAD_USER_INPUT"},
			{"variables that are none", "GET", "/graphql?query={__typename}&variables=7", "", "", 400, "BAD_USER_INPUT"},
			{"nothing", "GET", "/graphql", "", "", 400, "BAD_USER_INPUT"},
		}
		for _, c := range cases {
			got := server.Do(c.method, c.target, c.body, "Content-Type", c.contentType)
			if got.Status != c.status || got.Code() != c.code {
				t.Errorf("%s: got %d %v, want %d %s", c.name, got.Status, got.Code(), c.status, c.code)
			}
		}
	})
}

// TestNegotiation asks for answers in every media type.
func TestNegotiation(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, nil)
		const newer, plain, events = "application/graphql-response+json", "application/json", "text/event-stream"
		for accept, want := range map[string]string{
			"": plain, "*/*": plain, "application/*": plain, "application/json": plain, newer: newer, events: events,
			newer + ", application/json;q=0.9":                 newer,
			"application/json, " + newer:                       plain,
			"application/json;q=0.1, " + newer + ";q=0.2":      newer,
			newer + ";q=0, */*":                                plain,
			"application/json;q=0, */*;q=0.5":                  newer,
			"text/html, application/xhtml+xml, */*;q=0.8":      plain,
			newer + ", application/json, text/event-stream":    newer,
			"text/event-stream, */*;q=0.1":                     events,
			"APPLICATION/JSON":                                 plain,
			"application/json; charset=utf-8":                  plain,
			"text/html":                                        "",
			"application/json;q=0":                             "",
			"application/json;q=0, " + newer + ";q=0.0":        "",
			"image/*;q=1":                                      "",
			"application/json;q=nonsense":                      plain,
			";;;,,,":                                           "",
			strings.Repeat("text/html,", 500) + "*/*;q=0.0001": plain,
		} {
			got := server.Send(`{ __typename }`, "Accept", accept)
			mediaType, _, _ := strings.Cut(got.Header.Get("Content-Type"), ";")
			if want == "" && got.Status != 406 || want != "" && (got.Status != 200 || mediaType != want) {
				t.Errorf("%.60s: got %d %s, want %s", accept, got.Status, mediaType, want)
			}
			if !strings.Contains(got.Header.Get("Content-Type"), "charset=utf-8") ||
				got.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%.60s: got the headers %v, want charset=utf-8 and no-store", accept, got.Header)
			}
		}
		if got := server.Send(`{ nothing }`, "Accept", newer); got.Status != 400 || strings.Contains(got.Body, `"data"`) {
			t.Errorf("an invalid document: got %d %s, want 400 without data", got.Status, got.Body)
		}
		got := server.Send(`{ call(id: "a") { id } x: callDraft(input: {callDuration: "x"}) { errors { field } } }`,
			"Accept", newer)
		if got.Status != 200 {
			t.Errorf("an operation: got %d %s, want 200", got.Status, got.Body)
		}
		got = server.Send(`{ __typename }`, "Accept", events)
		begins := strings.HasPrefix(got.Body, "event: next\ndata: {\"data\":{\"__typename\":\"Query\"},\"extensions\"")
		if !begins || !strings.HasSuffix(got.Body, "\n\nevent: complete\ndata:\n\n") || strings.Count(got.Body, "\n\n") != 2 {
			t.Errorf("a query as an event stream: got %q, want next and complete", got.Body)
		}
	})
}

// TestBadRequests sends requests that are malformed.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, nil)
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		for range 100 {
			_, _ = z.Write(bytes.Repeat([]byte(" "), 1<<20))
		}
		_ = z.Close()
		for name, c := range map[string]struct {
			method, target, body string
			headers              []string
			status               int
		}{
			"an empty body":            {"POST", "", "", nil, 400},
			"white space":              {"POST", "", " \n", nil, 400},
			"null":                     {"POST", "", "null", nil, 400},
			"an empty object":          {"POST", "", "{}", nil, 400},
			"a list":                   {"POST", "", `[{"query":"{__typename}"}]`, nil, 400},
			"a text":                   {"POST", "", `"{__typename}"`, nil, 400},
			"another case":             {"POST", "", `{"Query":"{__typename}"}`, nil, 400},
			"a query that is a number": {"POST", "", `{"query":7}`, nil, 400},
			"a query that is null":     {"POST", "", `{"query":null}`, nil, 400},
			"a name twice":             {"POST", "", `{"query":"{__typename}","query":"{__typename}"}`, nil, 400},
			"an escaped name twice":    {"POST", "", `{"query":"{__typename}","\u0071uery":"{__typename}"}`, nil, 400},
			"a variable twice": {"POST", "", `{"query":"query($a:ID!){call(id:$a){id}}","variables":{"a":"1","a":"2"}}`,
				nil, 400},
			"a deep name twice": {"POST", "", `{"query":"{__typename}","variables":{"a":[{"b":{"c":1,"d":{},"c":2}}]}}`,
				nil, 400},
			"many names, one twice": {"POST", "", `{"query":"{__typename}","variables":{` + names1000() + `"n7":0}}`, nil,
				400},
			"variables that are a list": {"POST", "", `{"query":"{__typename}","variables":[]}`, nil, 400},
			"variables that are text":   {"POST", "", `{"query":"{__typename}","variables":"{}"}`, nil, 400},
			"extensions that are text":  {"POST", "", `{"query":"{__typename}","extensions":"x"}`, nil, 400},
			"an operation's number":     {"POST", "", `{"query":"{__typename}","operationName":7}`, nil, 400},
			"what follows":              {"POST", "", `{"query":"{__typename}"}{}`, nil, 400},
			"an unclosed object":        {"POST", "", `{"query":"{__typename}"`, nil, 400},
			"closed too often":          {"POST", "", `}}}]]]`, nil, 400},
			"UTF-16":                    {"POST", "", "\xff\xfe{\x00", nil, 400},
			"no type":                   {"POST", "", `{"query":"{__typename}"}`, []string{"Content-Type", ""}, 415},
			"a type of GraphQL":         {"POST", "", `{__typename}`, []string{"Content-Type", "application/graphql"}, 415},
			"another charset": {"POST", "", `{"query":"{__typename}"}`,
				[]string{"Content-Type", "application/json; charset=utf-16"}, 415},
			"a gzip bomb":             {"POST", "", zipped.String(), []string{"Content-Encoding", "gzip"}, 415},
			"PUT":                     {"PUT", "", `{"query":"{__typename}"}`, nil, 405},
			"DELETE":                  {"DELETE", "", ``, nil, 405},
			"HEAD":                    {"HEAD", "?query={__typename}", ``, nil, 405},
			"a mutation by GET":       {"GET", "?query=mutation{deleteCalls(select:{ids:[]}){written}}", "", nil, 405},
			"no query":                {"GET", "?variables={}", "", nil, 400},
			"a parameter twice":       {"GET", "?query={__typename}&query={__typename}", "", nil, 400},
			"bad encoding":            {"GET", "?query=%zz", "", nil, 400},
			"bytes that are no UTF-8": {"GET", "?query={__typename}%23%ff", "", nil, 400},
			"variables of GET twice":  {"GET", `?query={__typename}&variables={%22a%22:1,%22a%22:2}`, "", nil, 400},
		} {
			headers := c.headers
			if len(headers) == 0 {
				headers = []string{"Content-Type", "application/json"}
			}
			got := server.Do(c.method, "/graphql"+c.target, c.body, headers...)
			if got.Status != c.status || c.method != "HEAD" &&
				(got.JSON().At("errors", 0, "extensions", "code") == nil || strings.Contains(got.Body, `"data"`)) {
				t.Errorf("%s: got %d %.200s, want %d with a code and without data", name, got.Status, got.Body, c.status)
			}
			if got.Status == 405 && got.Header.Get("Allow") == "" {
				t.Errorf("%s: got no Allow, want the methods in it", name)
			}
		}
		for name, body := range map[string]string{
			"an unknown name": `{"query":"{__typename}","id":7}`,
			"nulls": `{"query":"{__typename}","variables":null,"operationName":null,"extensions":null,` +
				`"documentId":null}`,
			"white space":      " \n {\"query\":\"{__typename}\"} \n",
			"an empty name":    `{"query":"{__typename}","operationName":""}`,
			"a charset":        `{"query":"{__typename}"}`,
			"names of two":     `{"query":"{__typename}","variables":{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":2}]}}`,
			"values as names":  `{"query":"{__typename}","variables":{"a":"a","b":["a","a"]}}`,
			"text with quotes": `{"query":"{__typename}","variables":{"a\"":1,"a\\":2,"a":3}}`,
		} {
			if got := server.Do("POST", "/graphql", body, "Content-Type",
				"application/json; charset=UTF-8"); got.Status != 200 ||
				got.JSON().At("data", "__typename") != "Query" {
				t.Errorf("%s: got %d %s, want 200 and data", name, got.Status, got.Body)
			}
		}
	})
}

// names1000 returns 1,000 members of a JSON object.
func names1000() string {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, `"n%d":0,`, i)
	}
	return b.String()
}
