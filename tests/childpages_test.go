package tests

import (
	"fmt"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// childPages are the lists that hang on rows: how to make three of a parent's, and the selection of the parents.
var childPages = map[string]struct{ parents, field, arguments string }{
	"tasks":       {`calls(orderBy: [{field: ID}])`, "tasks", `orderBy: [{field: SUBJECT, direction: DESC}]`},
	"notes":       {`calls(orderBy: [{field: ID}])`, "notes", ""},
	"history":     {`calls(orderBy: [{field: ID}])`, "history", ""},
	"transcript":  {`callRecords(orderBy: [{field: ID}])`, "transcript", ""},
	"callRecords": {`customerPersons(orderBy: [{field: ID}])`, "callRecords", `orderBy: [{field: ID}]`},
}

const withChildren = `mutation {
	a: createCalls(inputs: [{id: "a"}, {id: "b"}, {id: "c"}]) { written }
	b: createCallTasks(select: {ids: ["a", "b"]}, tasks: [{subject: "1"}, {subject: "2"}, {subject: "3"}]) {
		results { outcome } }
	c: addNote(callId: "a", text: "1") { note { id } } d: addNote(callId: "a", text: "2") { note { id } }
	e: addNote(callId: "a", text: "3") { note { id } } f: addNote(callId: "b", text: "1") { note { id } }
	g: updateCalls(select: {ids: ["a", "b"]}, input: {name: "1"}) { written }
	h: updateCalls(select: {ids: ["a"]}, input: {name: "2"}) { written }
	i: saveCallRecords(inputs: [{id: "1", customerPersonId: "7", details: [{callDetailId: "1", type: ROBOT, text: "a"},
			{callDetailId: "2", type: PERSON, text: "b"}, {callDetailId: "3", type: ROBOT, text: "c"}]},
		{id: "2", customerPersonId: "7"},
		{id: "3", customerPersonId: "7"}, {id: "4", customerPersonId: "8"}]) { results { outcome } }
}`

// TestChildPages reads the lists that hang on rows, for all rows at once, page by page, and compares them with the
// whole list of each row.
func TestChildPages(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		if made := server.Post(withChildren, nil); made["errors"] != nil {
			t.Fatalf("the rows: got %v, want no errors", made["errors"])
		}
		for name, c := range childPages {
			read := func(arguments string) []any {
				query := fmt.Sprintf(`{ parents: %s { nodes { page: %s(%s %s) { totalCount edges { cursor node { __typename } }
					nodes { createdOrVersion: __typename } pageInfo { hasNextPage hasPreviousPage endCursor } } } } }`,
					c.parents, c.field, c.arguments, arguments)
				before := server.Statements()
				response := server.Post(query, nil)
				statements := server.Statements() - before
				if response["errors"] != nil || statements != 3 {
					t.Fatalf("%s: got %d statements and %v, want 3 and no errors", name, statements, response["errors"])
				}
				return harness.List(response, "data", "parents", "nodes")
			}
			whole := read("first: 100")
			for i, parent := range whole {
				edges := harness.At(parent, "page", "edges").([]any)
				if total := harness.At(parent, "page", "totalCount"); total != float64(len(edges)) {
					t.Errorf("%s of row %d: got the total %v, want %d", name, i, total, len(edges))
				}
			}
			first := whole[0]
			cursor := ""
			for i, want := range harness.At(first, "page", "edges").([]any) {
				arguments := "first: 1"
				if cursor != "" {
					arguments += fmt.Sprintf(" after: %q", cursor)
				}
				page := harness.At(read(arguments)[0], "page")
				got := harness.At(page, "edges", 0, "cursor")
				if got != harness.At(want, "cursor") || harness.At(page, "totalCount") != harness.At(first, "page", "totalCount") ||
					harness.At(page, "pageInfo", "hasPreviousPage") != (i > 0) {
					t.Errorf("%s, page %d: got %v, want the edge %v", name, i, page, want)
				}
				cursor = harness.At(page, "pageInfo", "endCursor").(string)
			}
		}
	})
}

// TestChildPagesRefuse gives lists that hang on rows arguments that are refused.
func TestChildPagesRefuse(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(withChildren, nil)
		for _, c := range []struct{ query, code, field string }{
			{`{ call(id: "a") { history(first: 101) { totalCount } } }`, "LIMIT_EXCEEDED", "first"},
			{`{ call(id: "a") { notes(first: 101) { totalCount } } }`, "LIMIT_EXCEEDED", "first"},
			{`{ callRecord(id: "1") { transcript(first: 1001) { totalCount } } }`, "LIMIT_EXCEEDED", "first"},
			{`{ callRecord(id: "1") { transcript(after: "x") { totalCount } } }`, "BAD_USER_INPUT", "after"},
			{`{ call(id: "a") { tasks(first: 1001) { totalCount } } }`, "LIMIT_EXCEEDED", "first"},
			{`{ call(id: "a") { tasks(first: -1) { totalCount } } }`, "BAD_USER_INPUT", "first"},
			{`{ call(id: "a") { tasks(after: "x") { totalCount } } }`, "BAD_USER_INPUT", "after"},
			{`{ customerPerson(id: "7") { callRecords(first: 101) { totalCount } } }`, "LIMIT_EXCEEDED", "first"},
		} {
			if code, field := server.Post(c.query, nil).FirstError(); code != c.code || field != c.field {
				t.Errorf("%s: got %v about %v, want %s about %s", c.query, code, field, c.code, c.field)
			}
		}
	})
}
