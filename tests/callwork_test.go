package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"callbook/tests/harness"

	"callbook/db/dbtest"
)

func TestTaskLifecycle(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		made := server.Post(`mutation { createCall(input: {id: "c"}) { call { id } } createCallTasks(select: {ids: ["c"]}, tasks: [{subject: "one"}, {subject: "two"}]) { tasks { id nodeId } } }`, nil)
		id, other := made.At("data", "createCallTasks", "tasks", 0, "id"), made.At("data", "createCallTasks", "tasks", 1, "id")
		e.Clock.Set(dbtest.Start.Add(time.Hour))
		for _, step := range []struct {
			input string
			want  string
		}{
			{`{status: DONE}`, `{"version":2,"status":"DONE","closedAt":"2024-05-17T09:00:00Z","dueAt":null,"subject":"one"}`},
			{`{status: DONE, subject: "one"}`, `{"version":2,"status":"DONE","closedAt":"2024-05-17T09:00:00Z","dueAt":null,"subject":"one"}`},
			{`{status: IN_PROGRESS, dueAt: "2024-06-01T00:00:00Z"}`, `{"version":3,"status":"IN_PROGRESS","closedAt":null,"dueAt":"2024-06-01T00:00:00Z","subject":"one"}`},
			{`{dueAt: null, subject: "Ｏne"}`, `{"version":4,"status":"IN_PROGRESS","closedAt":null,"dueAt":null,"subject":"Ｏne"}`},
		} {
			response := server.Post(`mutation($id: ID!) { updateTask(id: $id, input: `+step.input+`) { task { version status closedAt dueAt subject } } }`, vars{"id": id})
			var want any
			if err := json.Unmarshal([]byte(step.want), &want); err != nil {
				t.Fatal(err)
			}
			if got := response.At("data", "updateTask", "task"); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v", step.input, response)
			}
		}
		for input, field := range map[string]string{`{subject: null}`: "subject", `{subject: ""}`: "subject", `{status: null}`: "status"} {
			response := server.Post(`mutation($id: ID!) { updateTask(id: $id, input: `+input+`) { task { id } } }`, vars{"id": id})
			if code, about := response.FirstError(); code != "BAD_USER_INPUT" || about != field {
				t.Errorf("%s: %v", input, response)
			}
		}
		stale := server.Post(`mutation($id: ID!) { updateTask(id: $id, input: {subject: "x"}, expectedVersion: 1) { task { id } } }`, vars{"id": id})
		if code, _ := stale.FirstError(); code != "CONFLICT" || stale.At("errors", 0, "extensions", "conflict", "version") != 4.0 {
			t.Errorf("stale: %v", stale)
		}
		before := server.Statements()
		completed := server.Post(`mutation($ids: [ID!]!) { completeTasks(select: {ids: $ids}, policy: VALID_ROWS) { results { outcome task { status closedAt } errors { code } } } }`, vars{"ids": []any{id, other, "none", id}})
		if got := fmt.Sprint(completed.At("data", "completeTasks", "results", 0, "outcome"), completed.At("data", "completeTasks", "results", 1, "outcome"),
			completed.At("data", "completeTasks", "results", 2, "errors", 0, "code"), completed.At("data", "completeTasks", "results", 3, "errors", 0, "code")); got != "UPDATEDUPDATEDNOT_FOUNDBAD_USER_INPUT" {
			t.Errorf("%s: %v", got, completed)
		}
		if n := server.Statements() - before; n != 3 {
			t.Errorf("completing took %d statements", n)
		}
		_, stranger := dbtest.NewTenant(context.Background())
		if code, _ := server.As(stranger).Post(`mutation($id: ID!) { updateTask(id: $id, input: {subject: "x"}) { task { id } } }`, vars{"id": id}).FirstError(); code != "NOT_FOUND" {
			t.Errorf("another tenant's task: %v", code)
		}
		server.Post(`mutation { deleteCalls(select: {ids: ["c"]}) { written } }`, nil)
		if code, _ := server.Post(`mutation($id: ID!) { updateTask(id: $id, input: {subject: "x"}) { task { id } } }`, vars{"id": id}).FirstError(); code != "NOT_FOUND" {
			t.Errorf("a deleted call's task: %v", code)
		}
		node := made.At("data", "createCallTasks", "tasks", 0, "nodeId")
		if got := server.Post(`query($n: ID!) { node(nodeId: $n) { nodeId } }`, vars{"n": node}); got.At("data", "node") != nil {
			t.Errorf("a deleted call's task by nodeId: %v", got)
		}
	})
}

func TestNoteLifecycle(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		made := server.Post(`mutation { createCall(input: {id: "c"}) { call { id } } addNote(callId: "c", text: "one") { note { id nodeId version } } }`, nil)
		id := vars{"id": made.At("data", "addNote", "note", "id"), "n": made.At("data", "addNote", "note", "nodeId")}
		e.Clock.Set(dbtest.Start.Add(time.Hour))
		changed := server.Post(`mutation($id: ID!) { updateNote(id: $id, text: "two", expectedVersion: 1) { note { version text createdAt updatedAt } } }`, id)
		want := vars{"version": 2.0, "text": "two", "createdAt": "2024-05-17T08:00:00Z", "updatedAt": "2024-05-17T09:00:00Z"}
		if got := changed.At("data", "updateNote", "note"); !reflect.DeepEqual(got, any(want)) {
			t.Errorf("%v", changed)
		}
		_, stranger := dbtest.NewTenant(context.Background())
		for name, c := range map[string]struct {
			server    *harness.Server
			operation string
			code      string
		}{
			"stale update":            {server, `mutation($id: ID!) { updateNote(id: $id, text: "x", expectedVersion: 1) { note { id } } }`, "CONFLICT"},
			"stale deletion":          {server, `mutation($id: ID!) { deleteNote(id: $id, expectedVersion: 1) { id } }`, "CONFLICT"},
			"another tenant's":        {server.As(stranger), `mutation($id: ID!) { updateNote(id: $id, text: "x") { note { id } } }`, "NOT_FOUND"},
			"deleting another's":      {server.As(stranger), `mutation($id: ID!) { deleteNote(id: $id) { id } }`, "NOT_FOUND"},
			"noting on another's":     {server.As(stranger), `mutation { addNote(callId: "c", text: "x") { note { id } } }`, "NOT_FOUND"},
			"a text that is too long": {server, `mutation($id: ID!) { updateNote(id: $id, text: "` + strings.Repeat("x", 32001) + `") { note { id } } }`, "BAD_USER_INPUT"},
		} {
			if code, _ := c.server.Post(c.operation, id).FirstError(); code != c.code {
				t.Errorf("%s: %v", name, code)
			}
		}
		gone := server.Post(`mutation($id: ID!) { deleteNote(id: $id, expectedVersion: 2) { id } }`, id)
		left := server.Post(`query($n: ID!) { call(id: "c") { notes { id } relatedCounts { notes } } node(nodeId: $n) { nodeId } }`, id)
		if gone.At("errors") != nil || len(left.At("data", "call", "notes").([]any)) != 0 || left.At("data", "node") != nil {
			t.Errorf("%v %v", gone, left)
		}
	})
}

// TestBatchStatements states the number of statements of batches of 1,000.
func TestBatchStatements(t *testing.T) {
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
			{"create", `mutation($v: [CreateCallInput!]!) { r: createCalls(inputs: $v) { written results { call { id version } } } }`, vars{"v": inputs}, 3},
			{"update", `mutation($ids: [ID!]!) { r: updateCalls(select: {ids: $ids}, input: {name: "m", description: "d"}) { written results { call { version description } } } }`, vars{"ids": ids}, 3},
			{"update by filter", `mutation { r: updateCalls(select: {where: {filter: {name: {eq: "m"}}, limit: 5000}}, input: {subject: "s"}) { written } }`, nil, 4},
			{"add 5 tags", `mutation($ids: [ID!]!) { r: addCallTags(select: {ids: $ids}, tags: ["t1", "t2", "t3", "t4", "t5"]) { written } }`, vars{"ids": ids}, 4},
			{"remove 5 tags", `mutation($ids: [ID!]!) { r: removeCallTags(select: {ids: $ids}, tags: ["t1", "t2", "t3", "t4", "t5"]) { written } }`, vars{"ids": ids}, 4},
			{"set tags", `mutation($ids: [ID!]!) { r: setCallTags(select: {ids: $ids}, tags: ["x"]) { written } }`, vars{"ids": ids}, 6},
			{"delete", `mutation($ids: [ID!]!) { r: deleteCalls(select: {ids: $ids}) { written } }`, vars{"ids": ids}, 3},
			{"restore", `mutation($ids: [ID!]!) { r: restoreCalls(select: {ids: $ids}) { written } }`, vars{"ids": ids}, 3},
		} {
			before := server.Statements()
			response := server.Post(c.operation, c.variables)
			if got := server.Statements() - before; got != c.want || response.At("data", "r", "written") != float64(n) {
				t.Errorf("%s: %d statements, not %d; %.300v", c.name, got, c.want, response)
			}
		}
		before := server.Statements()
		response := server.Post(`{ calls(first: 100) { nodes { relatedCounts { notes attachments openTasks finishedTasks } } } }`, nil)
		if got := server.Statements() - before; got > 4 || len(response.At("data", "calls", "nodes").([]any)) != 100 {
			t.Errorf("counters of 100 calls: %d statements", got)
		}
	})
}

// TestTagLimit adds tags to calls of which one would have too many.
func TestTagLimit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation($t: [String!]) { createCalls(inputs: [{id: "full", tags: $t}, {id: "free"}]) { written } }`, vars{"t": manyTags(19, 100)})
		const add = `mutation($t: [String!]!, $p: BatchPolicy!) { addCallTags(select: {ids: ["full", "free"]}, tags: $t, policy: $p) { written results { id outcome errors { code field } } } }`
		tag := []string{strings.Repeat("y", 100)}
		server.Post(`mutation($t: [String!]!) { addCallTags(select: {ids: ["full"]}, tags: $t) { written } }`, vars{"t": []string{strings.Repeat("z", 80)}})
		none := server.Post(add, vars{"t": tag, "p": "ALL_OR_NOTHING"})
		some := server.Post(add, vars{"t": tag, "p": "VALID_ROWS"})
		if none.At("data", "addCallTags", "written") != 0.0 || some.At("data", "addCallTags", "written") != 1.0 ||
			some.At("data", "addCallTags", "results", 0, "errors", 0, "field") != "tags" || some.At("data", "addCallTags", "results", 1, "outcome") != "UPDATED" {
			t.Errorf("%v\n%v", none, some)
		}
		left := server.Post(`{ a: call(id: "full") { tags version } b: call(id: "free") { tags version } }`, nil)
		if len(left.At("data", "a", "tags").([]any)) != 20 || len(left.At("data", "b", "tags").([]any)) != 1 || left.At("data", "a", "version") != 2.0 {
			t.Errorf("%v", left)
		}
	})
}

// TestHistoryUndoes changes calls at random and undoes their history: it must give the calls as they were created.
func TestHistoryUndoes(t *testing.T) {
	const fields = `id name subject callType outgoingCallStatus callStartTime callDurationInSeconds callPurpose reminder scheduledInCrm ctiEntry
		callerId tags description ownerId attachments { id name title fileId } deletedAt`
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		r := rand.New(rand.NewPCG(5, 6))
		for n := range 12 {
			id := fmt.Sprintf("h%d", n)
			input := randomPatch(r)
			input["id"] = id
			created := server.Post(`mutation($v: CreateCallInput!) { createCall(input: $v) { call { `+fields+` } } }`, vars{"v": input})
			if created["errors"] != nil {
				t.Fatal(created)
			}
			for range 15 {
				randomChange(t, server, r, id)
			}
			now := server.Post(`query($id: ID!) { call(id: $id, includeDeleted: true) { `+fields+` version history(first: 100) { nodes { version changes { field from to } } } } }`, vars{"id": id})
			call := now.At("data", "call").(map[string]any)
			version := call["version"].(float64)
			for _, entry := range harness.At(call, "history", "nodes").([]any) {
				if harness.At(entry, "version") != version {
					t.Fatalf("the entry of version %v is missing: %v", version, entry)
				}
				version--
				for _, change := range harness.At(entry, "changes").([]any) {
					field := harness.At(change, "field").(string)
					if to := harness.At(change, "to"); !sameValue(call[field], to) {
						t.Fatalf("%s is %v, but its history says %v", field, call[field], to)
					}
					call[field] = harness.At(change, "from")
				}
			}
			delete(call, "history")
			delete(call, "version")
			if want := created.At("data", "createCall", "call"); !sameValue(want, any(call)) || version != 1 {
				t.Errorf("undone to version %v:\n%v\ncreated:\n%v", version, call, want)
			}
		}
	})
}

// sameValue compares values of the history with those of the call, which names the nulls of its objects.
func sameValue(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok {
			return false
		}
		for key := range a {
			if !sameValue(a[key], b[key]) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !sameValue(a[i], b[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}

func randomPatch(r *rand.Rand) vars {
	values := vars{"name": []any{"a", "b", nil}[r.IntN(3)], "subject": []any{"x", nil}[r.IntN(2)], "callPurpose": []any{"Demo", "Desk"}[r.IntN(2)],
		"reminder": []any{nil, "None"}[r.IntN(2)], "scheduledInCrm": []any{true, false, nil}[r.IntN(3)], "ctiEntry": []any{true, nil}[r.IntN(2)],
		"callerId": []any{"1", "2"}[r.IntN(2)], "description": []any{"long", nil, ""}[r.IntN(3)], "ownerId": []any{"o", nil}[r.IntN(2)],
		"tags": []any{[]any{"t"}, []any{"u", "t"}, nil}[r.IntN(3)], "callType": []any{"INBOUND", "OUTBOUND", nil}[r.IntN(3)],
		"callStartTime": []any{"2024-05-17T08:00:00.25Z", "2030-01-01T00:00:00Z"}[r.IntN(2)],
		"attachments":   []any{[]any{vars{"id": "1", "name": "n"}}, []any{}, []any{vars{"id": "2", "title": "t"}, vars{"id": "1"}}}[r.IntN(3)]}
	for field := range values {
		if r.IntN(2) == 0 {
			delete(values, field)
		}
	}
	return values
}

func randomChange(t *testing.T, server *harness.Server, r *rand.Rand, id string) {
	t.Helper()
	v := vars{"id": id, "ids": []any{id}, "v": randomPatch(r), "tags": []any{[]any{"t"}, []any{"u", "w"}}[r.IntN(2)], "n": r.IntN(100)}
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
		t.Fatal(response)
	}
}

// TestExpectedVersions lets 64 clients update the same 10 calls: the final versions count the successes.
func TestExpectedVersions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		const clients, calls = 64, 10
		for n := range calls {
			server.Post(`mutation($id: ID!) { createCall(input: {id: $id}) { call { id } } }`, vars{"id": fmt.Sprint(n)})
		}
		var successes [calls]atomic.Int64
		var wg sync.WaitGroup
		deadline := time.Now().Add(contentionTime())
		for client := range clients {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(7, uint64(client)))
				for time.Now().Before(deadline) {
					n := r.IntN(calls)
					read := server.Post(`query($id: ID!) { call(id: $id) { version } }`, vars{"id": fmt.Sprint(n)})
					response := server.Post(`mutation($id: ID!, $name: String!, $v: Int!) { updateCall(id: $id, input: {name: $name}, expectedVersion: $v) { call { version } } }`,
						vars{"id": fmt.Sprint(n), "name": fmt.Sprint(client, time.Now().UnixNano()), "v": read.At("data", "call", "version")})
					switch code, _ := response.FirstError(); code {
					case nil:
						successes[n].Add(1)
					case "CONFLICT":
					default:
						t.Errorf("%v", response)
						return
					}
				}
			})
		}
		wg.Wait()
		for n := range calls {
			read := server.Post(`query($id: ID!) { call(id: $id) { version history { totalCount } } }`, vars{"id": fmt.Sprint(n)})
			want := float64(successes[n].Load())
			if read.At("data", "call", "version") != want+1 || read.At("data", "call", "history", "totalCount") != want {
				t.Errorf("call %d: %v after %v successes", n, read, want)
			}
		}
	})
}

// TestTagsAtOnce lets clients add different tags to the same call at once: all win.
func TestTagsAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCalls(inputs: [{id: "a"}, {id: "b"}]) { written } }`, nil)
		const clients = 16
		var wg sync.WaitGroup
		for client := range clients {
			wg.Go(func() {
				response := server.Post(`mutation($t: [String!]!) { addCallTags(select: {ids: ["a", "b"]}, tags: $t) { written } }`, vars{"t": []string{fmt.Sprint(client)}})
				if response.At("data", "addCallTags", "written") != 2.0 {
					t.Errorf("%v", response)
				}
			})
		}
		wg.Wait()
		read := server.Post(`{ call(id: "a") { tags version history { totalCount } } }`, nil)
		if len(read.At("data", "call", "tags").([]any)) != clients || read.At("data", "call", "version") != float64(clients+1) || read.At("data", "call", "history", "totalCount") != float64(clients) {
			t.Errorf("%v", read)
		}
	})
}

func postWithKey(server *harness.Server, key, body string) harness.Response {
	return server.Do("POST", "/graphql", body, "Content-Type", "application/json", "Idempotency-Key", key).JSON()
}

func TestIdempotency(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		const create = `{"query": "mutation { createCall(input: {name: \"once\"}) { call { id } } }"}`
		count := func() any {
			return server.Post(`{ calls(filter: {name: {eq: "once"}}) { totalCount } }`, nil).At("data", "calls", "totalCount")
		}
		first, again := postWithKey(server, "k1", create), postWithKey(server, "k1", create)
		if id := first.At("data", "createCall", "call", "id"); id == nil || again.At("data", "createCall", "call", "id") != id || count() != 1.0 {
			t.Errorf("%v, then %v; %v calls", first, again, count())
		}
		other := postWithKey(server, "k1", strings.Replace(create, "once", "twice", 1))
		if code, field := other.FirstError(); code != "CONFLICT" || field != "Idempotency-Key" {
			t.Errorf("another request: %v", other)
		}
		var wg sync.WaitGroup
		var ids sync.Map
		for range 16 {
			wg.Go(func() {
				ids.Store(postWithKey(server, "k2", create).At("data", "createCall", "call", "id"), true)
			})
		}
		wg.Wait()
		distinct := 0
		ids.Range(func(any, any) bool { distinct++; return true })
		if distinct != 1 || count() != 2.0 {
			t.Errorf("at once: %d answers, %v calls", distinct, count())
		}
		invalid := `{"query": "mutation { createCall(input: {id: \"\", name: \"once\"}) { call { id } } }"}`
		for range 2 {
			if code, _ := postWithKey(server, "k3", invalid).FirstError(); code != "BAD_USER_INPUT" {
				t.Errorf("bad input under a key: %v", code)
			}
		}
		if code, field := postWithKey(server, strings.Repeat("k", 10<<10), create).FirstError(); code != "BAD_USER_INPUT" || field != "Idempotency-Key" {
			t.Errorf("a key of 10 kB: %v about %v", code, field)
		}
		inExtensions := strings.Replace(create, "{", `{"extensions": {"idempotencyKey": "k4"}, `, 1)
		for range 2 {
			server.Do("POST", "/graphql", inExtensions, "Content-Type", "application/json")
		}
		if count() != 3.0 {
			t.Errorf("a key in the extensions: %v calls", count())
		}
		postWithKey(server, "q", `{"query": "{ calls { totalCount } }"}`)
		if got := postWithKey(server, "q", create); got["errors"] != nil {
			t.Errorf("a query's key is kept: %v", got)
		}
		_, stranger := dbtest.NewTenant(context.Background())
		if got := postWithKey(server.As(stranger), "k1", create); got["errors"] != nil || reflect.DeepEqual(got, first) {
			t.Errorf("another tenant's key: %v", got)
		}
		e.Clock.Set(dbtest.Start.Add(24*time.Hour + time.Second))
		if late := postWithKey(server, "k1", create); reflect.DeepEqual(late, first) || late["errors"] != nil {
			t.Errorf("a day later: %v", late)
		}
	})
}

// contentionTime is how long tests let clients contend: a moment, or CALLBOOK_CONTENTION.
func contentionTime() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("CALLBOOK_CONTENTION")); err == nil {
		return d
	}
	return time.Second
}
