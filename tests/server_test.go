package tests

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"callbook/tests/harness"

	"callbook/db/dbtest"
	"callbook/graph/explorer"
	"callbook/model"
)

func TestServeDemo(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // where no other demo runs
	server, stop := harness.Serve(t, "--demo")
	for path, want := range map[string]string{
		"/":                                  `<div id="explorer">`,
		"/schema.graphqls":                   "type Query {",
		"/healthz":                           "ok",
		"/explorer/start.js":                 "GraphiQL.createFetcher",
		"/explorer/assets/graphiql.min.js":   "GraphiQL",
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
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "callbook-demo-*")); len(left) > 0 {
		t.Errorf("temporary files: got %v, want none", left)
	}
}

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
		{[]string{"--addr", ":0", "--db", "sqlite:" + folder + "/y.db"}, "without credentials the server listens on loopback alone"},
		{[]string{"--addr", "0.0.0.0:0", "--db", "sqlite:" + folder + "/y.db"}, "without credentials the server listens on loopback alone"},
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
			t.Errorf("%v: %d %q", c.args, code, messages)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"load", "--help"}, {"migrate", "--help"}, {"migrate", "status", "--help"}, {"version", "--help"}} {
		if code, out, messages := harness.Run(nil, args...); code != 0 || !strings.Contains(out, "Usage: callbook") || messages != "" {
			t.Errorf("%v: %d %q %q", args, code, out, messages)
		}
	}
	if _, out, _ := harness.Run(nil, "version"); out != "callbook 0.1.0\n" {
		t.Errorf("version prints %q", out)
	}
}

func TestFlagsOverEnvironment(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("DATABASE_URL", "sqlite:"+folder+"/env.db")
	if code, _, messages := harness.Run(nil, "migrate"); code != 0 {
		t.Fatal(messages)
	}
	if code, _, messages := harness.Run(nil, "migrate", "--db", "sqlite:"+folder+"/flag.db"); code != 0 {
		t.Fatal(messages)
	}
	for _, name := range []string{"env.db", "flag.db"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestMigrateCommand(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, _, dsn string) {
		for _, c := range []struct {
			args []string
			want string
		}{
			{[]string{"migrate", "status", "--db", dsn}, `0001_foundation +to be applied`},
			{[]string{"migrate", "status", "--db", dsn}, "to be applied"},
			{[]string{"migrate", "--db", dsn}, "applied 0001_foundation"},
			{[]string{"migrate", "--db", dsn}, "up to date"},
			{[]string{"migrate", "status", "--db", dsn}, `0001_foundation +2`},
		} {
			if code, out, messages := harness.Run(nil, c.args...); code != 0 || !regexp.MustCompile(c.want).MatchString(out) {
				t.Errorf("%v: %d %q %q", c.args, code, out, messages)
			}
		}
	})
}

func TestExplorerExamples(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewSampleServer(t, e)
		for _, operation := range explorer.Examples() {
			if strings.Contains(operation, "subscription ") {
				continue // it answers when something happens: see TestSubscription
			}
			for range 2 {
				checkAnswersSomething(t, server, operation)
			}
		}
	})
}

// TestReadme runs the operations of README.md on the demo's sample.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	operations := regexp.MustCompile("(?s)```graphql\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(operations) < 4 {
		t.Fatalf("%d operations in README.md", len(operations))
	}
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewSampleServer(t, e)
		for _, operation := range operations {
			if strings.HasPrefix(operation[1], "subscription") {
				continue // it answers when something happens: see TestSubscription
			}
			checkAnswersSomething(t, server, operation[1])
		}
	})
}

func checkAnswersSomething(t *testing.T, server *harness.Server, operation string) {
	t.Helper()
	response := server.Post(operation, nil)
	if response["errors"] != nil {
		t.Errorf("%s\nanswers %v", operation, response)
	}
	for name, field := range response["data"].(map[string]any) {
		if field == nil || harness.At(field, "totalCount") == 0.0 {
			t.Errorf("%s\nanswers nothing in %s", operation, name)
		}
		if nodes, ok := harness.At(field, "nodes").([]any); ok && len(nodes) == 0 {
			t.Errorf("%s\nanswers no nodes in %s", operation, name)
		}
	}
}

func TestSampleFillsEveryDataset(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewSampleServer(t, e)
		for _, later := range []time.Duration{0, 5 * time.Hour} {
			e.Clock.Set(dbtest.Start.Add(later))
			for _, dataset := range model.AllCallDataset {
				response := server.Post(`query($d: CallDataset!) { calls(dataset: $d) { totalCount } }`, vars{"d": dataset})
				if n, _ := response.At("data", "calls", "totalCount").(float64); n < 50 {
					t.Errorf("%s has %v calls", dataset, n)
				}
			}
			for _, status := range model.AllCallStatus {
				response := server.Post(`query($s: CallStatus!) { calls(filter: {callStatus: {eq: $s}}) { totalCount } }`, vars{"s": status})
				if n, _ := response.At("data", "calls", "totalCount").(float64); n < 5 {
					t.Errorf("%s has %v calls", status, n)
				}
			}
		}
	})
}

// TestInternalErrors finds the driver's words in the log, under the request's id, and not in the answer.
func TestInternalErrors(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
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
		if health := server.Do("GET", "/healthz", ""); health.Status != 503 {
			t.Errorf("/healthz: got %d, want 503", health.Status)
		}
	})
}
