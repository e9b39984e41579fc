package randomops

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// everything is queries, one for each root field, for whatever can be read without being asked for by name: the pool
// begins with what they show.
func (o *operations) everything() (all []request) {
	for _, f := range o.schema.Query.Fields {
		arguments := ""
		if f.Arguments.ForName("first") != nil {
			arguments = "(first: 25)"
		}
		if !strings.HasPrefix(f.Name, "__") && !needsArguments(f) {
			all = append(all, request{root: ast.Query, document: "{" + f.Name + arguments + o.allOf(f, 5) + "}"})
		}
	}
	return all
}

// needsArguments reports whether a field cannot do without arguments: statsTable takes one of two.
func needsArguments(f *ast.FieldDefinition) bool {
	return f.Name == "statsTable" || slices.ContainsFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool {
		return a.Type.NonNull &&
			a.DefaultValue == nil
	})
}

// allOf selects all leaves of a field's type, and of what is below it.
func (o *operations) allOf(f *ast.FieldDefinition, levels int) string {
	if !isComposite(o.schema, f.Type) {
		return ""
	}
	parts := []string{"__typename"}
	for _, below := range o.schema.Types[f.Type.Name()].Fields {
		isLeaf := !isComposite(o.schema, below.Type)
		isObject := o.schema.Types[below.Type.Name()].Kind == ast.Object
		if !needsArguments(below) && (isLeaf || levels > 1 && isObject) {
			parts = append(parts, below.Name+o.allOf(below, levels-1))
		}
	}
	return "{" + strings.Join(parts, " ") + "}"
}

// firstRows makes one of all that the sample has none of.
const firstRows = `mutation {
	createCallTasks(select: {ids: ["call-0001", "call-0002"]},
		tasks: [{subject: "a"}, {subject: "b", dueAt: "2024-06-01T00:00:00Z", assignee: "é", status: DONE}]) {
		results { outcome } }
	addNote(callId: "call-0001", text: "备注") { note { id } }
	createCallFromRecord(callRecordId: "1001") { created }
	updateCalls(select: {ids: ["call-0001", "call-0002", "call-0003"]},
		input: {name: null, callAgenda: "x", attachments: [{name: "1.pdf"}]}) { written }
	addCallTags(select: {ids: ["call-0001", "call-0003"]}, tags: ["新"]) { written }
	deleteCalls(select: {ids: ["call-0040"]}) { written }
	tagCallRecords(select: {ids: [1001, 1002]}, tags: ["a", "新"]) { written }
	saveCallRecords(inputs: [{id: 1, customerConcern: ["价格"], attributes: ["x"], customerAudioUrl: "https://h/",
		customerPerson: {id: 1, creationTime: "2018-08-04T03:57:33.5Z",
		customerGroupId: 9, wechatNumber: "w", source: BACK_TO_PUBLIC, lastFollowTime: "2018-08-04T03:57:33Z",
			lastChatDuration: 0, lastStartTime: "2018-08-04T03:57:33Z",
		lastIntentLevel: A, lastDialStatus: BUSY, assignTime: "2018-08-04T03:57:33Z", gender: FEMALE},
			details: [{type: PERSON, text: "价格 Price"}]}]) { results { outcome } }
}`
