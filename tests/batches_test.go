package tests

import (
	"fmt"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestDryRuns runs batches without writing, and checks that results at fault come first and that nothing is written. A
// filter that matches by an empty text is refused.
func TestDryRuns(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		ids := harness.CreateCalls(t, e, 12, "d", "n")
		response := server.Post(`mutation($i: [ID!]!) {
			updateCalls(select: {ids: $i}, input: {name: "z"},
			dryRun: true) { matched written omitted results { index errors { code } } } }`, vars{"i": append(ids, "nobody")})
		if response.At("data", "updateCalls", "results", 0, "errors", 0, "code") != "NOT_FOUND" ||
			len(response.At("data", "updateCalls", "results").([]any)) != 10 ||
			response.At("data", "updateCalls", "omitted") != 3.0 {
			t.Errorf("a dry run of 13 rows: got %v, want 10 results, the row at fault first", response)
		}
		server.Post(`mutation($i: [ID!]!) { deleteCalls(select: {ids: $i}) { written } }`, vars{"i": ids[:3]})
		purge := server.Post(`mutation { purgeCalls(select: {where: {filter: {description: {contains: "n"}}, limit: 100}},
			dryRun: true) { matched written } }`, nil)
		left := server.Post(`{ calls(includeDeleted: true) { totalCount } }`, nil)
		if purge.At("data", "purgeCalls", "written") != 3.0 || left.At("data", "calls", "totalCount") != 12.0 {
			t.Errorf("a dry run of purgeCalls: got %v and then %v, want 3 written and 12 calls left", purge, left)
		}
		for _, filter := range []string{`{name: {contains: ""}}`, `{tags: {contains: ""}}`, `{callPurpose: {startsWith: ""}}`,
			`{or: [{subject: {startsWith: ""}}]}`} {
			response := server.Post(`mutation { deleteCalls(select: {where: {filter: `+filter+`, limit: 100}}) { written } }`,
				nil)
			if code, field := response.FirstError(); code != "BAD_USER_INPUT" || field != "select.where.filter" {
				t.Errorf("deleteCalls where %s: got %v, want BAD_USER_INPUT about select.where.filter", filter, response)
			}
		}
	})
}

// TestBatchBounds sends batches of few rows that would write many bytes or many tags.
func TestBatchBounds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		ids := harness.CreateCalls(t, e, 2000, "c", "")
		large := server.Post(`mutation($i: [ID!]!, $d: String) {
			updateCalls(select: {ids: $i}, input: {description: $d}) { written } }`,
			vars{"i": ids, "d": strings.Repeat("Ａ", 32000)})
		if code, _ := large.FirstError(); code != "LIMIT_EXCEEDED" {
			t.Errorf("a description of 32,000 for 2,000 calls: got %.300v, want LIMIT_EXCEEDED", large)
		}
		for _, operation := range []string{"addCallTags", "setCallTags"} {
			tags := server.Post(`mutation($i: [ID!]!, $t: [String!]!)
				{ `+operation+`(select: {ids: $i}, tags: $t) { written } }`, vars{"i": ids, "t": harness.Numbers(400)})
			if code, field := tags.FirstError(); code != "LIMIT_EXCEEDED" || field != "tags" {
				t.Errorf("%s of 400 tags for 2,000 calls: got %.300v, want LIMIT_EXCEEDED about tags", operation, tags)
			}
		}
	})
}

// TestFilterRechecked deletes calls by a tag while another transaction removes the tag, and checks that a call without
// the tag is not deleted.
func TestFilterRechecked(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for range 20 {
			server.Post(`mutation { saveCall(input: {id: "r", tags: ["trash"]}) { created } }`, nil)
			done := make(chan any, 1)
			go func() {
				response := server.Post(`mutation { removeCallTags(select: {ids: ["r"]}, tags: ["trash"]) { written } }`, nil)
				done <- response.At("data", "removeCallTags", "written")
			}()
			deleted := server.Post(`mutation { deleteCalls(select: {where: {filter: {tags: {has: "trash"}}, limit: 10}}) {
				written } }`, nil)
			removed := <-done
			if removed == 1.0 && deleted.At("data", "deleteCalls", "written") == 1.0 {
				history := server.Post(`{ call(id: "r", includeDeleted: true) { history(first: 2) { nodes { operation } } } }`, nil)
				if history.At("data", "call", "history", "nodes", 0, "operation") == "deleteCalls" &&
					history.At("data", "call", "history", "nodes", 1, "operation") == "removeCallTags" {
					t.Fatal("got a call deleted by a tag that it had lost, want it kept")
				}
			}
		}
	})
}

// TestBatchStatements counts the SQL statements of batches of 1,000 rows.
func TestBatchStatements(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		const n = 1000
		var inputs []any
		var ids []any
		for i := range n {
			ids = append(ids, fmt.Sprintf("b%04d", i))
			inputs = append(inputs, vars{"id": ids[i], "name": "n", "tags": []any{"t0"}})
		}
		for _, c := range []struct {
			name, operation string
			variables       vars
			want            int64
		}{
			{"create", `mutation($v: [CreateCallInput!]!) {
				r: createCalls(inputs: $v) { written results { call { id version } } } }`, vars{"v": inputs}, 5},
			{"update", `mutation($ids: [ID!]!) { r: updateCalls(select: {ids: $ids},
				input: {name: "m", description: "d"}) { written results { call { version description } } } }`, vars{"ids": ids}, 5},
			{"update by filter",
				`mutation { r: updateCalls(select: {where: {filter: {name: {eq: "m"}}, limit: 5000}},
				input: {subject: "s"}) { written } }`, nil, 5},
			{"add 5 tags", `mutation($ids: [ID!]!) { r: addCallTags(select: {ids: $ids},
				tags: ["t1", "t2", "t3", "t4", "t5"]) { written } }`, vars{"ids": ids}, 6},
			{"remove 5 tags", `mutation($ids: [ID!]!) { r: removeCallTags(select: {ids: $ids},
				tags: ["t1", "t2", "t3", "t4", "t5"]) { written } }`, vars{"ids": ids}, 6},
			{"set tags", `mutation($ids: [ID!]!) { r: setCallTags(select: {ids: $ids}, tags: ["x"]) { written } }`,
				vars{"ids": ids}, 8},
			{"delete", `mutation($ids: [ID!]!) { r: deleteCalls(select: {ids: $ids}) { written } }`, vars{"ids": ids}, 5},
			{"restore", `mutation($ids: [ID!]!) { r: restoreCalls(select: {ids: $ids}) { written } }`, vars{"ids": ids}, 5},
		} {
			before := server.Statements()
			response := server.Post(c.operation, c.variables)
			if got := server.Statements() - before; got != c.want || response.At("data", "r", "written") != float64(n) {
				t.Errorf("%s: got %d statements, want %d; %.300v", c.name, got, c.want, response)
			}
		}
		before := server.Statements()
		response := server.Post(`{ calls(first: 100) { nodes { relatedCounts { notes attachments openTasks finishedTasks } } }
			}`, nil)
		if got := server.Statements() - before; got > 4 || len(response.At("data", "calls", "nodes").([]any)) != 100 {
			t.Errorf("counters of 100 calls: got %d statements and %v, want 4 statements at most", got, response)
		}
	})
}

// TestCompleteTasksStatements completes tasks that are done already, and checks that their calls are read by one
// statement.
func TestCompleteTasksStatements(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		ids := harness.CreateCalls(t, e, 50, "c", "")
		made := server.Post(`mutation($i: [ID!]!) { createCallTasks(select: {ids: $i},
			tasks: [{subject: "s", status: DONE}]) { tasks { id } } }`, vars{"i": ids})
		var tasks, versions []any
		for _, task := range made.At("data", "createCallTasks", "tasks").([]any) {
			tasks = append(tasks, harness.At(task, "id"))
			versions = append(versions, vars{"id": harness.At(task, "id"), "expectedVersion": 2})
		}
		before := server.Statements()
		done := server.Post(`mutation($i: [ID!]!) { completeTasks(select: {ids: $i}) {
			results { outcome task { call { id } } } } }`, vars{"i": tasks})
		if n := server.Statements() - before; n != 3 ||
			done.At("data", "completeTasks", "results", 49, "task", "call", "id") == nil {
			t.Errorf("completing 50 tasks: got %v in %d statements, want their calls in 3",
				done.At("data", "completeTasks", "results", 49), n)
		}
		stale := server.Post(`mutation($v: [VersionInput!]!) {
			completeTasks(select: {versions: $v}, policy: VALID_ROWS) { results { errors { code conflict { version } } } } }`,
			vars{"v": versions[:1]})
		if stale.At("data", "completeTasks", "results", 0, "errors", 0, "conflict", "version") != 1.0 {
			t.Errorf("a stale version: got %v, want the version 1 in the conflict", stale)
		}
	})
}
