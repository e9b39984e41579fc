package tests

import (
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestNullForDefaults gives null for arguments that have a default, and checks that each is refused.
func TestNullForDefaults(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCall(input: {id: "a"}) { call { id } } }`, nil)
		for operation, place := range map[string]string{
			`mutation($v: Boolean) { deleteCalls(select: {ids: ["a"]}, dryRun: $v) { written } }`:       "dryRun",
			`mutation($v: BatchPolicy) { deleteCalls(select: {ids: ["a"]}, policy: $v) { written } }`:   "policy",
			`query($v: Boolean) { calls(includeDeleted: $v) { totalCount } }`:                           "includeDeleted",
			`query($v: CallDataset) { calls(dataset: $v) { totalCount } }`:                              "dataset",
			`query($v: Int) { callTags(first: $v) { tag } }`:                                            "first",
			`query($v: OrderDirection) { calls(orderBy: [{field: ID, direction: $v}]) { totalCount } }`: "orderBy.0.direction",
		} {
			response := server.Post(operation, vars{"v": nil})
			if code, about := response.FirstError(); code != "GRAPHQL_VALIDATION_FAILED" || about != place {
				t.Errorf("%s: got %v, want GRAPHQL_VALIDATION_FAILED about %s", operation, response, place)
			}
		}
		if left := server.Post(`{ calls { totalCount } }`, nil); left.At("data", "calls", "totalCount") != 1.0 {
			t.Errorf("the calls after it: got %v, want 1", left)
		}
	})
}

// TestAbsentVariables leaves variables out, and checks that the input fields they stand for count as left out, not as
// null.
func TestAbsentVariables(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCall(input: {id: "c", name: "n", subject: "keep", tags: ["keep"], description: "keep",
			attachments: [{name: "keep"}], callDurationInSeconds: 1}) { call { id } } }`, nil)
		response := server.Post(`mutation($n: String, $s: String, $t: [String!], $d: String, $a: [AttachmentInput!], $c: Int,
			$x: String) {
			updateCall(id: "c", input: {name: $n, subject: $s, tags: $t, description: $d, attachments: $a,
				callDurationInSeconds: $c, callPurpose: $x}) { ...F } }
			fragment F on UpdateCallPayload { call { name subject tags description callPurpose attachments { name }
				callDurationInSeconds } }`, vars{"n": "new", "x": nil})
		want := vars{"name": "new", "subject": "keep", "tags": []any{"keep"}, "description": "keep", "callPurpose": nil,
			"attachments": []any{vars{"name": "keep"}}, "callDurationInSeconds": 1.0}
		if got := response.At("data", "updateCall", "call"); !harness.Matches(want, got) {
			t.Errorf("updateCall with absent variables: got %v, want %v", response, want)
		}
		const list = `query($d: OrderDirection, $n: NullOrder, $f: StringFilter) { ...Q }
			fragment Q on Query { calls(orderBy: [{field: NAME, direction: $d, nulls: $n}],
			filter: {ownerId: $f}) { totalCount } }`
		for _, variables := range []vars{{}, {"d": "DESC"},
			{}} { // the document is shared: what one request leaves out, another gives
			if response := server.Post(list, variables); response.At("data", "calls", "totalCount") != 1.0 {
				t.Errorf("the variables %v: got %v, want 1 call", variables, response)
			}
		}
	})
}
