package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"callbook/tests/harness"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// TestNullForDefaults gives null for arguments that have a default: each is refused, none is taken for false.
func TestNullForDefaults(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCall(input: {id: "a"}) { call { id } } }`, nil)
		for _, operation := range []string{
			`mutation($v: Boolean) { deleteCalls(select: {ids: ["a"]}, dryRun: $v) { written } }`,
			`mutation($v: BatchPolicy) { deleteCalls(select: {ids: ["a"]}, policy: $v) { written } }`,
			`query($v: Boolean) { calls(includeDeleted: $v) { totalCount } }`,
			`query($v: CallDataset) { calls(dataset: $v) { totalCount } }`,
			`query($v: Int) { callTags(first: $v) { tag } }`,
			`query($v: OrderDirection) { calls(orderBy: [{field: ID, direction: $v}]) { totalCount } }`,
		} {
			response := server.Post(operation, vars{"v": nil})
			if code, about := response.FirstError(); code != "BAD_USER_INPUT" || about != "v" {
				t.Errorf("%s: %v", operation, response)
			}
		}
		if left := server.Post(`{ calls { totalCount } }`, nil); left.At("data", "calls", "totalCount") != 1.0 {
			t.Errorf("%v", left)
		}
	})
}

// TestEveryFieldHasCaptions walks the types by introspection; what is no field for people is named here.
func TestEveryFieldHasCaptions(t *testing.T) {
	captioned := map[string]bool{}
	for _, p := range model.PicklistFields() {
		if p.Caption.En == "" || p.Caption.Zh == "" {
			t.Errorf("%s has no caption", p.Key())
		}
		for _, known := range p.Known {
			if known.Caption.En == "" || known.Caption.Zh == "" {
				t.Errorf("%s: %s has no caption", p.Key(), known.Value)
			}
		}
		captioned[p.Key()] = true
	}
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for _, name := range []string{"Call", "Attachment", "Task", "Note", "CallRecord", "CustomerPerson"} {
			response := server.Post(`query($n: String!) { __type(name: $n) { fields { name } } }`, vars{"n": name})
			for _, field := range response.At("data", "__type", "fields").([]any) {
				if key := name + "." + harness.At(field, "name").(string); harness.At(field, "name") != "nodeId" && !captioned[key] {
					t.Errorf("%s has no caption", key)
				}
			}
		}
		all := server.Post(`{ picklists { type field values { value count } } }`, nil)
		if all["errors"] != nil || len(all.At("data", "picklists").([]any)) != len(captioned) {
			t.Errorf("%v", all["errors"])
		}
	})
}

// TestPicklistKnownValuesCount has more other values than are listed: the known ones are counted all the same.
func TestPicklistKnownValuesCount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		inputs := []any{vars{"callPurpose": "Demo"}}
		for i := range 205 {
			inputs = append(inputs, vars{"callPurpose": fmt.Sprint("p", i)}, vars{"callPurpose": fmt.Sprint("p", i)})
		}
		server.Post(`mutation($i: [CreateCallInput!]!) { createCalls(inputs: $i) { written } }`, vars{"i": inputs})
		response := server.Post(`{ picklists(type: "Call", fields: ["callPurpose"]) { values { value count } } }`, nil)
		values := response.At("data", "picklists", 0, "values").([]any)
		demo := slices.IndexFunc(values, func(v any) bool { return harness.At(v, "value") == "Demo" })
		if harness.At(values[demo], "count") != 1.0 || len(values) > 206 {
			t.Errorf("%v of %d", values[demo], len(values))
		}
	})
}

// TestDryRuns shows what is at fault first, and what would be.
func TestDryRuns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		var inputs, ids []any
		for i := range 12 {
			ids = append(ids, fmt.Sprintf("d%02d", i))
			inputs = append(inputs, vars{"id": ids[i], "name": "n"})
		}
		server.Post(`mutation($i: [CreateCallInput!]!) { createCalls(inputs: $i) { written } }`, vars{"i": inputs})
		response := server.Post(`mutation($i: [ID!]!) { updateCalls(select: {ids: $i}, input: {name: "z"}, dryRun: true) { matched written results { index errors { code } } } }`, vars{"i": append(ids, "nobody")})
		if response.At("data", "updateCalls", "results", 0, "errors", 0, "code") != "NOT_FOUND" || len(response.At("data", "updateCalls", "results").([]any)) != 10 {
			t.Errorf("%v", response)
		}
		server.Post(`mutation($i: [ID!]!) { deleteCalls(select: {ids: $i}) { written } }`, vars{"i": ids[:3]})
		purge := server.Post(`mutation { purgeCalls(select: {where: {filter: {name: {eq: "n"}}, limit: 100}}, dryRun: true) { matched written } }`, nil)
		left := server.Post(`{ calls(includeDeleted: true) { totalCount } }`, nil)
		if purge.At("data", "purgeCalls", "written") != 3.0 || left.At("data", "calls", "totalCount") != 12.0 {
			t.Errorf("%v %v", purge, left)
		}
		for _, filter := range []string{`{name: {contains: ""}}`, `{tags: {contains: ""}}`, `{callPurpose: {startsWith: ""}}`, `{or: [{subject: {startsWith: ""}}]}`} {
			response := server.Post(`mutation { deleteCalls(select: {where: {filter: `+filter+`, limit: 100}}) { written } }`, nil)
			if code, field := response.FirstError(); code != "BAD_USER_INPUT" || field != "select.where.filter" {
				t.Errorf("%s: %v", filter, response)
			}
		}
	})
}

// TestCommentsEndAtReturns hides escapes and depth behind a comment that ends at a carriage return.
func TestCommentsEndAtReturns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		response := server.Post("#\rmutation { createCall(input: {name: \"\\uD83D\\uDE00\"}) { call { name } } }", nil)
		if response.At("data", "createCall", "call", "name") != "😀" {
			t.Errorf("%v", response)
		}
		deep := server.Post("#\r{ calls(filter: "+strings.Repeat("{not: ", 200)+"{}"+strings.Repeat("}", 200)+") { totalCount } }", nil)
		if code, field := deep.FirstError(); code != "LIMIT_EXCEEDED" || field != "query" {
			t.Errorf("%v", deep)
		}
	})
}

// TestDraftOfTakenKey shows nothing of the call that has the key.
func TestDraftOfTakenKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCall(input: {id: "b", tags: ["x"]}) { call { id } } addNote(callId: "b", text: "n") { note { id } } createCallTasks(select: {ids: ["b"]}, tasks: [{subject: "s"}]) { tasks { id } } }`, nil)
		response := server.Post(`{ callDraft(input: {id: "b"}) { call { version tags notes { id } tasks { id } relatedCounts { notes openTasks } } errors { code } } }`, nil)
		want := vars{"version": 1.0, "tags": []any{}, "notes": []any{}, "tasks": []any{}, "relatedCounts": vars{"notes": 0.0, "openTasks": 0.0}}
		if !harness.Matches(want, response.At("data", "callDraft", "call")) {
			t.Errorf("%v", response)
		}
		for _, key := range []string{"", " x ", strings.Repeat("x", 101)} {
			response := server.Post(`query($k: ID!) { checkCallKey(id: $k) { state } }`, vars{"k": key})
			if code, field := response.FirstError(); code != "BAD_USER_INPUT" || field != "id" {
				t.Errorf("%q: %v", key, response)
			}
		}
	})
}

// TestCompleteTasksStatements completes tasks that are done already: their calls are read at once.
func TestCompleteTasksStatements(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		var inputs, ids []any
		for i := range 50 {
			ids = append(ids, fmt.Sprint("c", i))
			inputs = append(inputs, vars{"id": ids[i]})
		}
		server.Post(`mutation($i: [CreateCallInput!]!) { createCalls(inputs: $i) { written } }`, vars{"i": inputs})
		made := server.Post(`mutation($i: [ID!]!) { createCallTasks(select: {ids: $i}, tasks: [{subject: "s", status: DONE}]) { tasks { id } } }`, vars{"i": ids})
		var tasks, versions []any
		for _, task := range made.At("data", "createCallTasks", "tasks").([]any) {
			tasks = append(tasks, harness.At(task, "id"))
			versions = append(versions, vars{"id": harness.At(task, "id"), "expectedVersion": 2})
		}
		before := server.Statements()
		done := server.Post(`mutation($i: [ID!]!) { completeTasks(select: {ids: $i}) { results { outcome task { call { id } } } } }`, vars{"i": tasks})
		if n := server.Statements() - before; n != 3 || done.At("data", "completeTasks", "results", 49, "task", "call", "id") == nil {
			t.Errorf("%d statements: %v", n, done.At("data", "completeTasks", "results", 49))
		}
		stale := server.Post(`mutation($v: [VersionInput!]!) { completeTasks(select: {versions: $v}, policy: VALID_ROWS) { results { errors { code conflict { version } } } } }`, vars{"v": versions[:1]})
		if stale.At("data", "completeTasks", "results", 0, "errors", 0, "conflict", "version") != 1.0 {
			t.Errorf("%v", stale)
		}
	})
}

// TestLostAnswer loses the process after a mutation was committed and before its answer was kept: it is not done again.
func TestLostAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		claim := func(key string) (claimed bool, err error) {
			response, claimed, err := e.DB.ClaimKey(e.Ctx, key, "hash")
			if response != nil {
				t.Errorf("%s has an answer", key)
			}
			return claimed, err
		}
		for key, isDone := range map[string]bool{"done": true, "not done": false} {
			if claimed, err := claim(key); !claimed || err != nil {
				t.Fatal(claimed, err)
			}
			if isDone {
				writeUnderKey(t, e, key)
			}
			if claimed, err := claim(key); claimed || err != nil {
				t.Errorf("%s: claimed twice: %v", key, err)
			}
		}
		e.Clock.Set(dbtest.Start.Add(3 * time.Minute))
		if claimed, err := claim("done"); claimed || model.AsErrors(err) == nil || model.AsErrors(err)[0].Code != model.ErrorCodeConflict {
			t.Errorf("a request that was done is done again: %v %v", claimed, err)
		}
		if claimed, err := claim("not done"); !claimed || err != nil {
			t.Errorf("a request that was not done cannot be: %v %v", claimed, err)
		}
	})
}

func writeUnderKey(t *testing.T, e *dbtest.Env, key string) {
	t.Helper()
	if _, err := e.DB.CreateCall(db.WithIdempotencyKey(e.Ctx, key), model.CreateCallInput{}); err != nil {
		t.Fatal(err)
	}
}

// TestBatchBounds sends batches whose rows are few and whose bytes or tags are many.
func TestBatchBounds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		var inputs, ids []any
		for i := range 2000 {
			ids = append(ids, fmt.Sprint("c", i))
			inputs = append(inputs, vars{"id": ids[i]})
		}
		server.Post(`mutation($i: [CreateCallInput!]!) { createCalls(inputs: $i) { written } }`, vars{"i": inputs})
		large := server.Post(`mutation($i: [ID!]!, $d: String) { updateCalls(select: {ids: $i}, input: {description: $d}) { written } }`, vars{"i": ids, "d": strings.Repeat("Ａ", 32000)})
		if code, _ := large.FirstError(); code != "LIMIT_EXCEEDED" {
			t.Errorf("%.300v", large)
		}
		for _, operation := range []string{"addCallTags", "setCallTags"} {
			tags := server.Post(`mutation($i: [ID!]!, $t: [String!]!) { `+operation+`(select: {ids: $i}, tags: $t) { written } }`, vars{"i": ids, "t": harness.Numbers(400)})
			if code, field := tags.FirstError(); code != "LIMIT_EXCEEDED" || field != "tags" {
				t.Errorf("%s: %.300v", operation, tags)
			}
		}
	})
}

// TestFilterRechecked deletes by a tag that another transaction is taking away: the call that has lost it stays.
func TestFilterRechecked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for range 20 {
			server.Post(`mutation { saveCall(input: {id: "r", tags: ["trash"]}) { created } }`, nil)
			done := make(chan any, 1)
			go func() {
				response := server.Post(`mutation { removeCallTags(select: {ids: ["r"]}, tags: ["trash"]) { written } }`, nil)
				done <- response.At("data", "removeCallTags", "written")
			}()
			deleted := server.Post(`mutation { deleteCalls(select: {where: {filter: {tags: {has: "trash"}}, limit: 10}}) { written } }`, nil)
			removed := <-done
			if removed == 1.0 && deleted.At("data", "deleteCalls", "written") == 1.0 {
				history := server.Post(`{ call(id: "r", includeDeleted: true) { history(first: 2) { nodes { operation } } } }`, nil)
				if history.At("data", "call", "history", "nodes", 0, "operation") == "deleteCalls" && history.At("data", "call", "history", "nodes", 1, "operation") == "removeCallTags" {
					t.Fatal("a call was deleted by a tag that it had lost")
				}
			}
		}
	})
}
