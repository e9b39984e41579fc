package tests

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestHistoryUndoes changes calls at random, undoes their history change by change, and compares the result with the
// calls as they were created.
func TestHistoryUndoes(t *testing.T) {
	t.Parallel()
	const fields = `id name subject callType outgoingCallStatus callStartTime callDurationInSeconds callPurpose
		reminder scheduledInCrm ctiEntry callerId tags description ownerId attachments { attachmentId name title fileId }
		deletedAt`
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		r := rand.New(rand.NewPCG(5, 6))
		for n := range 12 {
			id := fmt.Sprintf("h%d", n)
			input := randomPatch(r)
			input["id"] = id
			created := server.Post(`mutation($v: CreateCallInput!) { createCall(input: $v) { call { `+fields+` } } }`,
				vars{"v": input})
			if created["errors"] != nil {
				t.Fatalf("createCall: got %v, want no errors", created)
			}
			for range 15 {
				randomChange(t, server, r, id)
			}
			now := server.Post(`query($id: ID!) { call(id: $id, includeDeleted: true) {
				`+fields+` version history(first: 100) { nodes { version changes { field from to } } } } }`, vars{"id": id})
			call := now.At("data", "call").(map[string]any)
			version := call["version"].(float64)
			for _, entry := range harness.At(call, "history", "nodes").([]any) {
				if harness.At(entry, "version") != version {
					t.Fatalf("the entry of version %v: got %v, want it", version, entry)
				}
				version--
				for _, change := range harness.At(entry, "changes").([]any) {
					field := harness.At(change, "field").(string)
					if to := asField(harness.At(change, "to")); !reflect.DeepEqual(call[field], to) {
						t.Fatalf("%s: got %v at the end of its history, want %v", field, to, call[field])
					}
					call[field] = asField(harness.At(change, "from"))
				}
			}
			delete(call, "history")
			delete(call, "version")
			if want := created.At("data", "createCall", "call"); !reflect.DeepEqual(want, any(call)) || version != 1 {
				t.Errorf("undone to version %v: got\n%v\nwant\n%v", version, call, want)
			}
		}
	})
}

// asField returns a value of the history as the field of a call has it: the history has attachments as inputs have
// them.
func asField(value any) any {
	list, isList := value.([]any)
	if !isList {
		return value
	}
	out := make([]any, len(list))
	for i, element := range list {
		out[i] = element
		if attachment, isObject := element.(map[string]any); isObject {
			out[i] = vars{"attachmentId": attachment["id"], "name": attachment["name"], "title": attachment["title"],
				"fileId": attachment["fileId"]}
		}
	}
	return out
}

// randomPatch returns an input that changes some fields.
func randomPatch(r *rand.Rand) vars {
	values := vars{"name": []any{"a", "b", nil}[r.IntN(3)], "subject": []any{"x", nil}[r.IntN(2)],
		"callPurpose": []any{"Demo", "Desk"}[r.IntN(2)],
		"reminder":    []any{nil, "None"}[r.IntN(2)], "scheduledInCrm": []any{true, false, nil}[r.IntN(3)],
		"ctiEntry": []any{true, nil}[r.IntN(2)],
		"callerId": []any{"1", "2"}[r.IntN(2)], "description": []any{"long", nil, ""}[r.IntN(3)],
		"ownerId":       []any{"o", nil}[r.IntN(2)],
		"tags":          []any{[]any{"t"}, []any{"u", "t"}, nil}[r.IntN(3)],
		"callType":      []any{"INBOUND", "OUTBOUND", nil}[r.IntN(3)],
		"callStartTime": []any{"2024-05-17T08:00:00.25Z", "2030-01-01T00:00:00Z"}[r.IntN(2)],
		"attachments": []any{[]any{vars{"id": "1", "name": "n"}}, []any{},
			[]any{vars{"id": "2", "title": "t"}, vars{"id": "1"}}}[r.IntN(3)]}
	for field := range values {
		if r.IntN(2) == 0 {
			delete(values, field)
		}
	}
	return values
}

// randomChange changes a call by one of the mutations that can.
func randomChange(t *testing.T, server *harness.Server, r *rand.Rand, id string) {
	t.Helper()
	v := vars{"id": id, "ids": []any{id}, "v": randomPatch(r), "tags": []any{[]any{"t"}, []any{"u", "w"}}[r.IntN(2)],
		"n": r.IntN(100)}
	operations := []string{
		`mutation($id: ID!, $v: UpdateCallInput!) { r: updateCall(id: $id, input: $v) { call { id } } }`,
		`mutation($ids: [ID!]!, $v: UpdateCallInput!) { r: updateCalls(select: {ids: $ids}, input: $v) { written } }`,
		`mutation($ids: [ID!]!, $tags: [String!]!) { r: addCallTags(select: {ids: $ids}, tags: $tags) { written } }`,
		`mutation($ids: [ID!]!, $tags: [String!]!) { r: removeCallTags(select: {ids: $ids}, tags: $tags) { written } }`,
		`mutation($ids: [ID!]!, $tags: [String!]!) { r: setCallTags(select: {ids: $ids}, tags: $tags) { written } }`,
		`mutation($ids: [ID!]!) { r: deleteCalls(select: {ids: $ids}) { written } }`,
		`mutation($ids: [ID!]!) { r: restoreCalls(select: {ids: $ids}) { written } }`,
		`mutation($id: ID!) { r: rescheduleCall(id: $id, callStartTime: "2031-01-01T00:00:00Z") { call { id } } }`,
		`mutation($id: ID!) { r: cancelCall(id: $id) { call { id } } }`,
		`mutation($id: ID!, $n: Int!) { r: updateCall(id: $id, input: {callDurationInSeconds: $n}) { call { id } } }`,
		`mutation($id: ID!) { r: saveCall(input: {id: $id, name: "saved"}) { created } }`,
	}
	response := server.Post(operations[r.IntN(len(operations))], v)
	if code, _ := response.FirstError(); code == "INTERNAL" || code == "GRAPHQL_VALIDATION_FAILED" {
		t.Fatalf("a random change: got %v, want it done or refused for a reason", response)
	}
}
