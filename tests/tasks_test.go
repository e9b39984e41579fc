package tests

import (
	"context"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// createTwoTasks creates the call c with the tasks one and two, and returns their id and nodeId.
func createTwoTasks(server *harness.Server) []any {
	response := server.Post(`mutation { createCall(input: {id: "c"}) { call { id } }
		createCallTasks(select: {ids: ["c"]}, tasks: [{subject: "one"}, {subject: "two"}]) { tasks { id nodeId } } }`, nil)
	return harness.List(response, "data", "createCallTasks", "tasks")
}

// TestTaskLifecycle creates, changes and completes tasks.
func TestTaskLifecycle(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		tasks := createTwoTasks(server)
		id, other := harness.At(tasks[0], "id"), harness.At(tasks[1], "id")
		e.Clock.Set(dbtest.Start.Add(time.Hour))
		for _, step := range []struct {
			input string
			want  string
		}{
			{`{status: DONE}`, `{"version":2,"status":"DONE","closedAt":"2024-05-17T09:00:00Z","dueAt":null,"subject":"one"}`},
			{`{status: DONE, subject: "one"}`,
				`{"version":2,"status":"DONE","closedAt":"2024-05-17T09:00:00Z","dueAt":null,"subject":"one"}`},
			{`{status: IN_PROGRESS, dueAt: "2024-06-01T00:00:00Z"}`,
				`{"version":3,"status":"IN_PROGRESS","closedAt":null,"dueAt":"2024-06-01T00:00:00Z","subject":"one"}`},
			{`{dueAt: null, subject: "Ｏne"}`,
				`{"version":4,"status":"IN_PROGRESS","closedAt":null,"dueAt":null,"subject":"Ｏne"}`},
		} {
			response := server.Post(`mutation($id: ID!) { updateTask(id: $id,
				input: `+step.input+`) { task { version status closedAt dueAt subject } } }`, vars{"id": id})
			var want any
			if err := json.Unmarshal([]byte(step.want), &want); err != nil {
				t.Fatal(err)
			}
			if got := response.At("data", "updateTask", "task"); !reflect.DeepEqual(got, want) {
				t.Errorf("updateTask(input: %s): got %v, want %v", step.input, response, want)
			}
		}
		for input, field := range map[string]string{`{subject: null}`: "subject", `{subject: ""}`: "subject",
			`{status: null}`: "status"} {
			response := server.Post(`mutation($id: ID!) { updateTask(id: $id, input: `+input+`) { task { id } } }`,
				vars{"id": id})
			if code, about := response.FirstError(); code != "BAD_USER_INPUT" || about != field {
				t.Errorf("updateTask(input: %s): got %v, want BAD_USER_INPUT about %s", input, response, field)
			}
		}
		stale := server.Post(`mutation($id: ID!) { updateTask(id: $id, input: {subject: "x"},
			expectedVersion: 1) { task { id } } }`, vars{"id": id})
		if code, _ := stale.FirstError(); code != "CONFLICT" ||
			stale.At("errors", 0, "extensions", "conflict", "version") != 4.0 {
			t.Errorf("updateTask of a stale version: got %v, want CONFLICT with the version 4", stale)
		}
		before := server.Statements()
		completed := server.Post(`mutation($ids: [ID!]!) {
			completeTasks(select: {ids: $ids}, policy: VALID_ROWS) {
				results { outcome task { status closedAt } errors { code } } } }`, vars{"ids": []any{id, other, "none", id}})
		for i, want := range []any{nil, nil, "NOT_FOUND", "BAD_USER_INPUT"} {
			got := completed.At("data", "completeTasks", "results", i)
			isUpdated := harness.At(got, "outcome") == "UPDATED"
			if code := harness.At(got, "errors", 0, "code"); code != want || isUpdated != (want == nil) {
				t.Errorf("completeTasks, row %d: got %v, want it updated or the code %v", i, got, want)
			}
		}
		if n := server.Statements() - before; n != 4 {
			t.Errorf("completeTasks: got %d statements, want 4", n)
		}
		_, stranger := dbtest.NewTenant(context.Background())
		code, _ := server.As(stranger).Post(`mutation($id: ID!) {
			updateTask(id: $id, input: {subject: "x"}) { task { id } } }`, vars{"id": id}).FirstError()
		if code != "NOT_FOUND" {
			t.Errorf("another tenant's task: got the code %v, want NOT_FOUND", code)
		}
		server.Post(`mutation { deleteCalls(select: {ids: ["c"]}) { written } }`, nil)
		code, _ = server.Post(`mutation($id: ID!) { updateTask(id: $id, input: {subject: "x"}) { task { id } } }`,
			vars{"id": id}).FirstError()
		if code != "NOT_FOUND" {
			t.Errorf("a deleted call's task: got the code %v, want NOT_FOUND", code)
		}
		byNode := server.Post(`query($n: ID!) { node(nodeId: $n) { nodeId } }`, vars{"n": harness.At(tasks[0], "nodeId")})
		if byNode.At("data", "node") != nil {
			t.Errorf("a deleted call's task by nodeId: got %v, want null", byNode)
		}
	})
}

// TestDeleteTasks removes one task of two by its version, and checks what the answer says, and what is left.
func TestDeleteTasks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		tasks := createTwoTasks(server)
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
			call(id: "c") { tasks { totalCount } } }`, ids)
		wantLeft := vars{"a": nil, "b": vars{"subject": "two"}, "call": vars{"tasks": vars{"totalCount": 1.0}}}
		if !harness.Matches(any(wantLeft), left.At("data")) {
			t.Errorf("what is left: got %v, want %v", left, wantLeft)
		}
	})
}
