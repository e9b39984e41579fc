package tests

import (
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestDraftOfTakenKey checks that a draft with the key of a stored call shows nothing of that call.
func TestDraftOfTakenKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCall(input: {id: "b", tags: ["x"]}) { call { id } }
			addNote(callId: "b", text: "n") { note { id } }
			createCallTasks(select: {ids: ["b"]}, tasks: [{subject: "s"}]) { tasks { id } } }`, nil)
		response := server.Post(`{ callDraft(input: {id: "b"}) {
			call { callId version tags description } errors { code } } }`, nil)
		want := vars{"callId": "b", "version": 1.0, "tags": []any{}, "description": nil}
		if !harness.Matches(want, response.At("data", "callDraft", "call")) {
			t.Errorf("a draft of a taken key: got %v, want %v", response, want)
		}
		for _, key := range []string{"", " x ", strings.Repeat("x", 101)} {
			response := server.Post(`query($k: ID!) { checkCallKey(id: $k) { state } }`, vars{"k": key})
			if code, field := response.FirstError(); code != "BAD_USER_INPUT" || field != "id" {
				t.Errorf("checkCallKey(id: %q): got %v, want BAD_USER_INPUT about id", key, response)
			}
		}
	})
}
