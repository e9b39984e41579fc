package tests

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestNoteLifecycle creates, changes and deletes notes.
func TestNoteLifecycle(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		made := server.Post(`mutation { createCall(input: {id: "c"}) { call { id } }
			addNote(callId: "c", text: "one") { note { id nodeId version } } }`, nil)
		id := vars{"id": made.At("data", "addNote", "note", "id"), "n": made.At("data", "addNote", "note", "nodeId")}
		e.Clock.Set(dbtest.Start.Add(time.Hour))
		changed := server.Post(`mutation($id: ID!) { updateNote(id: $id, text: "two",
			expectedVersion: 1) { note { version text createdAt updatedAt } } }`, id)
		want := vars{"version": 2.0, "text": "two", "createdAt": "2024-05-17T08:00:00Z", "updatedAt": "2024-05-17T09:00:00Z"}
		if got := changed.At("data", "updateNote", "note"); !reflect.DeepEqual(got, any(want)) {
			t.Errorf("updateNote: got %v, want %v", changed, want)
		}
		_, stranger := dbtest.NewTenant(context.Background())
		for name, c := range map[string]struct {
			server    *harness.Server
			operation string
			code      string
		}{
			"stale update": {server, `mutation($id: ID!) {
				updateNote(id: $id, text: "x", expectedVersion: 1) { note { id } } }`, "CONFLICT"},
			"stale deletion": {server, `mutation($id: ID!) { deleteNote(id: $id, expectedVersion: 1) { noteId } }`,
				"CONFLICT"},
			"another tenant's": {server.As(stranger),
				`mutation($id: ID!) { updateNote(id: $id, text: "x") { note { id } } }`, "NOT_FOUND"},
			"deleting another's": {server.As(stranger), `mutation($id: ID!) { deleteNote(id: $id) { noteId } }`, "NOT_FOUND"},
			"noting on another's": {server.As(stranger), `mutation { addNote(callId: "c", text: "x") { note { id } } }`,
				"NOT_FOUND"},
			"a text that is too long": {server, `mutation($id: ID!) {
				updateNote(id: $id, text: "` + strings.Repeat("x", 32001) + `") { note { id } } }`, "BAD_USER_INPUT"},
		} {
			if code, _ := c.server.Post(c.operation, id).FirstError(); code != c.code {
				t.Errorf("%s: got the code %v, want %s", name, code, c.code)
			}
		}
		gone := server.Post(`mutation($id: ID!) { deleteNote(id: $id, expectedVersion: 2) { noteId } }`, id)
		left := server.Post(`query($n: ID!) { call(id: "c") { notes { nodes { id } } relatedCounts { notes } }
			node(nodeId: $n) { nodeId } }`, id)
		notes := harness.List(left, "data", "call", "notes", "nodes")
		if gone.At("errors") != nil || len(notes) != 0 || left.At("data", "node") != nil {
			t.Errorf("deleteNote: got %v, then %v, want no note left", gone, left)
		}
	})
}
