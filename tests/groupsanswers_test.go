package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// TestMaskedGroups asks for groups and figures by what is masked for the caller, or what it may not read.
func TestMaskedGroups(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(fewCalls, nil)
		analyst := server.AsRoles("ann", model.RoleAnalyst)
		agent := server.AsRoles("ben", model.RoleAgent)
		for _, query := range []string{`{ callStats(groupBy: [CALLER_ID]) { groups { count } } }`,
			`{ callStats { groups { distinctCount(of: DIALLED_NUMBER) } } }`,
			`{ callStats { groups { count(filter: {callerId: {contains: "139"}}) } } }`,
			`{ callStats { total { share(filter: {callerId: {contains: "139"}}) } } }`,
			`{ callRecordStats(groupBy: [CALLED_PHONE_NUMBER]) { groups { count } } }`} {
			if code, _ := analyst.Post(query, nil).FirstError(); code != "FORBIDDEN" {
				t.Errorf("%s for an analyst: got the code %v, want FORBIDDEN", query, code)
			}
		}
		seen := analyst.Post(`{ callStats { groups { count } } }`, nil)
		if n := seen.At("data", "callStats", "groups", 0, "count"); n != 6.0 {
			t.Errorf("calls in all for an analyst: got %v, want 6", n)
		}
		agent.Post(`mutation { createCall(input: {id: "own", callType: INBOUND, tags: ["x"]}) { call { id } } }`, nil)
		response := agent.Post(`{ callStats(groupBy: [TAG]) { groups { key { tag } count share } } }`, nil)
		want := []any{vars{"key": vars{"tag": "x"}, "count": 1.0, "share": 1.0}}
		if got := response.At("data", "callStats", "groups"); !harness.Matches(want, got) {
			t.Errorf("groups of an agent: got %s, want %s", harness.JSON(response), harness.JSON(want))
		}
	})
}

// TestGroupExamples sends the examples of groups.
func TestGroupExamples(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(fewCalls, nil)
		for _, name := range []string{"heat-map.graphql", "compare-weeks.graphql"} {
			response := server.Post(harness.ReadFile(t, "../examples/"+name), vars{
				"thisWeek":   vars{"startTime": vars{"gte": "2024-05-13T00:00:00+08:00"}},
				"weekBefore": vars{"startTime": vars{"lt": "2024-05-13T00:00:00+08:00"}}})
			if response["errors"] != nil {
				t.Errorf("%s: got %s, want no errors", name, harness.JSON(response))
			}
		}
	})
}

// TestComparedGroupsAreThoseFound compares the first groups with rows that make more groups than may be answered.
func TestComparedGroupsAreThoseFound(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		const owners = 10_002
		inputs := make([]any, owners)
		for i := range inputs {
			inputs[i] = vars{"callType": "OUTBOUND", "ownerId": fmt.Sprintf("a|~%05d", i)}
		}
		for part := range slices.Chunk(inputs, 1000) {
			server.Post(`mutation($in: [CreateCallInput!]!) { createCalls(inputs: $in) { written } }`, vars{"in": part})
		}
		response := server.Post(`{ callStats(groupBy: [OWNER_ID], first: 2, orderBy: [{dimension: OWNER_ID, direction: DESC}],
			compareTo: {}) { hasMore groups { key { ownerId } share compared { other { count share } } } } }`, nil)
		compared := vars{"other": vars{"count": 1.0, "share": 1.0 / owners}}
		want := []any{vars{"key": vars{"ownerId": "a|~10001"}, "share": 1.0 / owners, "compared": compared},
			vars{"key": vars{"ownerId": "a|~10000"}, "share": 1.0 / owners, "compared": compared}}
		if got := response.At("data", "callStats", "groups"); !harness.Matches(want, got) {
			t.Errorf("the first of many groups, compared: got %s, want %s", harness.JSON(response), harness.JSON(want))
		}
	})
}

// TestDrillDownIsWrittenInOneLine looks for line breaks and escaped signs in filters of an answer.
func TestDrillDownIsWrittenInOneLine(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		text := server.Send(`{ callStats(filter: {name: {ne: "a<b>&"}}) { groups { drillDown { filter } } } }`).Body
		if !strings.Contains(text, `{"filter":{"name":{"ne":"a<b>&"}}}`) || strings.Contains(text, "\n") {
			t.Errorf("a drillDown: got %q, want one line with the filter as it was written", text)
		}
	})
}
