package tests

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// eraseAnswers purges a deleted call of a tenant, and with it all answers that are kept: what comes after a purge is
// what comes after a crash.
func eraseAnswers(t *testing.T, server *harness.Server, id string) {
	t.Helper()
	purged := server.Post(`mutation($id: ID!) { purgeCalls(select: {ids: [$id]}) { written } }`, vars{"id": id})
	if purged.At("data", "purgeCalls", "written") != 1.0 {
		t.Fatalf("a purge: got %v, want a call purged", purged)
	}
}

// TestRepeatOfEveryMutation runs every mutation under an idempotency key, makes the server forget what it was answered,
// and repeats it: it is done once, and answered the same, from what it named.
func TestRepeatOfEveryMutation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		of := harness.NewServer(t, e)
		for _, field := range harness.ParsedSchema().Mutation.Fields {
			arguments, known := onceCases[field.Name]
			if !known && !notOnce[field.Name] && !strings.HasPrefix(field.Name, "__") {
				t.Errorf("%s: got no case, want one in onceCases", field.Name)
			}
			if !known {
				continue
			}
			_, actor := dbtest.NewTenant(context.Background())
			server := of.As(actor)
			made := server.Post(onceRows, nil)
			if made["errors"] != nil {
				t.Fatalf("the rows: got %v, want no errors", made["errors"])
			}
			text := func(path ...any) string { return fmt.Sprint(made.At(append([]any{"data"}, path...)...)) }
			arguments = strings.NewReplacer("TASK", text("c", "tasks", 0, "id"), "NOTE", text("d", "note", "id"),
				"KEY", text("f", "apiKey", "apiKeyId"), "JOB", text("g", "job", "jobId")).Replace(arguments)
			payload := harness.ParsedSchema().Types[field.Type.Name()]
			query := "mutation($file: Upload!) { again: " + field.Name + "(" + arguments + ") " +
				everything(payload, []string{"<" + payload.Name + ">"}, 3) + " }"
			if !strings.Contains(arguments, "$file") {
				query = strings.Replace(query, "($file: Upload!)", "", 1)
			}
			first := sendWithKey(server, query)
			if first["errors"] != nil || first.At("data", "again") == nil {
				t.Errorf("%s: got %v, want no errors", query, first)
			}
			if kept := sendWithKey(server, query); !reflect.DeepEqual(kept["data"], first["data"]) || kept["errors"] != nil {
				t.Errorf("%s, repeated: got %v, want %v", query, kept, first)
			}
			eraseAnswers(t, server, "erased")
			if again := sendWithKey(server, query); !reflect.DeepEqual(again["data"], first["data"]) ||
				again["errors"] != nil {
				t.Errorf("%s, repeated after its answer is gone: got\n%v\nwant\n%v", query, again, first)
			}
		}
	})
}

// sendWithKey sends a mutation with an idempotency key; one with a variable $file takes the file of onceFile.
func sendWithKey(server *harness.Server, query string) harness.Response {
	body, contentType := harness.Body(query, nil), "application/json"
	if strings.Contains(query, "$file") {
		body, contentType = multipartBody([]part{
			{"operations", "", harness.Body(query, vars{"file": nil})},
			{"map", "", `{"0": ["variables.file"]}`},
			{"0", "once.jsonl", onceFile},
		})
	}
	return server.Do("POST", "/graphql", body, "Content-Type", contentType, "Idempotency-Key", "once",
		"GraphQL-Preflight", "1").JSON()
}

// TestRepeatOfFailures repeats mutations that failed after what they failed by is gone: what they were answered stays.
func TestRepeatOfFailures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCalls(inputs: [{id: "c"}, {id: "erased"}]) { written }
			deleteCalls(select: {ids: ["c", "erased"]}) { written } }`, nil)
		body := harness.Body(`mutation { one: createCall(input: {id: "c"}) { call { id } }
			other: createCall(input: {id: "new"}) { call { id version } }
			all: createCalls(inputs: [{id: "c"}, {id: "newer"}]) { written results { outcome call { id }
				errors { code message field } } }
			dry: updateCalls(select: {ids: ["new"]}, input: {name: "x"}, dryRun: true) { written } }`, nil)
		first := postWithKey(server, "k", body)
		if code, field := first.FirstError(); code != "CONFLICT" || field != "id" ||
			first.At("data", "all", "results", 1, "outcome") != "SKIPPED" {
			t.Fatalf("keys that are taken: got %v, want CONFLICT and SKIPPED", first)
		}
		eraseAnswers(t, server, "c")
		again := postWithKey(server, "k", body)
		if !reflect.DeepEqual(again["data"], first["data"]) ||
			fmt.Sprint(again.At("errors", 0, "message")) != fmt.Sprint(first.At("errors", 0, "message")) {
			t.Errorf("the same after the keys are free: got\n%v\nwant\n%v", again, first)
		}
		if total := server.Post(`{ calls { totalCount } }`, nil).At("data", "calls", "totalCount"); total != 1.0 {
			t.Errorf("calls: got %v, want 1", total)
		}
	})
}

// TestRepeatAfterErasure repeats mutations whose rows have been erased: they are NOT_FOUND, and show nothing of them.
func TestRepeatAfterErasure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		one := harness.Body(`mutation { createCall(input: {id: "c", name: "secret"}) { call { id name } } }`, nil)
		many := harness.Body(`mutation { createCalls(inputs: [{id: "d", name: "secret"}, {id: "e", name: "left"}]) { written
			results { callId outcome call { name } errors { code } } } }`, nil)
		postWithKey(server, "one", one)
		postWithKey(server, "many", many)
		server.Post(`mutation { deleteCalls(select: {ids: ["c", "d"]}) { written }
			purgeCalls(select: {ids: ["c", "d"]}) { written } }`, nil)
		got := postWithKey(server, "one", one)
		if code, field := got.FirstError(); code != "NOT_FOUND" || field != "Idempotency-Key" ||
			strings.Contains(fmt.Sprint(got), "secret") {
			t.Errorf("a call that is erased: got %v, want NOT_FOUND about Idempotency-Key", got)
		}
		got = postWithKey(server, "many", many)
		want := vars{"written": 2.0, "results": []any{
			vars{"callId": "d", "outcome": "CREATED", "call": nil, "errors": []any{vars{"code": "NOT_FOUND"}}},
			vars{"callId": "e", "outcome": "CREATED", "call": vars{"name": "left"}, "errors": []any{}}}}
		if !harness.Matches(want, got.At("data", "createCalls")) {
			t.Errorf("a batch of which one is erased: got %v, want %v", got, want)
		}
		if total := server.Post(`{ calls { totalCount } }`, nil).At("data", "calls", "totalCount"); total != 1.0 {
			t.Errorf("calls: got %v, want 1", total)
		}
	})
}

// TestLongAnswers repeats a mutation whose answer is too long to be kept, and one with too long a name.
func TestLongAnswers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		alias := strings.Repeat("a", 5000)
		body := harness.Body(`mutation { `+alias+`: createCalls(inputs: [`+strings.Repeat(`{name: "x"},`, 400)+`]) {
			results { callId callNodeId outcome call { id nodeId name version createdAt createdBy } } } }`, nil)
		first, again := postWithKey(server, "k", body), postWithKey(server, "k", body)
		if len(harness.List(first, "data", alias, "results")) != 400 || !reflect.DeepEqual(again["data"], first["data"]) {
			t.Errorf("400 calls, repeated: got %.500s, want %.500s", fmt.Sprint(again), fmt.Sprint(first))
		}
		if total := server.Post(`{ calls { totalCount } }`, nil).At("data", "calls", "totalCount"); total != 400.0 {
			t.Errorf("calls: got %v, want 400", total)
		}
	})
}
