package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/cli"
	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// serveForAttack is TestMain's child: the server, in a process of its own whose memory can be looked at.
func serveForAttack(args string) {
	os.Exit(cli.Run(context.Background(), schemaText, strings.Fields(args), cli.Console{Out: os.Stdout, Err: os.Stderr}))
}

// victim is a server under attack.
type victim struct {
	t   *testing.T
	url string
	pid int
}

func startVictim(t *testing.T, flags string) *victim {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, os.Args[0])
	command.Env = append(os.Environ(), "CALLBOOK_TEST_SERVE=serve --addr 127.0.0.1:0 --demo --log-level error "+flags, "TMPDIR="+t.TempDir())
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log lockedBuffer
	command.Stderr = &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = command.Wait()
		for _, word := range []string{"panic", "internal error", "goroutine "} {
			if strings.Contains(log.String(), word) {
				t.Errorf("the log has %q:\n%.2000s", word, log.String())
			}
		}
	})
	head := make([]byte, 300)
	n, err := out.Read(head)
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).Find(head[:n])
	if address == nil {
		t.Fatalf("the server did not start: %v %s", err, log.String())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return &victim{t, string(address), command.Process.Pid}
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

// post sends a body and answers status, the first error's code, and how long it took.
func (v *victim) post(body io.Reader, headers ...string) (status int, code any, took time.Duration) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), slowness*30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "POST", v.url+"/graphql", body)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	start := time.Now()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		if strings.Contains(err.Error(), "connection reset") || strings.Contains(err.Error(), "broken pipe") {
			return 413, "LIMIT_EXCEEDED", time.Since(start) // refused while the body was still coming
		}
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	took = time.Since(start)
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil {
		v.t.Fatalf("%v: %.300s", err, text)
	}
	code, _ = failure(answer)
	return response.StatusCode, code, took
}

// best sends a body until it is answered in time, five times at the most: others may be at work on the machine.
func (v *victim) best(body []byte, inTime time.Duration) (status int, code any, best time.Duration) {
	best = time.Hour
	for range 5 {
		var took time.Duration
		status, code, took = v.post(bytes.NewReader(body))
		if best = min(best, took); best <= inTime {
			break
		}
	}
	return status, code, best
}

// mustAnswer checks that the server is well.
func (v *victim) mustAnswer(after string) {
	v.t.Helper()
	status, code, best := v.best([]byte(`{"query":"{__typename}"}`), slowness*time.Second)
	if status != 200 || code != nil || best > slowness*time.Second {
		v.t.Errorf("after %s, {__typename} is answered %d %v in %v", after, status, code, best)
	}
}

// memory is the most memory the server has had, in bytes.
func (v *victim) memory() (most int64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.pid))
	if err != nil {
		v.t.Log("without /proc, nobody looks at the server's memory")
		return 0
	}
	if m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status); m != nil {
		_, _ = fmt.Sscan(string(m[1]), &most)
	}
	return most << 10
}

func asBody(query string, variables any) []byte {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		panic(err)
	}
	return body
}

// nestedTasks is a query that goes from tasks to their call and back, levels deep.
func nestedTasks(levels int) string {
	inner := "id"
	for i := levels - 4; i >= 0; i-- {
		inner = []string{"call", "tasks"}[i%2] + " { " + inner + " }"
	}
	return "{ tasks(first: 1) { nodes { " + inner + " } } }"
}

// doubling is fragments each of which spreads the next one twice.
func doubling(levels int) string {
	var b strings.Builder
	b.WriteString("{ ...F0 }")
	for i := range levels {
		fmt.Fprintf(&b, " fragment F%d on Query { ...F%d ...F%d }", i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment F%d on Query { __typename }", levels)
	return b.String()
}

func repeat(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func deep(n int) any {
	var v any = map[string]any{}
	for range n {
		v = map[string]any{"not": v}
	}
	return v
}

// TestLimits sends, for every limit, what is just under it, which is answered in time, and what is far over, which is refused at once;
// after each the server is well, and in the end it has not grown.
func TestLimits(t *testing.T) {
	v := startVictim(t, "--limit-budget 100000000 --limit-budget-per-second 100000000")
	spaces := func(n int) string { return `{"query":"{__typename}"}` + strings.Repeat(" ", n) }
	const filtered = `query($f: CallFilter) { calls(filter: $f) { totalCount } }`
	for _, c := range []struct {
		name        string
		under, over []byte
		status      int
	}{
		{"body", []byte(spaces(25<<20 - 100)), []byte(spaces(40 << 20)), 413},
		{"tokens", asBody("{ calls(filter: {id: {in: ["+strings.Repeat(` "x"`, 9950)+"]}}) { totalCount } }", nil), asBody("{"+strings.Repeat(" __typename", 1_000_000)+"}", nil), 200},
		{"depth", asBody(nestedTasks(15), nil), asBody(nestedTasks(90), nil), 200},
		{"fields", asBody("{ calls(first: 0) { nodes {"+strings.Repeat(" id", 1990)+"} } }", nil), asBody(doubling(100), nil), 200},
		{"aliases", asBody("{ calls(first: 0) { nodes {"+repeat(" a%d: id", 190)+"} } }", nil), asBody("{"+repeat(" a%d: __typename", 100_000)+"}", nil), 200},
		{"root fields", asBody("{"+repeat(" a%d: calls(first: 1) { totalCount }", 49)+"}", nil), asBody("{"+repeat(" a%d: __typename", 190)+"}", nil), 200},
		{"directives", asBody("{ calls(first: 0) { nodes {"+strings.Repeat(" ... @include(if: true) { id }", 190)+"} } }", nil), asBody("{ __typename "+strings.Repeat("@skip(if: true) ", 1600)+"}", nil), 200},
		{"fragments", asBody("{ calls(first: 0) { nodes {"+repeat(" ...F%d", 190)+"} } }"+repeat(" fragment F%d on Call { id }", 190), nil), asBody("{ __typename }"+repeat(" fragment F%d on Query { __typename }", 1000), nil), 200},
		{"fields of objects", asBody("{ calls(first: 0) { nodes {"+strings.Repeat(" history(first: 1) { totalCount }", 990)+"} } }", nil), asBody("{ calls(first: 0) { nodes {"+strings.Repeat(" tasks { id }", 2100)+"} } }", nil), 200},
		{"fragments that nothing spreads", asBody("{ calls(first: 0) { nodes { ...F } } } fragment F on Call {"+strings.Repeat(" id", 900)+"}", nil), asBody("{ __typename } fragment F on Call {"+strings.Repeat(" id", 9900)+"}", nil), 200},
		{"values", []byte(`{"query":"{__typename}","variables":{"x":[` + strings.Repeat(`[{"a":0}],`, 19000) + `0]}}`), []byte(`{"query":"{__typename}","variables":{"x":[[` + strings.Repeat(strings.Repeat(`{"a":0},`, 15000)+"0],[", 70) + `0]]}}`), 200},
		{"doubling fragments", asBody(doubling(5), nil), asBody(doubling(190), nil), 200},
		{"operations", []byte(`{"operationName":"X7","query":"` + repeat(" query X%d { calls(first: 0) { nodes { id } } }", 600) + `"}`),
			asBody(repeat("query X%d { ...F } ", 1000)+"fragment F on Query { calls(first: 0) { nodes {"+strings.Repeat(" id", 1000)+"} } }", nil), 200},
		{"introspection", asBody("{ __schema { types { name fields { name type { name fields { name } } } } } }", nil),
			asBody("{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }", nil), 200},
		{"list size", asBody(`query($t: [String!]) { calls(filter: {tags: {hasAny: $t}}) { totalCount } }`, vars{"t": numbers(9990)}),
			asBody(`query($t: [String!]) { calls(filter: {tags: {hasAny: $t}}) { totalCount } }`, vars{"t": numbers(500_000)}), 200},
		{"depth of variables", asBody(filtered, vars{"f": deep(18)}), asBody(filtered, vars{"f": deep(80)}), 200},
		{"depth of JSON", asBody(filtered, vars{"f": deep(18)}), []byte(`{"query":"{__typename}","variables":` + strings.Repeat(`{"a":[`, 500_000) + strings.Repeat("]}", 500_000) + "}"), 200},
		{"size of variables", asBody(`query($d: String) { calls(filter: {name: {eq: $d}}) { totalCount } }`, vars{"d": strings.Repeat("x", 20<<20)}),
			asBody(`query($d: String) { calls(filter: {name: {eq: $d}}) { totalCount } }`, vars{"d": strings.Repeat("x", 30<<20)}), 413}, // more than a body may have
		{"cost", asBody("{"+repeat(" a%d: calls(first: 1000) { nodes { id tags callerId tasks { subject } notes { text } } }", 8)+"}", nil),
			asBody("{ customerPersons(first: 1000) { nodes { callRecords(first: 100) { details { text } } } } }", nil), 200},
		{"cost of history", asBody("{ calls(first: 180) { nodes { history(first: 80) { nodes { changes { from to } } } } } }", nil),
			asBody("{ calls(first: 1000) { nodes { history(first: 100) { nodes { changes { from to } } } } } }", nil), 200},
		{"a text of 10 MB", asBody(`{ calls(filter: {name: {eq: "`+strings.Repeat("x", 10<<20)+`"}}) { totalCount } }`, nil), asBody(strings.Repeat("{a ", 3<<20), nil), 200},
	} {
		status, code, best := v.best(c.under, slowness*2*time.Second)
		if status != 200 || code != nil || best > slowness*2*time.Second {
			t.Errorf("%s, just under: %d %v in %v", c.name, status, code, best)
		}
		allowed := 200*time.Millisecond + time.Duration(len(c.over)>>20)*20*time.Millisecond // to send and read so many bytes
		status, code, best = v.best(c.over, slowness*allowed)
		if status != c.status || code != "LIMIT_EXCEEDED" || best > slowness*allowed {
			t.Errorf("%s, far over: %d %v in %v", c.name, status, code, best)
		}
		v.mustAnswer(c.name)
	}
	if most := v.memory(); most > slowness*(1<<30) {
		t.Errorf("the server has had %d MB", most>>20)
	}
}

// TestFloods sends many requests at once: each is answered, turned away, or told to wait, and the server stays well.
func TestFloods(t *testing.T) {
	heavy := asBody("{"+repeat(" a%d: searchTranscripts(query: \"的\", first: 100) { totalCount nodes { snippet { text } before { text } } }", 5)+"}", nil)
	t.Run("more than run at once", func(t *testing.T) {
		v := startVictim(t, "--limit-running 2 --limit-wait-time 20ms --limit-budget 100000000")
		count := v.flood(40, heavy)
		if count[200] == 0 || count[503] == 0 || count[200]+count[503] != 40 {
			t.Errorf("%v", count)
		}
		v.mustAnswer("a flood")
	})
	t.Run("more than the budget", func(t *testing.T) {
		v := startVictim(t, "--limit-cost 5000 --limit-budget 5000 --limit-budget-per-second 1000")
		body := asBody("{ calls(first: 1000) { nodes { id tasks { id } } } }", nil)
		if status, code, _ := v.post(bytes.NewReader(body)); status != 200 || code != "LIMIT_EXCEEDED" {
			t.Errorf("over the limit of one: %d %v", status, code)
		}
		count := v.flood(60, asBody("{ calls(first: 1000) { nodes { id } } }", nil))
		if count[200] == 0 || count[429] == 0 || count[200]+count[429] != 60 {
			t.Errorf("%v", count)
		}
	})
	t.Run("many bodies of many values", func(t *testing.T) {
		v := startVictim(t, "--limit-memory 268435456 --limit-wait-time 500ms --limit-budget 100000000")
		count := v.flood(24, []byte(`{"query":"{__typename}","variables":{"x":[[`+strings.Repeat(strings.Repeat(`{"a":0},`, 15000)+"0],[", 12)+`0]]}}`))
		if count[200] == 0 || count[200]+count[503] != 24 {
			t.Errorf("%v", count)
		}
		if most := v.memory(); most > slowness*(1200<<20) {
			t.Errorf("the server has had %d MB", most>>20)
		}
		v.mustAnswer("many values")
	})
	t.Run("many large bodies", func(t *testing.T) {
		v := startVictim(t, "--limit-memory 67108864 --limit-wait-time 300ms --limit-budget 100000000")
		count := v.flood(24, []byte(`{"query":"{__typename}"}`+strings.Repeat(" ", 24<<20)))
		if count[200] == 0 || count[200]+count[503] != 24 {
			t.Errorf("%v", count)
		}
		if most := v.memory(); most > slowness*(900<<20) {
			t.Errorf("the server has had %d MB", most>>20)
		}
		v.mustAnswer("many large bodies")
	})
}

func (v *victim) flood(n int, body []byte) map[int]int {
	var mu sync.Mutex
	var wait sync.WaitGroup
	count := map[int]int{}
	for range n {
		wait.Go(func() {
			status, _, _ := v.post(bytes.NewReader(body))
			mu.Lock()
			count[status]++
			mu.Unlock()
		})
	}
	wait.Wait()
	return count
}

// TestHeavySearches searches long texts with one credential, as much as it may: another is served meanwhile.
func TestHeavySearches(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := openDoor(t, e, nil)
		heavy, other := d.key("heavy", model.RoleAdmin), d.key("other", model.RoleAdmin)
		for i := range 2 {
			inputs := make([]*model.CreateCallInput, 50)
			for j := range inputs {
				inputs[j] = &model.CreateCallInput{ID: new(fmt.Sprint(i, " ", j))}
				inputs[j].Description = graphql.OmittableOf(new(strings.Repeat("a", 4000)))
			}
			if _, err := e.DB.CreateCalls(e.Ctx, inputs, db.Batch{}); err != nil {
				t.Fatal(err)
			}
		}
		search := func(n int) string {
			conditions := make([]any, n)
			for i := range conditions {
				conditions[i] = vars{"description": vars{"contains": strings.Repeat("a", 900) + fmt.Sprint(i)}}
			}
			return string(asBody("query($f: CallFilter) {"+repeat(" a%d: calls(filter: $f) { totalCount }", 6)+"}", vars{"f": vars{"or": conditions}}))
		}
		if got := d.send("POST", "/graphql", search(60), "Content-Type", "application/json", "X-Api-Key", heavy); got.code(t) != "LIMIT_EXCEEDED" {
			t.Errorf("%s", got.body)
		}
		statuses := make(chan int, 6)
		for range 6 {
			go func() {
				statuses <- d.send("POST", "/graphql", search(50), "Content-Type", "application/json", "X-Api-Key", heavy).status
			}()
		}
		for range 3 {
			start := time.Now()
			if got := d.post(`{ call(id: "0 0") { id } viewer { name } }`, "X-Api-Key", other); got.status != 200 || got.json(t)["errors"] != nil || time.Since(start) > slowness*8*time.Second {
				t.Errorf("%v: %d %s", time.Since(start), got.status, got.body)
			}
		}
		for range 6 {
			if status := <-statuses; status != 200 && status != 503 {
				t.Error(status)
			}
		}
	})
}

// TestSlowClients opens connections that say little, and holds them.
func TestSlowClients(t *testing.T) {
	v := startVictim(t, "--limit-sockets 20 --limit-init-timeout 2s")
	address := strings.TrimPrefix(v.url, "http://")
	var held []net.Conn
	open := func(text string) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, conn)
		_, _ = io.WriteString(conn, text)
	}
	t.Cleanup(func() {
		for _, conn := range held {
			_ = conn.Close()
		}
	})
	for range 200 {
		open("POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
		open("POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 30000000\r\n\r\n{")
		open("GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n")
		open("GET /graphql?query=subscription{callChanged{id}} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
	}
	v.mustAnswer("800 slow connections")
	_ = held[0].SetReadDeadline(time.Now().Add(slowness * 20 * time.Second))
	if _, err := io.ReadAll(held[0]); err != nil { // headers must come within 5 s
		t.Errorf("a connection whose headers do not come is held: %v", err)
	}
	if most := v.memory(); most > slowness*(500<<20) {
		t.Errorf("the server has had %d MB", most>>20)
	}
	runtime.KeepAlive(held)
}
