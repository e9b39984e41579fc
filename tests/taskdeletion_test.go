package tests

import (
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestDeleteTasks removes one task of two by its version, and checks what the answer says, and what is left.
func TestDeleteTasks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		made := server.Post(`mutation { createCall(input: {id: "a"}) { call { id } }
			createCallTasks(select: {ids: ["a"]}, tasks: [{subject: "1"}, {subject: "2"}]) { tasks { id nodeId } } }`, nil)
		tasks := harness.List(made, "data", "createCallTasks", "tasks")
		ids := vars{"a": harness.At(tasks[0], "id"), "b": harness.At(tasks[1], "id")}
		stale := server.Post(`mutation($a: ID!, $b: ID!) { deleteTasks(select: {versions: [{id: $a, expectedVersion: 1},
			{id: $b, expectedVersion: 2}]}) { written results { outcome deletedNodeId } } }`, ids)
		want := []any{vars{"outcome": "SKIPPED", "deletedNodeId": nil}, vars{"outcome": "FAILED", "deletedNodeId": nil}}
		if got := stale.At("data", "deleteTasks", "results"); !harness.Matches(any(want), got) {
			t.Errorf("a stale version under ALL_OR_NOTHING: got %v, want %v", stale, want)
		}
		gone := server.Post(`mutation($a: ID!) { deleteTasks(select: {ids: [$a]}) {
			written results { outcome taskId taskNodeId deletedNodeId task { id } errors { code } } } }`, ids)
		nodeID := harness.At(tasks[0], "nodeId")
		result := vars{"outcome": "PURGED", "taskId": ids["a"], "taskNodeId": nodeID, "deletedNodeId": nodeID, "task": nil,
			"errors": []any{}}
		if got := gone.At("data", "deleteTasks", "results", 0); !harness.Matches(any(result), got) {
			t.Errorf("deleteTasks: got %v, want %v", gone, result)
		}
		left := server.Post(`query($a: ID!, $b: ID!) { a: task(id: $a) { id } b: task(id: $b) { subject }
			call(id: "a") { tasks { totalCount } } }`, ids)
		wantLeft := vars{"a": nil, "b": vars{"subject": "2"}, "call": vars{"tasks": vars{"totalCount": 1.0}}}
		if !harness.Matches(any(wantLeft), left.At("data")) {
			t.Errorf("what is left: got %v, want %v", left, wantLeft)
		}
	})
}
