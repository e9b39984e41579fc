package tests

import (
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/graph/operation"
	"callbook/tests/harness"
	"callbook/web"
)

// TestCostReported checks extensions.cost, the limit of one operation, and the budget.
func TestCostReported(t *testing.T) {
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
			{`{ calls(first: 100) { totalCount nodes { id } } }`, 111, 12},
			{`{ calls(first: 100) { edges { node { id } } pageInfo { hasNextPage } } }`, 212, 14},
			{`{ calls { nodes { id } } }`, 31, 12},
			{`{ calls(first: 0) { nodes { id } } }`, 11, 11},
			{`query($n: Int = 7) { calls(last: $n) { nodes { tasks { nodes { id } } } } }`, 165, 13},
			{`{ a: calls(first: 10) @skip(if: true) { nodes { id } } }`, 0, 0},
			{`{ calls(first: 10) { ...F ... on CallConnection { totalCount } } } fragment F on CallConnection { nodes { id } }`,
				21, 12},
			{`mutation { addCallTags(select: {ids: ["a", "b", "c"]}, tags: ["u"],
				policy: VALID_ROWS) { results { outcome errors { code } } } }`, 17, 16},
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
			harness.Repeat("a%d: jobStats { total } ", 12) + `}`
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
