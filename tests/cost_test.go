package tests

import (
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/graph/operation"
	"callbook/web"
)

// TestCostReported looks at extensions.cost, and at limits on what is answered.
func TestCostReported(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := openFreeDoor(t, e, func(s *web.Options) {
			s.Limits = operation.DefaultLimits()
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
		kept := openFreeDoor(t, e, func(s *web.Options) { s.Limits.BudgetPerSecond = 1 })
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
		many := openFreeDoor(t, e, func(s *web.Options) { s.Limits.Errors = 5 })
		got := many.post("mutation {" + repeat(` m%d: updateCall(id: "none", input: {}) { call { id } }`, 20) + "}").json(t)
		if list, _ := got["errors"].([]any); len(list) != 6 || at(list, 5, "extensions", "code") != "LIMIT_EXCEEDED" || at(list, 5, "message") != "there are 20 errors; 5 are shown" {
			t.Errorf("%v", got)
		}
	})
}
