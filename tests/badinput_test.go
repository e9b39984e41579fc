package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// refusedCalls are inputs of mutations that create one call, each with the field for which it must be refused.
var refusedCalls = []struct{ name, mutation, input, field string }{
	{"empty key", "createCall", `id: ""`, "id"},
	{"a blank key", "createCall", `id: " "`, "id"},
	{"no host", "createCall", `voiceRecording: "https://:80"`, "voiceRecording"},
	{"duration and seconds disagree", "createCall", `callDuration: "01:00", callDurationInSeconds: 61`, "callDuration"},
	{"a duration that is none", "createCall", `callDuration: "1:60"`, "callDuration"},
	{"negative seconds", "createCall", `callDurationInSeconds: -1`, "callDurationInSeconds"},
	{"COMPLETED without duration", "createCall", `outgoingCallStatus: COMPLETED`, "callDurationInSeconds"},
	{"SCHEDULED without start", "createCall", `outgoingCallStatus: SCHEDULED`, "callStartTime"},
	{"OVERDUE with a duration", "createCall",
		`outgoingCallStatus: OVERDUE, callStartTime: "2024-01-01T00:00:00Z", callDuration: "00:01"`, "callDurationInSeconds"},
	{"MISSED with a status", "createCall", `outgoingCallStatus: CANCELLED, callType: MISSED`, "outgoingCallStatus"},
	{"a tag with a comma", "createCall", `tags: ["a,b"]`, "tags"},
	{"no URL", "createCall", `voiceRecording: "javascript:alert(1)"`, "voiceRecording"},
	{"an attachment twice", "createCall", `attachments: [{id: "1"}, {id: "1"}]`, "attachments.1.id"},
	{"a planned call with a duration", "scheduleCall", `callDuration: "01:00"`, "callDurationInSeconds"},
	{"a planned call that is missed", "scheduleCall", `callType: MISSED`, "outgoingCallStatus"},
	{"a planned call that is done", "scheduleCall", `outgoingCallStatus: COMPLETED, callDuration: "01:00"`,
		"outgoingCallStatus"},
	{"a logged call without a type", "logCall", `callDuration: "01:00"`, "callType"},
	{"a logged call without a duration", "logCall", `callType: OUTBOUND`, "callDurationInSeconds"},
	{"a received call without a duration", "logCall", `callType: INBOUND`, "callDurationInSeconds"},
	{"a logged call to come", "logCall", `callType: MISSED, callStartTime: "2999-01-01T00:00:00Z"`, "callStartTime"},
}

// badInput is a request that must be refused, with its code and the field it is about; badInputs are many.
type badInput struct {
	name      string
	query     string
	variables any
	code      string
	field     any
}

var badInputs = []badInput{
	{"text over its length", `mutation($s: String) { createCall(input: {name: $s}) { call { id } } }`,
		vars{"s": strings.Repeat("字", 201)}, "BAD_USER_INPUT", "name"},
	{"description over its length", `mutation($s: String) { createCall(input: {description: $s}) { call { id } } }`,
		vars{"s": strings.Repeat("x", 32001)}, "BAD_USER_INPUT", "description"},
	{"key over its length", `mutation($s: ID) { createCall(input: {id: $s}) { call { id } } }`,
		vars{"s": strings.Repeat("x", 101)}, "BAD_USER_INPUT", "id"},
	{"NUL in a variable", `mutation($s: String) { createCall(input: {name: $s}) { call { id } } }`, vars{"s": "a\x00b"},
		"GRAPHQL_VALIDATION_FAILED", "name"},
	{"NUL in a literal", `mutation { createCall(input: {name: "a\u0000b"}) { call { id } } }`, nil,
		"GRAPHQL_VALIDATION_FAILED", "name"},
	{"NUL in a key", `query($s: ID!) { call(id: $s) { id } }`, vars{"s": "\x00"}, "GRAPHQL_VALIDATION_FAILED", "id"},
	{"a fraction as a key", `mutation($i: ID) { createCall(input: {id: $i}) { call { id } } }`, vars{"i": 1.5},
		"GRAPHQL_VALIDATION_FAILED", "id"},
	{"a nodeId of no key", `{ node(nodeId: "Q2FsbFJlY29yZDp4") { nodeId } }`, nil, "BAD_USER_INPUT", "nodeId"},
	{"a number's beginning without digits", `{ callRecords(filter: {phone: {startsWith: "+"}}) { totalCount } }`, nil,
		"BAD_USER_INPUT", "filter.phone.startsWith"},
	{"all records, by a country code", `mutation { deleteCallRecords(select: {where: {filter: {phone: {startsWith: "+86"}},
		limit: 9}}) { written } }`, nil, "BAD_USER_INPUT", "select.where.filter"},
	{"1,001 nodeIds", `query($n: [ID!]!) { nodes(nodeIds: $n) { nodeId } }`,
		vars{"n": slices.Repeat([]string{"Q2FsbDp4"}, 1001)}, "LIMIT_EXCEEDED", "nodeIds"},
	{"NUL in a filter", `{ calls(filter: {name: {contains: "\u0000"}}) { totalCount } }`, nil, "GRAPHQL_VALIDATION_FAILED",
		"filter.name.contains"},
	{"first: -1", `{ calls(first: -1) { nodes { id } } }`, nil, "BAD_USER_INPUT", "first"},
	{"first: 2000", `{ calls(first: 2000) { nodes { id } } }`, nil, "LIMIT_EXCEEDED", "first"},
	{"101 records", `{ callRecords(first: 101) { nodes { id } } }`, nil, "LIMIT_EXCEEDED", "first"},
	{"first with last", `{ calls(first: 1, last: 1) { nodes { id } } }`, nil, "BAD_USER_INPUT", "last"},
	{"after with last", `{ calls(last: 1, after: "x") { nodes { id } } }`, nil, "BAD_USER_INPUT", "after"},
	{"before without last", `{ calls(first: 1, before: "x") { nodes { id } } }`, nil, "BAD_USER_INPUT", "before"},
	{"offset with a cursor", `{ calls(offset: 1, first: 1, after: "x") { nodes { id } } }`, nil, "BAD_USER_INPUT",
		"offset"},
	{"negative offset", `{ calls(offset: -1) { nodes { id } } }`, nil, "BAD_USER_INPUT", "offset"},
	{"cursor of garbage", `{ calls(after: "🎈") { nodes { id } } }`, nil, "BAD_USER_INPUT", "after"},
	{"cursor of JSON", `{ calls(last: 1, before: "WzFd") { nodes { id } } }`, nil, "BAD_USER_INPUT", "before"},
	{"year 0", `mutation { createCall(input: {callStartTime: "0000-12-31T23:59:59Z"}) { call { id } } }`, nil,
		"GRAPHQL_VALIDATION_FAILED", "callStartTime"},
	{"year 10000", `mutation { createCall(input: {callStartTime: "10000-01-01T00:00:00Z"}) { call { id } } }`, nil,
		"GRAPHQL_VALIDATION_FAILED", "callStartTime"},
	{"year 0 by its zone", `{ calls(filter: {callStartTime: {gt: "0001-01-01T00:00:00+08:00"}}) { totalCount } }`, nil,
		"GRAPHQL_VALIDATION_FAILED", "filter.callStartTime.gt"},
	{"year 10000 by its zone", `{ calls(filter: {callStartTime: {in: ["9999-12-31T23:59:59-01:00"]}}) { totalCount } }`,
		nil, "GRAPHQL_VALIDATION_FAILED", "filter.callStartTime.in.0"},
	{"a date alone", `mutation { createCall(input: {callStartTime: "2024-01-01"}) { call { id } } }`, nil,
		"GRAPHQL_VALIDATION_FAILED", "callStartTime"},
	{"record id beyond 63 bits", `{ callRecord(id: "9223372036854775808") { id } }`, nil,
		"GRAPHQL_VALIDATION_FAILED", "id"},
	{"negative record id", `{ callRecord(id: "-1") { id } }`, nil, "GRAPHQL_VALIDATION_FAILED", "id"},
	{"record id that is no number", `{ customerPerson(id: "x") { id } }`, nil, "GRAPHQL_VALIDATION_FAILED", "id"},
	{"delivered id beyond 63 bits",
		`mutation { saveCallRecords(inputs: [{id: "9223372036854775808"}]) { results { callRecordId } } }`, nil,
		"GRAPHQL_VALIDATION_FAILED",
		"inputs.0.id"},
	{"filtered id beyond 63 bits", `{ callRecords(filter: {id: {in: ["1", "99999999999999999999"]}}) { totalCount } }`,
		nil, "GRAPHQL_VALIDATION_FAILED", "filter.id.in.1"},
	{"filter by a duration that is none", `{ calls(filter: {callDuration: {gt: "soon"}}) { totalCount } }`, nil,
		"BAD_USER_INPUT", "filter.callDuration.gt"},
	{"a tag too long", `mutation($s: [String!]) { createCall(input: {tags: $s}) { call { id } } }`,
		vars{"s": []string{strings.Repeat("x", 101)}}, "BAD_USER_INPUT", "tags"},
	{"tags too long in all", `mutation($s: [String!]) { createCall(input: {tags: $s}) { call { id } } }`,
		vars{"s": manyTags(21, 99)}, "BAD_USER_INPUT", "tags"},
	{"no nodeId", `{ node(nodeId: "!") { nodeId } }`, nil, "BAD_USER_INPUT", "nodeId"},
	{"a nodeId of no type", `{ node(nodeId: "Q2F0OjE") { nodeId } }`, nil, "BAD_USER_INPUT", "nodeId"},
	{"2,000 terms", `query($f: CallFilter) { calls(filter: $f) { totalCount } }`, vars{"f": terms(2000)}, "LIMIT_EXCEEDED",
		"filter"},
	{"10,001 values", `query($f: CallFilter) { calls(filter: $f) { totalCount } }`,
		vars{"f": vars{"id": vars{"in": harness.Numbers(10001)}}}, "LIMIT_EXCEEDED", "filter"},
	{"nested too deep", `query($f: CallFilter) { calls(filter: $f) { totalCount } }`, vars{"f": nested(22)},
		"LIMIT_EXCEEDED", "filter"},
	{"a search too long", `query($s: String) { calls(filter: {name: {contains: $s}}) { totalCount } }`,
		vars{"s": strings.Repeat("x", 1001)}, "BAD_USER_INPUT", "filter.name.contains"},
	{"nine steps of order", `query($o: [CallOrder!]) { calls(orderBy: $o) { totalCount } }`, vars{"o": steps(9)},
		"LIMIT_EXCEEDED", "orderBy"},
	{"10,001 ids", `mutation($i: [ID!]!) { deleteCalls(select: {ids: $i}) { written } }`,
		vars{"i": harness.Numbers(10001)}, "LIMIT_EXCEEDED", "select"},
	{"10,001 ids to restore", `mutation($i: [ID!]!) { restoreCalls(select: {ids: $i}) { written } }`,
		vars{"i": harness.Numbers(10001)}, "LIMIT_EXCEEDED", "select"},
	{"10,001 tasks", `mutation($i: [ID!]!) { completeTasks(select: {ids: $i}) { results { taskId } } }`,
		vars{"i": harness.Numbers(10001)}, "LIMIT_EXCEEDED", "select"},
	{"a selector of nothing", `mutation { deleteCalls(select: {}) { written } }`, nil, "GRAPHQL_VALIDATION_FAILED",
		"select"},
	{"a selector of two", `mutation { deleteCalls(select: {ids: [], versions: []}) { written } }`, nil,
		"GRAPHQL_VALIDATION_FAILED", "select"},
	{"a selector of two in a variable", `mutation($s: CallSelector!) { deleteCalls(select: $s) { written } }`,
		vars{"s": vars{"ids": []any{}, "versions": []any{}}}, "GRAPHQL_VALIDATION_FAILED", "select"},
	{"a selector of nothing in a variable", `mutation($s: CallSelector!) { deleteCalls(select: $s) { written } }`,
		vars{"s": vars{}}, "GRAPHQL_VALIDATION_FAILED", "select"},
	{"a deletion without a filter", `mutation { deleteCalls(select: {where: {limit: 1}}) { written } }`, nil,
		"GRAPHQL_VALIDATION_FAILED", "select.where.filter"},
	{"a deletion without a limit", `mutation { deleteCalls(select: {where: {filter: {name: {eq: "x"}}}}) { written } }`,
		nil, "GRAPHQL_VALIDATION_FAILED", "select.where.limit"},
	{"a deletion by a filter of nothing", `mutation {
		deleteCalls(select: {where: {filter: {and: [{}, {name: {}}]}, limit: 1}}) { written } }`, nil, "BAD_USER_INPUT",
		"select.where.filter"},
	{"an update by a data set alone",
		`mutation { updateCalls(select: {where: {dataset: CLOSED, filter: {}, limit: 1}}, input: {name: "x"}) { written } }`,
		nil, "BAD_USER_INPUT", "select.where.filter"},
	{"a limit of 0", `mutation { deleteCalls(select: {where: {filter: {name: {eq: "x"}}, limit: 0}}) { written } }`, nil,
		"BAD_USER_INPUT", "select.where.limit"},
	{"a limit of 10,001",
		`mutation { deleteCalls(select: {where: {filter: {name: {eq: "x"}}, limit: 10001}}) { written } }`, nil,
		"LIMIT_EXCEEDED", "select.where.limit"},
	{"a tag of 300 characters", `mutation($s: [String!]!) { addCallTags(select: {ids: []}, tags: $s) { written } }`,
		vars{"s": []string{strings.Repeat("x", 300)}}, "BAD_USER_INPUT", "tags"},
	{"a tag with a comma to set", `mutation { setCallTags(select: {ids: []}, tags: ["a,b"]) { written } }`, nil,
		"BAD_USER_INPUT", "tags"},
	{"a task without a subject",
		`mutation { createCallTasks(select: {ids: []}, tasks: [{subject: "a"}, {subject: ""}]) { results { callId } } }`, nil,
		"BAD_USER_INPUT", "tasks.1.subject"},
	{"an unknown task", `mutation { updateTask(id: "x", input: {subject: "a"}) { task { id } } }`, nil, "NOT_FOUND", "id"},
	{"an unknown note", `mutation { updateNote(id: "x", text: "a") { note { id } } }`, nil, "NOT_FOUND", "id"},
	{"an empty note", `mutation { addNote(callId: "x", text: "") { note { id } } }`, nil, "BAD_USER_INPUT", "text"},
	{"a note on an unknown call", `mutation { addNote(callId: "x", text: "a") { note { id } } }`, nil, "NOT_FOUND",
		"callId"},
	{"tags of 0", `{ callTags(first: 0) { tag } }`, nil, "BAD_USER_INPUT", "first"},
	{"picklists of no type", `{ picklists(types: [Cal]) { field } }`, nil, "GRAPHQL_VALIDATION_FAILED", "types.0"},
	{"an unknown field", `{ calls { nodes { idd } } }`, nil, "GRAPHQL_VALIDATION_FAILED", nil},
	{"an unknown filter", `{ calls(filter: {naem: {eq: "x"}}) { totalCount } }`, nil, "GRAPHQL_VALIDATION_FAILED",
		"filter.naem"},
	{"an unknown enum value", `{ calls(filter: {callType: {eq: INBUOND}}) { totalCount } }`, nil,
		"GRAPHQL_VALIDATION_FAILED", "filter.callType.eq"},
	{"an unknown enum value in a variable", `query($f: CallFilter) { calls(filter: $f) { totalCount } }`,
		vars{"f": vars{"callType": vars{"eq": "INBUOND"}}}, "GRAPHQL_VALIDATION_FAILED", "filter.callType.eq"},
	{"text for a number", `query($n: Int) { calls(first: $n) { totalCount } }`, vars{"n": "1"},
		"GRAPHQL_VALIDATION_FAILED", "first"},
	{"33 bits", `{ calls(first: 4294967296) { totalCount } }`, nil, "GRAPHQL_VALIDATION_FAILED", "first"},
	{"no GraphQL", `{ calls `, nil, "GRAPHQL_PARSE_FAILED", nil},
	{"a fraction for an Int", `query($n: Int) { calls(first: $n) { totalCount } }`, vars{"n": 1.5},
		"GRAPHQL_VALIDATION_FAILED", "first"},
	{"too many tokens", "{" + strings.Repeat(" __typename", 40000) + "}", nil, "LIMIT_EXCEEDED", "query"},
}

// terms returns a filter of n alternatives.
func terms(n int) any {
	list := make([]any, n)
	for i := range list {
		list[i] = vars{"name": vars{"eq": fmt.Sprint(i)}}
	}
	return vars{"or": list}
}

// nested returns a filter of nested negations of a condition.
func nested(depth int) any {
	f := any(vars{"name": vars{"eq": "x"}})
	for range depth {
		f = vars{"not": f}
	}
	return f
}

// steps returns an order of n steps.
func steps(n int) (list []any) {
	for range n {
		list = append(list, vars{"field": "NAME"})
	}
	return list
}

// placeOf returns inputPath of the first error as the text that the field is, nil where there is none.
func placeOf(response harness.Response) any {
	path := harness.List(response, "errors", 0, "extensions", "inputPath")
	if len(path) == 0 {
		return nil
	}
	if path[0] == "input" && len(path) > 1 {
		path = path[1:]
	}
	parts := make([]string, len(path))
	for i, element := range path {
		parts[i] = fmt.Sprint(element)
	}
	return strings.Join(parts, ".")
}

// TestBadInput sends input that must be refused, and checks that nothing was written.
func TestBadInput(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		inputs := slices.Clone(badInputs)
		for _, c := range refusedCalls {
			query := "mutation { " + c.mutation + "(input: {" + c.input + "}) { call { id } } }"
			inputs = append(inputs, badInput{c.name, query, nil, "BAD_USER_INPUT", c.field})
		}
		for _, c := range inputs {
			response := server.Post(c.query, c.variables)
			code, field := response.FirstError()
			if code != c.code || field != c.field {
				t.Errorf("%s: got %v about %v, want %s about %v: %v", c.name, code, field, c.code, c.field,
					response.At("errors", 0))
			}
			if got := placeOf(response); c.field != nil && c.field != "query" && got != c.field {
				t.Errorf("%s: got the place %v, want %v: %v", c.name, got, c.field, response.At("errors", 0))
			}
			if id := response.At("errors", 0, "extensions", "requestId"); id == nil || id == "" {
				t.Errorf("%s: got the request id %v, want one", c.name, id)
			}
		}
		n := server.Post(`{ calls { totalCount } callRecords { totalCount } }`, nil).At("data", "calls", "totalCount")
		if n != 0.0 {
			t.Errorf("calls written by requests that are refused: got %v, want 0", n)
		}
	})
}
