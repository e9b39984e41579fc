package tests

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/db/dbtest"
	"callbook/graph"
	"callbook/model"
	"callbook/tests/harness"
)

// places are operations that read rows of a type; %s stands for what they select of them.
var places = map[string][]string{
	"Call": {
		`{ calls(filter: {id: {in: ["every", "deleted"]}}, includeDeleted: true) { nodes { %s } } }`,
		`{ calls(first: 20) { edges { node { %s } } } }`,
		`{ calls(first: 40, filter: {callType: {ne: MISSED}}, orderBy: [{field: NAME}]) { edges { node { %s } } } }`,
		`{ a: call(id: "call-0042") { %s } b: call(id: "call-0043") { %s } }`,
		`{ nodes(nodeIds: ["Q2FsbDpjYWxsLTAwNDI"]) { ... on Call { %s } } }`,
		`{ tasks(first: 40) { nodes { call { %s } } } }`,
		`{ callRecords(first: 40, filter: {id: {eq: "1001"}}) { nodes { call { %s } } } }`,
	},
	"CallRecord": {
		`{ callRecords(first: 40) { nodes { %s } } }`,
		`{ callRecord(id: "1001") { %s } }`,
		`{ customerPersons(first: 40) { nodes { callRecords { nodes { %s } } } } }`,
		`{ searchTranscripts(query: "the") { nodes { callRecord { %s } } } }`,
		`{ calls(first: 40) { nodes { callRecord { %s } } } }`,
	},
	"CustomerPerson": {
		`{ customerPersons(first: 50) { nodes { %s } } }`,
		`{ callRecords(first: 40) { nodes { customerPerson { %s } } } }`,
	},
	"CallDetail": {
		`{ callRecords(first: 40) { nodes { details { %s } } } }`,
		`{ searchTranscripts(query: "the") { nodes { before { %s } } } }`,
	},
	"Task": {
		`{ tasks(first: 50) { nodes { %s } } }`,
		`{ tasks(first: 9, orderBy: [{field: ASSIGNEE}]) { nodes { %s } } }`,
		`{ calls(filter: {id: {in: ["every"]}}) { nodes { tasks { nodes { %s } } } } }`,
	},
	"Note": {
		`{ calls(filter: {id: {in: ["every"]}}) { nodes { notes { nodes { %s } } } } }`,
	},
	"CallHistoryEntry": {
		`{ calls(filter: {id: {in: ["every"]}}) { nodes { history { nodes { %s } } } } }`,
	},
}

// TestFieldsAlone selects every field of rows alone, wherever rows can be read, and compares its value with the one
// that it has beside all others: so no field lacks a column that only others need.
func TestFieldsAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewSampleServer(t, e)
		writer := server.Actor("writer", model.RoleAdmin)
		writer.Kind, writer.Credential = model.CredentialKindAPIKey, "key writer"
		fillEveryField(t, server.As(writer))
		for typeName, operations := range places {
			fields := plainFields(graph.Schema().Types[typeName])
			hasValue := map[string]bool{}
			for _, operation := range operations {
				run := func(selection string) any {
					answer := server.Post(strings.ReplaceAll(operation, "%s", selection), nil)
					if answer["errors"] != nil {
						t.Fatalf("%s of %s: got %v", operation, selection, answer["errors"])
					}
					return answer["data"]
				}
				every := run(selectionOf(fields))
				for _, field := range fields {
					alone, beside := valuesOf(run(selectionOf(ast.FieldList{field})), field), valuesOf(every, field)
					if !reflect.DeepEqual(alone, beside) {
						t.Errorf("%s.%s in %s: got %s alone, want %s", typeName, field.Name, operation,
							harness.JSON(alone), harness.JSON(beside))
					}
					hasValue[field.Name] = hasValue[field.Name] || slices.ContainsFunc(beside, isValue)
				}
			}
			for _, field := range fields {
				if !hasValue[field.Name] {
					t.Errorf("%s.%s: no row has a value", typeName, field.Name)
				}
			}
		}
	})
}

// fillEveryField writes what the sample lacks.
func fillEveryField(t *testing.T, server *harness.Server) {
	t.Helper()
	for _, operation := range []string{`mutation {
		createCall(input: {id: "every", name: "n", subject: "s", callType: OUTBOUND, outgoingCallStatus: COMPLETED,
			callStartTime: "2026-01-01T00:00:00Z", callDurationInSeconds: 61, callPurpose: "Demo", callResult: "Interested",
			callAgenda: "a", reminder: "r", scheduledInCrm: true, ctiEntry: true, callerId: "555-0100-0001",
			dialledNumber: "555-0100-0002", voiceRecording: "https://example.com/a", tags: ["x", "y"],
			description: "d", ownerId: "o", ownerType: "LEAD", ownerSubtype: "t",
			attachments: [{name: "n", title: "t", fileId: "f"}]}) { call { id } }
		createCallTasks(select: {ids: ["every"]}, tasks: [
			{subject: "s", description: "d", status: DONE, dueAt: "2026-01-01T00:00:00Z", assignee: "a"}]) { tasks { id } }
		addNote(callId: "every", text: "note") { note { id } }
		updateCall(id: "every", input: {subject: "changed", description: "other"}) { call { id } }
		createCall2: createCall(input: {id: "deleted"}) { call { id } }
		deleteCall(id: "deleted") { callId }
		createCallFromRecord(callRecordId: "1001") { call { id } }
		tagCallRecords(select: {ids: ["1001"]}, tags: ["z"]) { written } }`,
		`mutation { saveCallRecords(inputs: [{id: "990001", startTime: "2030-01-01T00:00:00Z"}, {id: "1001",
			customerAudioUrl: "https://example.com/c", attributes: ["a=b"],
			customerPerson: {id: "502", creationTime: "2026-01-01T00:00:00Z", wechatNumber: "w",
				lastFollowTime: "2026-01-01T00:00:00Z", assignTime: "2026-01-01T00:00:00Z"}}]) {
			results { outcome } } }`,
	} {
		if answer := server.Post(operation, nil); answer["errors"] != nil {
			t.Fatal(answer)
		}
	}
}

// plainFields returns the fields of a type.
func plainFields(definition *ast.Definition) (fields ast.FieldList) {
	for _, field := range definition.Fields {
		if !strings.HasPrefix(field.Name, "__") {
			fields = append(fields, field)
		}
	}
	return fields
}

// selectionOf returns a selection of fields, each under the name by which valuesOf finds it.
func selectionOf(fields ast.FieldList) (selection string) {
	for _, field := range fields {
		selection += " value_" + field.Name + ": " + field.Name + below(graph.Schema().Types[field.Type.Name()])
	}
	return selection
}

// below returns the selection within a field of a type: all fields of objects, but the key alone of rows, and nothing
// of the rows of a connection.
func below(definition *ast.Definition) string {
	switch {
	case definition.Kind != ast.Object:
		return ""
	case definition.Fields.ForName("nodes") != nil:
		return " { totalCount }"
	case definition.Fields.ForName("nodeId") != nil:
		return " { id }"
	}
	selection := ""
	for _, field := range plainFields(definition) {
		selection += " " + field.Name
	}
	return " {" + selection + " }"
}

// valuesOf returns the values of a field in data, in the order of the rows.
func valuesOf(data any, field *ast.FieldDefinition) (values []any) {
	switch data := data.(type) {
	case []any:
		for _, element := range data {
			values = append(values, valuesOf(element, field)...)
		}
	case map[string]any:
		if value, ok := data["value_"+field.Name]; ok {
			return []any{value}
		}
		for _, name := range slices.Sorted(maps.Keys(data)) {
			values = append(values, valuesOf(data[name], field)...)
		}
	}
	return values
}

// isValue reports whether a value is more than null and an empty list.
func isValue(v any) bool {
	list, isList := v.([]any)
	return v != nil && (!isList || len(list) > 0)
}
