package tests

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// undo starts the undo of an import.
func undo(server *harness.Server, id string, as ...string) started {
	body := harness.Body(`mutation($id: ID!) { undoImport(jobId: $id) { isNew job { jobId kind state undoes } } }`,
		vars{"id": id})
	answer := server.Do("POST", "/graphql", body, append([]string{"Content-Type", "application/json"}, as...)...)
	made := answer.JSON()
	job, _ := made.At("data", "undoImport", "job", "jobId").(string)
	return started{job, answer.Code(), made.At("data", "undoImport", "isNew") == true, answer}
}

// undoneRows are the calls before the import of undoneFile. Of every outcome of an import there are two calls: one that
// nobody changes after the import, and one that is changed.
const undoneRows = `mutation {
	a: createCalls(inputs: [
		{id: "up1", name: "old", callerId: "13987651234", tags: ["x", "y"], callDurationInSeconds: 7, scheduledInCrm: true,
			callStartTime: "2026-01-02T03:04:05.5Z", callType: OUTBOUND, description: "long",
			attachments: [{id: "k", name: "a.txt", title: "A"}]},
		{id: "up2", name: "old", tags: ["x"]}, {id: "same", name: "same"},
		{id: "back1", name: "old", tags: ["x"]}, {id: "back2", name: "old"}, {id: "back3", name: "old"}]) { written }
	b: deleteCalls(select: {ids: ["back1", "back2", "back3"]}) { written } }`

const undoneFile = `{"id": "new1", "name": "new", "tags": ["z"]}
{"id": "new2", "name": "new"}
{"id": "new3", "name": "new"}
{"id": "up1", "name": "new", "callerId": null, "tags": ["y", "z"], "callDurationInSeconds": 9, ` +
	`"scheduledInCrm": false, "callStartTime": "2027-01-02T03:04:05Z", "callType": "INBOUND", ` +
	`"description": null, "subject": "new", "attachments": []}
{"id": "up2", "name": "new", "tags": ["z"]}
{"id": "same", "name": "same"}
{"id": "back1", "name": "new", "tags": ["z"]}
{"id": "back2", "name": "new"}
{"id": "back3", "name": "old"}
`

const undoneFields = `id name subject callType callStartTime callDurationInSeconds scheduledInCrm callerId tags
	description deletedAt`

// callsOf returns calls by their keys, also deleted ones.
func callsOf(t *testing.T, server *harness.Server, fields string, ids ...string) map[string]any {
	t.Helper()
	calls := map[string]any{}
	for _, id := range ids {
		answer := server.Post(`query($id: ID!) { call(id: $id, includeDeleted: true) { `+fields+` } }`, vars{"id": id})
		calls[id] = answer.At("data", "call")
		if calls[id] == nil {
			t.Fatalf("the call %s: got %v", id, answer)
		}
	}
	return calls
}

// TestUndo undoes an import after others have changed half of its rows.
func TestUndo(t *testing.T) {
	t.Parallel()
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		server := harness.ListenAnonymous(t, e, nil)
		runJobs(t, e.DB)
		if made := server.Post(undoneRows, nil); made["errors"] != nil {
			t.Fatalf("the calls before: got %v", made)
		}
		before := callsOf(t, server, undoneFields, "up1", "same")
		first := startImport(server, "x.ndjson", undoneFile, "kind: CALLS")
		expectImport(t, "the import", endOfImport(t, server, first), vars{"state": "DONE",
			"imported": vars{"created": 3.0, "updated": 2.0, "restored": 3.0, "unchanged": 1.0}})
		changed := server.Post(`mutation { a: updateCall(id: "new2", input: {subject: "theirs"}) { call { id } }
			b: deleteCall(id: "new3") { deletedNodeId } c: addCallTags(select: {ids: ["up2"]}, tags: ["theirs"]) { written }
			d: updateCall(id: "back2", input: {subject: "theirs"}) { call { id } } }`, nil)
		if changed["errors"] != nil {
			t.Fatalf("changes by others: got %v", changed)
		}
		theirs := callsOf(t, server, undoneFields+" version", "new2", "new3", "up2", "back2", "same")

		second := undo(server, first.id)
		job := endOfImport(t, server, second)
		expectImport(t, "the undo", job, vars{"state": "DONE", "kind": "UNDO", "imported": nil, "errorFile": nil,
			"progress": vars{"rowsTotal": 8.0, "rowsRead": 8.0, "rowsWritten": 4.0, "rowsFailed": 4.0}})
		expectUndone(t, job, map[string]string{"new1": "DELETED 2", "new2": "CONFLICT", "new3": "NOT_FOUND",
			"up1": "REVERTED 3", "up2": "CONFLICT", "back1": "DELETED 5", "back2": "CONFLICT", "back3": "DELETED 4"})
		if is := callsOf(t, server, undoneFields, "up1", "same"); !reflect.DeepEqual(is, before) {
			t.Errorf("set back: got\n%v\nwant\n%v", is, before)
		}
		is := callsOf(t, server, undoneFields+" version", "new2", "new3", "up2", "back2", "same")
		if !reflect.DeepEqual(is, theirs) {
			t.Errorf("what others have changed: got\n%v\nwant\n%v", is, theirs)
		}
		for id, want := range map[string]vars{"new1": {"name": "new"}, "back1": {"name": "old", "tags": []any{"x"}},
			"back3": {"name": "old"}} {
			call := callsOf(t, server, undoneFields, id)[id]
			if !includes(want, call) || harness.At(call, "deletedAt") == nil {
				t.Errorf("%s: got %v, want %v, deleted", id, call, want)
			}
		}
		expectUndoWritten(t, server)
		if again := undo(server, first.id); again.id != second.id || again.isNew {
			t.Errorf("once more: got %s, want the first undo", again.answer.Body)
		}
		if again := undo(server, second.id); again.code != "BAD_USER_INPUT" {
			t.Errorf("an undo of the undo: got %s, want BAD_USER_INPUT", again.answer.Body)
		}
		if again := startImport(server, "x.ndjson", undoneFile, "kind: CALLS"); !again.isNew {
			t.Errorf("the same file after the undo: got %s, want another import", again.answer.Body)
		}
	})
}

// expectUndone compares what became of each row of an undo, by key: its outcome and version, or the code of its error.
func expectUndone(t *testing.T, job harness.Response, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, node := range job.At("data", "job", "outcomes", "nodes").([]any) {
		became := fmt.Sprintf("%v %v", harness.At(node, "outcome"), harness.At(node, "version"))
		if errs := harness.At(node, "errors").([]any); len(errs) > 0 {
			became = fmt.Sprint(harness.At(errs[0], "code"))
		}
		got[fmt.Sprint(harness.At(node, "rowId"))] = became
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("outcomes: got %v, want %v", got, want)
	}
}

// expectUndoWritten checks that the history, the events and the counts of calls have what the undo of TestUndo did.
func expectUndoWritten(t *testing.T, server *harness.Server) {
	t.Helper()
	got := server.Post(`{ call(id: "up1") { history(first: 1) { nodes { version operation } } }
		changes(first: 1000, entities: [CALL]) { events { operation } }
		calls { totalCount } }`, nil)
	entry := vars{"version": 3.0, "operation": "undoImport"}
	if nodes := harness.At(got.At("data", "call", "history"), "nodes").([]any); !includes(entry, nodes[0]) {
		t.Errorf("the history: got %v, want %v", nodes, entry)
	}
	if got.At("data", "calls", "totalCount") != 5.0 {
		t.Errorf("calls: got %v, want 5", got.At("data", "calls"))
	}
	if n := strings.Count(fmt.Sprint(got.At("data", "changes")), "undoImport"); n != 5 {
		t.Errorf("events of the undo: got %d, want 5 in %v", n, got)
	}
}

// TestUndoRefused asks for undos that cannot be.
func TestUndoRefused(t *testing.T) {
	t.Parallel()
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		server := harness.Listen(t, e, nil)
		manager := []string{"X-Api-Key", server.Key("ann", model.RoleManager)}
		waiting := startImport(server, "x.csv", "id,name\na,A\n", "kind: CALLS", manager...)
		if got := undo(server, waiting.id, manager...); got.code != "CONFLICT" {
			t.Errorf("of an import that waits: got %s, want CONFLICT", got.answer.Body)
		}
		runJobs(t, e.DB)
		endOfImport(t, server, waiting, manager...)
		for who, role := range map[string]model.Role{"NOT_FOUND": model.RoleManager, "FORBIDDEN": model.RoleAgent} {
			if got := undo(server, waiting.id, "X-Api-Key", server.Key(who, role)); got.code != who {
				t.Errorf("by somebody else: got %s, want %s", got.answer.Body, who)
			}
		}
		records := startImport(server, "r.csv", "id,callTime\n7,2026-01-02 03:04:05\n", "kind: CALL_RECORDS", manager...)
		endOfImport(t, server, records, manager...)
		if got := undo(server, records.id, manager...); got.code != "BAD_USER_INPUT" {
			t.Errorf("of call records: got %s, want BAD_USER_INPUT", got.answer.Body)
		}
		done := undo(server, waiting.id, manager...)
		job := endOfImport(t, server, done, manager...)
		expectUndone(t, job, map[string]string{"a": "DELETED 2"})
	})
}

// TestPurgeEndsUndo purges a call that an undo has deleted: what became of rows goes, of the import and of the undo.
func TestPurgeEndsUndo(t *testing.T) {
	t.Parallel()
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		server := harness.ListenAnonymous(t, e, nil)
		runJobs(t, e.DB)
		first := startImport(server, "x.ndjson", `{"id": "a", "name": "A"}`+"\n", "kind: CALLS")
		endOfImport(t, server, first)
		second := undo(server, first.id)
		expectUndone(t, endOfImport(t, server, second), map[string]string{"a": "DELETED 2"})
		if got := server.Post(`mutation { purgeCalls(select: {ids: ["a"]}) { written } }`, nil); got["errors"] != nil {
			t.Fatalf("the purge: got %v", got)
		}
		harness.Eventually(t, "both jobs are gone", func() bool {
			jobs, isList := server.Post(`{ jobs(filter: {kinds: [IMPORT, UNDO]}) { jobId } }`, nil).At("data", "jobs").([]any)
			return isList && len(jobs) == 0
		})
	})
}
