package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"callbook/tests/harness"
)

// nestedTasks returns a query that goes from tasks to their call and back, levels deep.
func nestedTasks(levels int) string {
	inner := "id"
	for i := levels - 4; i >= 0; i-- {
		inner = []string{"call", "tasks"}[i%2] + " { " + inner + " }"
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

// TestLimits sends, for every limit, a request just under it, which must be answered in time, and one far over it,
// which must be refused at once. After each the server must answer, and in the end it must not have grown.
func TestLimits(t *testing.T) {
	v := harness.StartProcess(t, "--limit-budget 100000000 --limit-budget-per-second 100000000")
	spaces := func(n int) string { return `{"query":"{__typename}"}` + strings.Repeat(" ", n) }
	const filtered = `query($f: CallFilter) { calls(filter: $f) { totalCount } }`
	for _, c := range []struct {
		name        string
		under, over string
		status      int
	}{
		{"body", spaces(25<<20 - 100), spaces(40 << 20), 413},
		{"tokens", harness.Body("{ calls(filter: {id: {in: ["+strings.Repeat(` "x"`, 9950)+"]}}) { totalCount } }", nil),
			harness.Body("{"+strings.Repeat(" __typename", 1_000_000)+"}", nil), 200},
		{"depth", harness.Body(nestedTasks(15), nil), harness.Body(nestedTasks(90), nil), 200},
		{"fields", harness.Body("{ calls(first: 0) { nodes {"+strings.Repeat(" id", 1990)+"} } }", nil),
			harness.Body(doubling(100), nil), 200},
		{"aliases", harness.Body("{ calls(first: 0) { nodes {"+harness.Repeat(" a%d: id", 190)+"} } }", nil),
			harness.Body("{"+harness.Repeat(" a%d: __typename", 100_000)+"}", nil), 200},
		{"root fields", harness.Body("{"+harness.Repeat(" a%d: calls(first: 1) { totalCount }", 49)+"}", nil),
			harness.Body("{"+harness.Repeat(" a%d: __typename", 190)+"}", nil), 200},
		{"directives", harness.Body("{ calls(first: 0) { nodes {"+strings.Repeat(" ... @include(if: true) { id }",
			190)+"} } }", nil), harness.Body("{ __typename "+strings.Repeat("@skip(if: true) ", 1600)+"}", nil), 200},
		{"fragments", harness.Body("{ calls(first: 0) { nodes {"+harness.Repeat(" ...F%d",
			190)+"} } }"+harness.Repeat(" fragment F%d on Call { id }", 190), nil),
			harness.Body("{ __typename }"+harness.Repeat(" fragment F%d on Query { __typename }", 1000), nil), 200},
		{"fields of objects", harness.Body("{ calls(first: 0) { nodes {"+strings.Repeat(" history(first: 1) { totalCount }",
			990)+"} } }", nil), harness.Body("{ calls(first: 0) { nodes {"+strings.Repeat(" tasks { id }", 2100)+"} } }", nil),
			200},
		{"fragments that nothing spreads",
			harness.Body("{ calls(first: 0) { nodes { ...F } } } fragment F on Call {"+strings.Repeat(" id", 900)+"}", nil),
			harness.Body("{ __typename } fragment F on Call {"+strings.Repeat(" id", 9900)+"}", nil), 200},
		{"values", (`{"query":"{__typename}","variables":{"x":[` + strings.Repeat(`[{"a":0}],`, 19000) + `0]}}`),
			(`{"query":"{__typename}","variables":{"x":[[` + strings.Repeat(strings.Repeat(`{"a":0},`, 15000)+"0],[", 70) +
				`0]]}}`), 200},
		{"doubling fragments", harness.Body(doubling(5), nil), harness.Body(doubling(190), nil), 200},
		{"operations", (`{"operationName":"X7","query":"` +
			harness.Repeat(" query X%d { calls(first: 0) { nodes { id } } }", 600) + `"}`),
			harness.Body(harness.Repeat("query X%d { ...F } ",
				1000)+"fragment F on Query { calls(first: 0) { nodes {"+strings.Repeat(" id", 1000)+"} } }", nil), 200},
		{"introspection", harness.Body("{ __schema { types { name fields { name type { name fields { name } } } } } }", nil),
			harness.Body("{ __schema { types {"+strings.Repeat(" fields { type {", 3)+" fields { name } "+
				strings.Repeat("} }", 3)+" } } }", nil), 200},
		{"list size", harness.Body(`query($t: [String!]) { calls(filter: {tags: {hasAny: $t}}) { totalCount } }`,
			vars{"t": harness.Numbers(9990)}),
			harness.Body(`query($t: [String!]) { calls(filter: {tags: {hasAny: $t}}) { totalCount } }`,
				vars{"t": harness.Numbers(500_000)}), 200},
		{"depth of variables", harness.Body(filtered, vars{"f": deep(18)}), harness.Body(filtered, vars{"f": deep(80)}), 200},
		{"depth of JSON", harness.Body(filtered, vars{"f": deep(18)}),
			(`{"query":"{__typename}","variables":` + strings.Repeat(`{"a":[`, 500_000) + strings.Repeat("]}", 500_000) + "}"),
			200},
		{"size of variables", harness.Body(`query($d: String) { calls(filter: {name: {eq: $d}}) { totalCount } }`,
			vars{"d": strings.Repeat("x", 20<<20)}),
			harness.Body(`query($d: String) { calls(filter: {name: {eq: $d}}) { totalCount } }`,
				vars{"d": strings.Repeat("x", 30<<20)}), 413}, // more than a body may have
		{"cost", harness.Body("{"+harness.Repeat(
			" a%d: calls(first: 1000) { nodes { id tags callerId tasks { subject } notes { text } } }", 8)+"}", nil),
			harness.Body("{ customerPersons(first: 1000) { nodes { callRecords(first: 100) { details { text } } } } }", nil),
			200},
		{"cost of history",
			harness.Body("{ calls(first: 180) { nodes { history(first: 80) { nodes { changes { from to } } } } } }", nil),
			harness.Body("{ calls(first: 1000) { nodes { history(first: 100) { nodes { changes { from to } } } } } }", nil),
			200},
		{"a text of 10 MB",
			harness.Body(`{ calls(filter: {name: {eq: "`+strings.Repeat("x", 10<<20)+`"}}) { totalCount } }`, nil),
			harness.Body(strings.Repeat("{a ", 3<<20), nil), 200},
	} {
		const answerTime = harness.Slowness * 2 * time.Second
		if got := v.Best(c.under, answerTime); got.Status != 200 || got.Code != nil || got.Took > answerTime {
			t.Errorf("%s, just under: got %+v, want 200 in %v", c.name, got, answerTime)
		}
		sending := time.Duration(len(c.over)>>20) * 20 * time.Millisecond
		refusalTime := harness.Slowness * (200*time.Millisecond + sending)
		got := v.Best(c.over, refusalTime)
		if got.Status != c.status || got.Code != "LIMIT_EXCEEDED" || got.Took > refusalTime {
			t.Errorf("%s, far over: got %+v, want %d LIMIT_EXCEEDED in %v", c.name, got, c.status, refusalTime)
		}
		v.MustAnswer(c.name)
	}
	if most := v.Memory(); most > harness.Slowness*(1<<30) {
		t.Errorf("the server's memory: got %d MB, want 1024 at most", most>>20)
	}
}
