package tests

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"callbook/cli"
	"callbook/db/dbtest"
	"callbook/demo"
	"callbook/graph/explorer"
	"callbook/model"
)

// startServer runs `callbook serve` until the test ends, and answers its address and a function that stops it.
func startServer(t *testing.T, args ...string) (address string, stop func() int) {
	t.Helper()
	before := slog.Default()
	ctx, cancel := context.WithCancel(context.Background())
	out, w := io.Pipe()
	exit := make(chan int, 1)
	go func() {
		exit <- cli.Run(ctx, schemaText, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...), cli.Console{Out: w, Err: io.Discard})
		w.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("the server did not start")
	}
	go io.Copy(io.Discard, out)
	address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(line)
	stop = func() int {
		cancel()
		code := <-exit
		slog.SetDefault(before)
		exit <- code
		return code
	}
	t.Cleanup(func() { stop() })
	return address, stop
}

func get(t *testing.T, url string, headers map[string]string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestServeDemo(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // where no other demo runs
	address, stop := startServer(t, "--demo")
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
		if response, body := get(t, address+strings.ReplaceAll(path, `"`, "%22"), nil); response.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.200q", path, response.StatusCode, body)
		}
	}
	if response, _ := get(t, address+"/nothing", nil); response.StatusCode != 404 {
		t.Errorf("an unknown path: %d", response.StatusCode)
	}
	response, _ := get(t, address+"/", nil)
	if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self'") {
		t.Errorf("the page's policy is %q", policy)
	}
	response, body := get(t, address+"/graphql?query={calls{totalCount}}", map[string]string{"Host": "evil.example.com"})
	if response.StatusCode != http.StatusMisdirectedRequest || strings.Contains(body, "300") {
		t.Errorf("another host: %d %q", response.StatusCode, body)
	}
	response, _ = get(t, address+"/graphql?query={__typename}", map[string]string{"Origin": "http://localhost:5173"})
	if got := response.Header.Get("Access-Control-Allow-Origin"); got != "http://localhost:5173" {
		t.Errorf("a loopback origin is answered %q", got)
	}
	response, _ = get(t, address+"/graphql?query={__typename}", map[string]string{"Origin": "https://evil.example.com"})
	if got := response.Header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("a foreign origin is answered %q", got)
	}
	if code := stop(); code != 0 {
		t.Errorf("the server ended with %d", code)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "callbook-demo-*")); len(left) > 0 {
		t.Errorf("the demo left %v", left)
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
		code, _, messages := runCLI(nil, c.args...)
		if code == 0 || !strings.Contains(messages, c.want) || strings.Count(messages, "\n") != 1 {
			t.Errorf("%v: %d %q", c.args, code, messages)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"load", "--help"}, {"migrate", "--help"}, {"migrate", "status", "--help"}, {"version", "--help"}} {
		if code, out, messages := runCLI(nil, args...); code != 0 || !strings.Contains(out, "Usage: callbook") || messages != "" {
			t.Errorf("%v: %d %q %q", args, code, out, messages)
		}
	}
	if _, out, _ := runCLI(nil, "version"); out != "callbook 0.1.0\n" {
		t.Errorf("version prints %q", out)
	}
}

func TestFlagsOverEnvironment(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("DATABASE_URL", "sqlite:"+folder+"/env.db")
	if code, _, messages := runCLI(nil, "migrate"); code != 0 {
		t.Fatal(messages)
	}
	if code, _, messages := runCLI(nil, "migrate", "--db", "sqlite:"+folder+"/flag.db"); code != 0 {
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
			if code, out, messages := runCLI(nil, c.args...); code != 0 || !regexp.MustCompile(c.want).MatchString(out) {
				t.Errorf("%v: %d %q %q", c.args, code, out, messages)
			}
		}
	})
}

// sampleServer serves the demo's sample.
func sampleServer(t testing.TB, e *dbtest.Env) *testServer {
	if err := demo.Fill(e.Ctx, e.DB, e.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	return newTestServer(e)
}

func TestExplorerExamples(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := sampleServer(t, e)
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
		server := sampleServer(t, e)
		for _, operation := range operations {
			if strings.HasPrefix(operation[1], "subscription") {
				continue // it answers when something happens: see TestSubscription
			}
			checkAnswersSomething(t, server, operation[1])
		}
	})
}

func checkAnswersSomething(t *testing.T, server *testServer, operation string) {
	t.Helper()
	response := server.post(t, operation, nil)
	if response["errors"] != nil {
		t.Errorf("%s\nanswers %v", operation, response)
	}
	for name, field := range response["data"].(map[string]any) {
		if field == nil || at(field, "totalCount") == 0.0 {
			t.Errorf("%s\nanswers nothing in %s", operation, name)
		}
		if nodes, ok := at(field, "nodes").([]any); ok && len(nodes) == 0 {
			t.Errorf("%s\nanswers no nodes in %s", operation, name)
		}
	}
}

func TestSampleFillsEveryDataset(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := sampleServer(t, e)
		for _, later := range []time.Duration{0, 5 * time.Hour} {
			e.Clock.Set(dbtest.Start.Add(later))
			for _, dataset := range model.AllCallDataset {
				response := server.post(t, `query($d: CallDataset!) { calls(dataset: $d) { totalCount } }`, vars{"d": dataset})
				if n, _ := at(response, "data", "calls", "totalCount").(float64); n < 50 {
					t.Errorf("%s has %v calls", dataset, n)
				}
			}
			for _, status := range model.AllCallStatus {
				response := server.post(t, `query($s: CallStatus!) { calls(filter: {callStatus: {eq: $s}}) { totalCount } }`, vars{"s": status})
				if n, _ := at(response, "data", "calls", "totalCount").(float64); n < 5 {
					t.Errorf("%s has %v calls", status, n)
				}
			}
		}
	})
}

// TestInternalErrors finds the driver's words in the log, under the request's id, and not in the answer.
func TestInternalErrors(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		var log bytes.Buffer
		before := slog.Default()
		slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
		defer slog.SetDefault(before)
		e := dbtest.NewEnv(t, engine, dsn)
		e.DB.Close()
		server := newTestServer(e)
		response := server.post(t, `{ call(id: "x") { id } calls { totalCount } }`, nil)
		id, _ := at(response, "errors", 0, "extensions", "requestId").(string)
		code, _ := failure(response)
		message, _ := at(response, "errors", 0, "message").(string)
		if code != "INTERNAL" || id == "" || !strings.Contains(message, id) || strings.Contains(message, "database") {
			t.Errorf("%v", response)
		}
		if !strings.Contains(log.String(), id) || !strings.Contains(log.String(), "database is closed") {
			t.Errorf("the log says %s", log.String())
		}
		if health := server.do("GET", "/healthz", "", ""); health.StatusCode != 503 {
			t.Errorf("/healthz answers %d", health.StatusCode)
		}
	})
}
