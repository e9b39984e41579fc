package tests

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
	"callbook/web"
)

// TestServeDemo serves the sample by the command line, and checks its paths and which hosts and origins it takes.
func TestServeDemo(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // where no other demo runs
	server, stop := harness.Serve(t, "--demo")
	for path, want := range map[string]string{
		"/":                                  `<main id="explorer">`,
		"/schema.graphqls":                   "type Query {",
		"/healthz":                           "ok",
		"/readyz":                            "ready",
		"/explorer/examples.json":            "query ToDo {",
		"/graphql?query={calls{totalCount}}": `{"data":{"calls":{"totalCount":300}},`,
		"/graphql?query={callRecords{totalCount}}":     `{"data":{"callRecords":{"totalCount":60}},`,
		"/graphql?query={__type(name:\"Call\"){name}}": `{"data":{"__type":{"name":"Call"}},`,
	} {
		got := server.Do("GET", strings.ReplaceAll(path, `"`, "%22"), "")
		if got.Status != 200 || !strings.Contains(got.Body, want) {
			t.Errorf("%s: got %d %.200q, want 200 %s", path, got.Status, got.Body, want)
		}
	}
	if got := server.Do("GET", "/nothing", ""); got.Status != 404 {
		t.Errorf("an unknown path: got %d, want 404", got.Status)
	}
	page := server.Do("GET", "/", "")
	if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self'") {
		t.Errorf("the page's policy: got %q, want script-src 'self'", policy)
	}
	other := server.Do("GET", "/graphql?query={calls{totalCount}}", "", "Host", "evil.example.com")
	if other.Status != http.StatusMisdirectedRequest || strings.Contains(other.Body, "300") {
		t.Errorf("another host: got %d %q, want 421 and no data", other.Status, other.Body)
	}
	for origin, want := range map[string]string{
		"http://localhost:5173":    "http://localhost:5173",
		"https://evil.example.com": "",
	} {
		response := server.Do("GET", "/graphql?query={__typename}", "", "Origin", origin)
		if got := response.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("the origin %s: got the allowed origin %q, want %q", origin, got, want)
		}
	}
	if code := stop(); code != 0 {
		t.Errorf("exit code: got %d, want 0", code)
	}
	if left := harness.TempFiles(t, "callbook-demo-*"); len(left) > 0 {
		t.Errorf("temporary files: got %v, want none", left)
	}
}

// TestServeRefusals starts servers that cannot start, and checks that each says why in one line.
func TestServeRefusals(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	folder := t.TempDir()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--addr", busy.Addr().String(), "--db", "sqlite:" + folder + "/x.db"}, "is in use"},
		{[]string{"--addr", ":0", "--db", "sqlite:" + folder + "/y.db"},
			"without credentials the server listens on loopback alone"},
		{[]string{"--addr", "0.0.0.0:0", "--db", "sqlite:" + folder + "/y.db"},
			"without credentials the server listens on loopback alone"},
		{[]string{"--db", "sqlite:" + folder, "--addr", "127.0.0.1:0"}, "is a folder"},
		{[]string{"--addr", "8080"}, "not of the form HOST:PORT"},
		{[]string{"--addr", "127.0.0.1:0", "--demo", "--db", "sqlite:x.db"}, "leave out --db"},
		{[]string{"--addr", "127.0.0.1:0", "--allowed-origin", "*"}, "is no origin"},
		{[]string{"--addr", "127.0.0.1:0", "--allowed-origin", "null"}, "is no origin"},
		{[]string{"--addr", "127.0.0.1:0", "--allowed-origin", "https://app.example.com/path"}, "is no origin"},
		{[]string{"--no-such-flag"}, "unknown flag --no-such-flag"},
		{[]string{"no-such-command"}, "unexpected argument no-such-command"},
		{[]string{"load", "--time-zone", "Moon/Crater"}, "is no zone"},
		{[]string{"--log-format", "xml"}, "--log-format"},
	} {
		code, _, messages := harness.Run(nil, c.args...)
		if code == 0 || !strings.Contains(messages, c.want) || strings.Count(messages, "\n") != 1 {
			t.Errorf("%v: got %d %q, want an error of one line: %s", c.args, code, messages, c.want)
		}
	}
}

// TestProduction serves without explorer, introspection and suggestions.
func TestProduction(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, func(o *web.Options) {
			o.Introspection, o.Suggestions, o.Explorer = false, false,
				false
		})
		for _, path := range []string{"/", "/explorer/examples.json", "/schema.graphqls"} {
			if got := server.Do("GET", path, ""); got.Status != 404 {
				t.Errorf("%s: got %d, want 404", path, got.Status)
			}
		}
		for _, query := range []string{`{ __schema { types { name } } }`, `{ __type(name: "Call") { name } }`} {
			if got := server.Send(query); strings.Contains(got.Body, `"Call"`) || strings.Contains(got.Body, `"types"`) ||
				got.JSON()["errors"] == nil {
				t.Errorf("%s: got %s, want an error and nothing of the schema", query, got.Body)
			}
		}
		typos := []string{`{ cals { totalCount } }`, `{ calls { totalCont } }`, `{ calls(frist: 1) { totalCount } }`,
			`{ calls(filter: {nam: {eq: "x"}}) { totalCount } }`, `{ calls(dataset: CLOSE) { totalCount } }`,
			`{ ... on Cal { id } }`, `query($f: CallFiler) { calls(filter: $f) { totalCount } }`,
			`{ calls { totalCount @skp(if: true) } }`}
		for _, typo := range typos {
			if got := server.Send(typo); strings.Contains(got.Body, "Did you mean") ||
				got.Code() != "GRAPHQL_VALIDATION_FAILED" {
				t.Errorf("%s: got %s, want GRAPHQL_VALIDATION_FAILED without a suggestion", typo, got.Body)
			}
		}
		if got := harness.ListenAnonymous(t, e, nil).Send(typos[0]); !strings.Contains(got.Body, `Did you mean`) {
			t.Errorf("%s outside of production: got %s, want a suggestion", typos[0], got.Body)
		}
		if got := server.Send(`{ __typename calls { __typename } }`); got.JSON()["errors"] != nil {
			t.Errorf("__typename: got %s, want no errors", got.Body)
		}
	})
}

// TestInternalErrors checks that the driver's message is in the log, under the request's id, and not in the answer.
func TestInternalErrors(t *testing.T) {
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		log := harness.CaptureLog(t)
		e := dbtest.NewEnv(t, engine, dsn)
		e.DB.Close()
		server := harness.NewServer(t, e)
		response := server.Post(`{ call(id: "x") { id } calls { totalCount } }`, nil)
		id, _ := response.At("errors", 0, "extensions", "requestId").(string)
		code, _ := response.FirstError()
		message, _ := response.At("errors", 0, "message").(string)
		if code != "INTERNAL" || id == "" || !strings.Contains(message, id) || strings.Contains(message, "database") {
			t.Errorf("got %v, want INTERNAL with the request's id alone", response)
		}
		if !strings.Contains(log.String(), id) || !strings.Contains(log.String(), "database is closed") {
			t.Errorf("the log: got %s, want the request's id %s and what the driver said", log.String(), id)
		}
		for path, want := range map[string]int{"/healthz": 200, "/readyz": 503} {
			if got := server.Do("GET", path, ""); got.Status != want {
				t.Errorf("%s: got %d, want %d", path, got.Status, want)
			}
		}
	})
}
