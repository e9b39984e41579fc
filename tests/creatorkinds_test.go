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

// creators are those who create rows under one name: a key, a token, a caller without a credential, and a file.
var creators = []string{"KEY", "TOKEN", "NONE", "IMPORT"}

// namesake returns an agent of the server's tenant with the name bob and a kind of credential, and of other roles, too.
func namesake(server *harness.Server, kind string, others ...model.Role) *harness.Server {
	actor := server.Actor("bob", append([]model.Role{model.RoleAgent}, others...)...)
	switch kind {
	case "KEY":
		actor.Kind, actor.Credential = model.CredentialKindAPIKey, "key 1"
	case "TOKEN":
		actor.Kind, actor.Credential = model.CredentialKindToken, "token of bob"
	}
	return server.As(actor)
}

// createAsNamesakes creates a call, a note, a task and a record for each of creators, with their names as ids.
func createAsNamesakes(t *testing.T, server *harness.Server) {
	t.Helper()
	for i, kind := range creators {
		creator := namesake(server, kind, model.RoleIntegration)
		if kind == "IMPORT" {
			creator = server
			file := `{"id": "IMPORT", "name": "of IMPORT", "create_man": "bob", "caller_id": "13812345678"}`
			if got := uploaded(t, server, "calls.jsonl", file); harness.At(got, "created") != 1.0 {
				t.Fatalf("the file: got %v, want one call", got)
			}
		} else {
			got := creator.Post(fmt.Sprintf(`mutation {
				createCall(input: {id: "%s", name: "of %[1]s", callerId: "13812345678"}) { call { createdBy createdByKind } }
				saveCallRecords(inputs: [{id: "%d", calledPhoneNumber: "13812345678", customerPersonId: "%[2]d"}]) {
					results { errors { message } } } }`, kind, i+1), nil)
			want := any(map[string]any{"createdBy": "bob", "createdByKind": kindOf(kind)})
			if call := got.At("data", "createCall", "call"); got["errors"] != nil || !harness.Matches(want, call) {
				t.Fatalf("the rows of %s: got %v, want them created by %v", kind, got, want)
			}
		}
		got := creator.Post(fmt.Sprintf(`mutation {
			addNote(callId: "%s", text: "x") { note { createdByKind } }
			createCallTasks(select: {ids: ["%[1]s"]}, tasks: [{subject: "x"}]) { tasks { createdByKind } } }`, kind), nil)
		if kind != "IMPORT" && (got.At("data", "addNote", "note", "createdByKind") != kindOf(kind) ||
			got.At("data", "createCallTasks", "tasks", 0, "createdByKind") != kindOf(kind)) {
			t.Errorf("the note and the task of %s: got %v, want them created by %v", kind, got, kindOf(kind))
		}
	}
}

// kindOf returns the createdByKind of what one of creators creates.
func kindOf(creator string) any {
	return map[string]any{"KEY": "API_KEY", "TOKEN": "TOKEN", "IMPORT": "IMPORT"}[creator]
}

// TestOwnRowsOfNamesakes has a key, a token, a caller without a credential and a file create rows under the name bob,
// and reads and changes them as each: a key and a token do not see each other's rows, and everybody sees those of the
// file and those of no kind, such as were there before kinds were.
func TestOwnRowsOfNamesakes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		createAsNamesakes(t, server)
		for reader, own := range map[string][]string{"KEY": {"KEY", "NONE", "IMPORT"}, "TOKEN": {"TOKEN", "NONE", "IMPORT"},
			"NONE": {"NONE", "IMPORT"}} {
			agent, both := namesake(server, reader), namesake(server, reader, model.RoleAnalyst)
			got := agent.Post(`{ calls { totalCount nodes { id } } tasks { totalCount nodes { callId } }
				callRecords { totalCount } customerPersons { totalCount } callTags { tag } }`, nil)
			records := float64(len(own) - 1) // the file has none
			if got.At("data", "calls", "totalCount") != float64(len(own)) ||
				got.At("data", "tasks", "totalCount") != float64(len(own)) ||
				got.At("data", "callRecords", "totalCount") != records ||
				got.At("data", "customerPersons", "totalCount") != records {
				t.Errorf("%s: got %v, want the rows of %v", reader, got, own)
			}
			for _, creator := range creators {
				owns := slices.Contains(own, creator)
				checkNamesake(t, agent, both, reader, creator, owns)
			}
		}
	})
}

// checkNamesake reads and changes the rows of one creator as another one of the same name: as an agent, and as an
// agent and analyst who sees all, and its own without masks.
func checkNamesake(t *testing.T, agent, both *harness.Server, reader, creator string, owns bool) {
	t.Helper()
	got := agent.Post(fmt.Sprintf(`mutation { updateCall(id: "%s", input: {subject: "%s"}) { call {
		notes { totalCount } tasks { totalCount } history { nodes { version } } } } }`, creator, reader), nil)
	if code, _ := got.FirstError(); owns && (code != nil || got.At("data", "updateCall", "call", "notes", "totalCount") !=
		1.0) || !owns && code != "NOT_FOUND" {
		t.Errorf("%s changes the call of %s: got %v, want it done %v, else NOT_FOUND", reader, creator, got, owns)
	}
	got = agent.Post(fmt.Sprintf(`mutation { addNote(callId: "%s", text: "y") { note { id } } }`, creator), nil)
	if code, _ := got.FirstError(); owns != (code == nil) {
		t.Errorf("%s adds a note to the call of %s: got %v, want it done %v", reader, creator, got, owns)
	}
	if id, isThere := got.At("data", "addNote", "note", "id").(string); isThere {
		agent.Post(`mutation { deleteNote(id: "`+id+`") { noteId } }`, nil)
	}
	number := both.Post(`{ call(id: "`+creator+`") { callerId } }`, nil).At("data", "call", "callerId")
	if isClear := number == "13812345678"; isClear != owns {
		t.Errorf("%s reads the number of %s: got %v, want it clear %v", reader, creator, number, owns)
	}
	found := both.Post(`{ calls(filter: {id: {eq: "`+creator+`"}, callerId: {eq: "13812345678"}}) { totalCount } }`, nil)
	if isFound := found.At("data", "calls", "totalCount") == 1.0; isFound != owns {
		t.Errorf("%s finds %s by its number: got %v, want it found %v", reader, creator, found, owns)
	}
}

// TestCreatorKinds filters, orders and counts calls by what they were created by.
func TestCreatorKinds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		createAsNamesakes(t, server)
		for filter, want := range map[string]string{
			`{eq: API_KEY}`:         "KEY",
			`{in: [IMPORT, TOKEN]}`: "IMPORT TOKEN",
			`{ne: TOKEN}`:           "IMPORT KEY NONE",
			`{notIn: [TOKEN]}`:      "IMPORT KEY NONE",
			`{isNull: true}`:        "NONE",
		} {
			got := server.Post(`{ calls(filter: {createdByKind: `+filter+`}, orderBy: [{field: ID}]) { totalCount
				nodes { id } } }`, nil)
			var ids []string
			for _, node := range harness.List(got, "data", "calls", "nodes") {
				ids = append(ids, harness.At(node, "id").(string))
			}
			if strings.Join(ids, " ") != want || got.At("data", "calls", "totalCount") != float64(len(ids)) {
				t.Errorf("createdByKind %s: got %v, want %s", filter, got, want)
			}
		}
		ordered := server.Post(`{ calls(orderBy: [{field: CREATED_BY_KIND, direction: DESC, nulls: FIRST}]) {
			nodes { id } } }`, nil)
		if got := fmt.Sprint(ordered.At("data", "calls", "nodes")); got !=
			"[map[id:NONE] map[id:TOKEN] map[id:IMPORT] map[id:KEY]]" {
			t.Errorf("by CREATED_BY_KIND: got %s, want NONE, TOKEN, IMPORT, KEY", got)
		}
		values := server.Post(`{ picklists(fields: ["createdByKind"]) { type values { value count caption { zh } } } }`, nil)
		for i, want := range []string{"1 1 1", "1 1 0", "1 1 0", "1 1 0"} {
			var counts []string
			for _, value := range harness.List(values, "data", "picklists", i, "values") {
				counts = append(counts, fmt.Sprint(harness.At(value, "count")))
			}
			if strings.Join(counts, " ") != want {
				t.Errorf("values in use of %v: got %v, want %s", values.At("data", "picklists", i, "type"), counts, want)
			}
		}
	})
}
