package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/graph/operation"
	"callbook/model"
	"callbook/tests/harness"
	"callbook/web"
)

// nestedTasks returns a query that goes from tasks to their call and back, levels deep.
func nestedTasks(levels int) string {
	inner := "id"
	for i := levels - 4; i >= 0; i-- {
		inner = []string{"call", "tasks(first: 1)", "nodes"}[i%3] + " { " + inner + " }"
	}
	return "{ tasks(first: 1) { nodes { " + inner + " } } }"
}

// doubling returns a query with fragments each of which spreads the next one twice.
func doubling(levels int) string {
	var b strings.Builder
	b.WriteString("{ ...F0 }")
	for i := range levels {
		fmt.Fprintf(&b, " fragment F%d on Query { ...F%d ...F%d }", i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment F%d on Query { __typename }", levels)
	return b.String()
}

// deep returns a filter of n nested negations of an empty filter.
func deep(n int) any {
	var v any = map[string]any{}
	for range n {
		v = map[string]any{"not": v}
	}
	return v
}

// limitCase is a limit with a request just under it and one far over it. Where status is 0, both are answered 200.
type limitCase struct {
	name        string
	under, over string
	status      int // of what is far over
}

// limitCases returns a case for every limit on one request.
func limitCases() []limitCase {
	operation := func(query string) string { return harness.Body(query, nil) }
	ofCalls := func(selections string) string {
		return operation("{ calls(first: 0) { nodes {" + selections + "} } }")
	}
	filter := func(depth int) string {
		return harness.Body(`query($f: CallFilter) { calls(filter: $f) { totalCount } }`, vars{"f": deep(depth)})
	}
	tags := func(n int) string {
		const query = `query($t: [String!]) { calls(filter: {tags: {hasAny: $t}}) { totalCount } }`
		return harness.Body(query, vars{"t": harness.Numbers(n)})
	}
	text := func(size int) string {
		const query = `query($d: String) { calls(filter: {name: {eq: $d}}) { totalCount } }`
		return harness.Body(query, vars{"d": strings.Repeat("x", size)})
	}
	variables := func(json string) string { return `{"query":"{__typename}","variables":` + json + `}` }
	spaces := func(n int) string { return `{"query":"{__typename}"}` + strings.Repeat(" ", n) }
	repeat, numbered := strings.Repeat, harness.Repeat
	return []limitCase{
		{name: "body", under: spaces(25<<20 - 100), over: spaces(40 << 20), status: 413},
		{
			name:  "tokens",
			under: operation("{ calls(filter: {id: {in: [" + repeat(` "x"`, 9950) + "]}}) { totalCount } }"),
			over:  operation("{" + repeat(" __typename", 1_000_000) + "}"),
		},
		{name: "depth", under: operation(nestedTasks(15)), over: operation(nestedTasks(90))},
		{name: "fields", under: ofCalls(repeat(" id", 1990)), over: operation(doubling(100))},
		{
			name:  "aliases",
			under: ofCalls(numbered(" a%d: id", 190)),
			over:  operation("{" + numbered(" a%d: __typename", 100_000) + "}"),
		},
		{
			name:  "root fields",
			under: operation("{" + numbered(" a%d: calls(first: 1) { totalCount }", 49) + "}"),
			over:  operation("{" + numbered(" a%d: __typename", 190) + "}"),
		},
		{
			name:  "directives",
			under: ofCalls(repeat(" ... @include(if: true) { id }", 190)),
			over:  operation("{ __typename " + repeat("@skip(if: true) ", 1600) + "}"),
		},
		{
			name: "fragments",
			under: operation("{ calls(first: 0) { nodes {" + numbered(" ...F%d", 190) + "} } }" +
				numbered(" fragment F%d on Call { id }", 190)),
			over: operation("{ __typename }" + numbered(" fragment F%d on Query { __typename }", 1000)),
		},
		{
			name:  "fields of objects",
			under: ofCalls(repeat(" history(first: 1) { totalCount }", 990)),
			over:  ofCalls(repeat(" attachments { name }", 2100)),
		},
		{
			name:  "fragments that nothing spreads",
			under: operation("{ calls(first: 0) { nodes { ...F } } } fragment F on Call {" + repeat(" id", 900) + "}"),
			over:  operation("{ __typename } fragment F on Call {" + repeat(" id", 9900) + "}"),
		},
		{
			name:  "values",
			under: variables(`{"x":[` + repeat(`[{"a":0}],`, 19000) + `0]}`),
			over:  variables(`{"x":[[` + repeat(repeat(`{"a":0},`, 15000)+"0],[", 70) + `0]]}`),
		},
		{name: "doubling fragments", under: operation(doubling(5)), over: operation(doubling(190))},
		{
			name: "operations",
			under: `{"operationName":"X7","query":"` +
				numbered(" query X%d { calls(first: 0) { nodes { id } } }", 600) + `"}`,
			over: operation(numbered("query X%d { ...F } ", 1000) +
				"fragment F on Query { calls(first: 0) { nodes {" + repeat(" id", 1000) + "} } }"),
		},
		{
			name:  "introspection",
			under: operation("{ __schema { types { name fields { name type { name fields { name } } } } } }"),
			over: operation("{ __schema { types {" + repeat(" fields { type {", 3) + " fields { name } " +
				repeat("} }", 3) + " } } }"),
		},
		{name: "list size", under: tags(9990), over: tags(500_000)},
		{name: "depth of variables", under: filter(18), over: filter(80)},
		{
			name:  "depth of JSON",
			under: filter(18),
			over:  variables(repeat(`{"a":[`, 500_000) + repeat("]}", 500_000)),
		},
		{name: "size of variables", under: text(20 << 20), over: text(30 << 20), status: 413}, // over that of a body
		{
			name: "cost",
			under: operation("{" + numbered(
				" a%d: calls(first: 1000) { nodes { id tasks(first: 3) { nodes { subject } } notes(first: 3) { totalCount } } }",
				8) + "}"),
			over: operation("{ customerPersons(first: 1000) { nodes { callRecords(first: 100) {" +
				" nodes { details { text } } } } } }"),
		},
		{
			name:  "cost of history",
			under: operation("{ calls(first: 30) { nodes { history(first: 80) { nodes { changes { from to } } } } } }"),
			over:  operation("{ calls(first: 1000) { nodes { history(first: 100) { nodes { changes { from to } } } } } }"),
		},
		{
			name:  "a text of 10 MB",
			under: operation(`{ calls(filter: {name: {eq: "` + repeat("x", 10<<20) + `"}}) { totalCount } }`),
			over:  operation(repeat("{a ", 3<<20)),
		},
	}
}

// TestLimits sends, for every limit, a request just under it, which must be answered with little processor time, and
// one far over it, which must be refused with less. After each the server must answer, and in the end it must not have
// grown.
func TestLimits(t *testing.T) {
	t.Parallel()
	server := harness.StartProcess(t, "--limit-budget 100000000 --limit-budget-per-second 100000000")
	for _, c := range limitCases() {
		const answerTime = harness.Slowness * 2 * time.Second
		if got := server.Best(c.under, answerTime); got.Status != 200 || got.Code != nil || got.Took > answerTime {
			t.Errorf("%s, just under: got %+v, want 200 in %v", c.name, got, answerTime)
		}
		want := c.status
		if want == 0 {
			want = 200
		}
		sending := time.Duration(len(c.over)>>20) * 20 * time.Millisecond
		refusalTime := harness.Slowness * (200*time.Millisecond + sending)
		got := server.Best(c.over, refusalTime)
		if got.Status != want || got.Code != "LIMIT_EXCEEDED" || got.Took > refusalTime {
			t.Errorf("%s, far over: got %+v, want %d LIMIT_EXCEEDED in %v", c.name, got, want, refusalTime)
		}
		server.MustAnswer(c.name)
	}
	if most := server.Memory(); most > harness.Slowness*(1<<30) {
		t.Errorf("the server's memory: got %d MB, want 1024 at most", most>>20)
	}
}

// TestCostReported checks extensions.cost, the limit of one operation, and the budget.
func TestCostReported(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, func(o *web.Options) {
			o.Limits = operation.DefaultLimits()
			o.Limits.Errors, o.Limits.Budget, o.Limits.BudgetPerSecond, o.Limits.Cost = 5, 2000, 1, 1500
		})
		for i, c := range []struct {
			query             string
			requested, actual float64
		}{
			{`{ __typename }`, 0, 0},
			{`mutation { createCall(input: {id: "a", tags: ["t"]}) { call { id tags } } }`, 12, 12},
			{`{ call(id: "a") { id tags attachments { attachmentId } } }`, 3, 1},
			{`{ calls(first: 100) { totalCount nodes { id } } }`, 211, 112},
			{`{ calls(first: 100) { edges { node { id } } pageInfo { hasNextPage } } }`, 212, 14},
			{`{ calls { nodes { id } } }`, 31, 12},
			{`{ calls(first: 0) { nodes { id } } }`, 11, 11},
			{`query($n: Int = 7) { calls(last: $n) { nodes { tasks { nodes { id } } } } }`, 165, 13},
			{`{ calls(filter: {name: {contains: "x"}}) { totalCount nodes { id } } }`, 371, 351},
			{`{ calls(filter: {or: [{description: {contains: "x"}}, {name: {startsWith: "x"}}]}) { nodes { id } } }`, 273, 253},
			{`{ calls(offset: 5000, first: 1) { nodes { id tasks { totalCount } } } }`, 23, 21},
			{`{ call(id: "a") { description notes(first: 2) { nodes { text } } } }`, 94, 2},
			{`query($f: CallFilter) { calls(filter: $f) { totalCount } }`, 111, 111},
			{`{ a: calls(first: 10) @skip(if: true) { nodes { id } } }`, 0, 0},
			{`{ calls(first: 10) { ...F ... on CallConnection { totalCount } } } fragment F on CallConnection { nodes { id } }`,
				121, 112},
			{`mutation { addCallTags(select: {ids: ["a", "b", "c"]}, tags: ["u"],
				policy: VALID_ROWS) { results { outcome errors { code } } } }`, 20, 19},
		} {
			cost := server.Send(c.query).JSON().At("extensions", "cost")
			if harness.At(cost, "requested") != c.requested || harness.At(cost, "actual") != c.actual ||
				harness.At(cost, "limit") != 1500.0 || harness.At(cost, "remaining") == nil {
				t.Errorf("%d %s: got the cost %v, want %v requested, %v actual, a limit of 1500 and what remains", i, c.query, cost,
					c.requested, c.actual)
			}
		}
		got := server.Send(`{ calls(first: 1000) { nodes { id tasks { nodes { id } } } } }`)
		if got.Code() != "LIMIT_EXCEEDED" || !strings.Contains(got.Body, "may cost 22011; at most 1500") {
			t.Errorf("over the limit of one operation: got %s, want LIMIT_EXCEEDED that says 22011", got.Body)
		}
		refused := harness.Answer{}
		for range 3 {
			refused = server.Send(`{ calls(first: 1000) { nodes { id subject } }
				callRecords(first: 100) { nodes { details { text } } } }`)
		}
		if refused.Status == 429 {
			t.Errorf("what was not used: got %s, want it given back to the budget", refused.Body)
		}
		large := `{ a: searchTranscripts(query: "x", first: 100) { totalCount } ` +
			harness.Repeat("a%d: jobStats { total } ", 11) + `}`
		for refused = server.Send(large); refused.Status == 200; refused = server.Send(large) {
			if refused.JSON()["errors"] != nil {
				t.Fatalf("within the budget: got %s, want no errors", refused.Body)
			}
		}
		if refused.Status != 429 || refused.Header.Get("Retry-After") == "" || refused.Code() != "LIMIT_EXCEEDED" {
			t.Errorf("over the budget: got %d %v %s, want 429 LIMIT_EXCEEDED with Retry-After", refused.Status, refused.Header,
				refused.Body)
		}
	})
}

// TestCostOfRepeats checks what is taken from the budget for requests that are repeated under a key, refused or
// invalid.
func TestCostOfRepeats(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, func(o *web.Options) { o.Limits.BudgetPerSecond = 1 })
		left := func() any { return server.Send(`{ __typename }`).JSON().At("extensions", "cost", "remaining") }
		spent := 0.0
		for _, c := range []struct {
			query, key string
			actual     float64
		}{
			{`mutation { createCall(input: {id: "k"}) { call { id } } }`, "a", 12},
			{`mutation { createCall(input: {id: "k"}) { call { id } } }`, "a", 0},
			{`mutation { createCall(input: {id: "k"}) { call { id } } }`, "", 10},
			{`{ calls(first: 1000) { nodes { id tasks { nodes { id } } } } }`, "", 13},
			{`{ nothing }`, "", 0}, {`{ calls(first: 200000) { nodes { id } } }`, "", 0},
			{`{ calls(first: 1, last: 1) { nodes { id } } }`, "", 10},
			{`mutation { updateCall(id: "k", input: {name: "x"}) { call { id } } }`, "a", 0}, // the key came with another
		} {
			var headers []string
			if c.key != "" {
				headers = []string{"Idempotency-Key", c.key}
			}
			server.Send(c.query, headers...)
			if spent += c.actual; left() != 1000000-spent && left() != 1000000-spent+1 {
				t.Errorf("%s: got %v left, want %v", c.query, left(), 1000000-spent)
			}
		}
	})
}

// TestManyErrors checks that only so many errors are shown, with one that counts them all.
func TestManyErrors(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, func(o *web.Options) { o.Limits.Errors = 5 })
		updates := harness.Repeat(` m%d: updateCall(id: "none", input: {}) { call { id } }`, 20)
		got := server.Send("mutation {" + updates + "}").JSON()
		if list, _ := got["errors"].([]any); len(list) != 6 ||
			harness.At(list, 5, "extensions", "code") != "LIMIT_EXCEEDED" ||
			harness.At(list, 5, "message") != "there are 20 errors; 5 are shown" {
			t.Errorf("20 errors: got %v, want 5 and LIMIT_EXCEEDED that counts them", got)
		}
	})
}

// TestConnectionLimits opens more websockets and event streams than one credential may have, and than there may be in
// all. One that closes makes room for another.
func TestConnectionLimits(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.Listen(t, e, func(o *web.Options) { o.Limits.Sockets, o.Limits.SocketsEach = 3, 2 })
		one, two := server.Key("one", model.RoleAdmin), server.Key("two", model.RoleAdmin)
		open := func(key string) (*harness.Socket, map[string]any) {
			socket := server.Dial("X-Api-Key", key)
			socket.Init()
			socket.Say(`{"type":"ping"}`)
			return socket, socket.Hear()
		}
		first, pong := open(one)
		if pong["type"] != "pong" {
			t.Fatalf("the first socket: got %v, want a pong", pong)
		}
		server.Events(watch, "X-Api-Key", one)
		if _, closed := open(one); closed["closed"] != 1013.0 {
			t.Errorf("a third connection of one credential: got %v, want it closed by 1013", closed)
		}
		refused := server.Send(watch, "X-Api-Key", one, "Accept", "text/event-stream")
		if refused.Status != 429 || refused.Code() != "LIMIT_EXCEEDED" || refused.Header.Get("Retry-After") == "" {
			t.Errorf("a third stream of one credential: got %d %s, want 429 LIMIT_EXCEEDED with Retry-After", refused.Status,
				refused.Body)
		}
		if _, pong := open(two); pong["type"] != "pong" {
			t.Errorf("the first connection of another credential: got %v, want a pong", pong)
		}
		if _, closed := open(two); closed["closed"] != 1013.0 {
			t.Errorf("a fourth connection of all: got %v, want it closed by 1013", closed)
		}
		_ = first.CloseNow()
		harness.Eventually(t, "a closed socket makes room",
			func() bool { _, pong := open(two); return pong["type"] == "pong" })
	})
}
