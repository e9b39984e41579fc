package tests

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/graph/operation"
	"callbook/model"
	"callbook/tests/harness"
)

// memorySize returns by how much tests of memory are smaller than the server's limits: their rows and the limits alike.
// CALLBOOK_MEMORY=full runs them at full size.
func memorySize() int {
	if os.Getenv("CALLBOOK_MEMORY") == "full" {
		return 1
	}
	return 4
}

// startWithMemory starts a server over a database, with limits of bytes that are smaller by size.
func startWithMemory(t *testing.T, dsn string, size int) (server *harness.Process, stop func()) {
	t.Helper()
	l, by := operation.DefaultLimits(), int64(size)
	return harness.StartProcessOver(t, dsn, fmt.Sprintf("--limit-read %d --limit-answer %d --limit-memory %d",
		l.Read/by, l.Answer/by, l.Memory/by))
}

// longText returns the longest text that a call may have, in characters of three bytes.
func longText(n int) string {
	text := make([]rune, 32000)
	for i := range text {
		text[i] = rune(0x4e00 + (i*7919+n*104729)%20000)
	}
	return string(text)
}

// fillLong stores n calls with the longest descriptions, which replace others as long, each with one of the longest
// tasks, and returns the calls' ids.
func fillLong(t *testing.T, d *db.DB, n int) (ids []string) {
	t.Helper()
	ctx := model.WithActor(context.Background(), harness.LocalAdministrator)
	for start := 0; start < n; start += 50 {
		var inputs []*model.CreateCallInput
		for i := start; i < min(start+50, n); i++ {
			id, text := fmt.Sprintf("long-%05d", i), longText(i)
			ids = append(ids, id)
			input := &model.CreateCallInput{ID: &id}
			input.Description = graphql.OmittableOf(&text)
			inputs = append(inputs, input)
		}
		if _, err := d.CreateCalls(ctx, inputs, db.Batch{}); err != nil {
			t.Fatal(err)
		}
		other := longText(n + start)
		patch := model.CallPatch{Description: graphql.OmittableOf(&other)}
		if _, err := d.UpdateCalls(ctx, "updateCalls", model.CallSelector{Ids: ids[start:]}, patch, db.Batch{}); err != nil {
			t.Fatal(err)
		}
		task := &model.CreateTaskInput{Subject: "t", Status: model.TaskStatusNotStarted, Description: &other}
		if _, err := d.CreateCallTasks(ctx, model.CallSelector{Ids: ids[start:]}, []*model.CreateTaskInput{task},
			db.Batch{}); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

// TestMemoryOfOneOperation runs the operations that take most for their price, over calls with the longest texts, and
// checks that each is ended by a limit, and that none takes more than 200 MB over what the server has at rest; 80 MB
// where rows and limits are fewer.
func TestMemoryOfOneOperation(t *testing.T) {
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		size := memorySize()
		ids := fillLong(t, e.DB, 560/size)
		server, stop := startWithMemory(t, dsn, size)
		defer stop()
		server.MustAnswer("the start")
		server.ForgetMemory()
		idle := server.Memory()
		tasks := make([]any, 10)
		for i := range tasks {
			tasks[i] = vars{"subject": "t", "description": longText(i)}
		}
		most := int64(200 << 20)
		if size > 1 {
			most = 80 << 20
		}
		page := func(first int, nodes string) string { return fmt.Sprintf("calls(first: %d) { %s }", first/size, nodes) }
		aliases := func(page string, n int) string { return "{" + harness.Repeat(" a%d: "+page, n) + "}" }
		const texts = "nodes { description }"
		const chosen = `select: {where: {filter: {description: {isNull: false}}, limit: 10000}}`
		for name, c := range map[string]struct {
			query     string
			variables any
			code      any
		}{
			"descriptions":                  {`{ calls(first: 1000) { nodes { description } } }`, nil, "LIMIT_EXCEEDED"},
			"descriptions by three aliases": {aliases(page(560, texts), 3), nil, "LIMIT_EXCEEDED"},
			"descriptions by fifty aliases": {aliases(page(60, texts), 50), nil, "LIMIT_EXCEEDED"},
			"edges and nodes": {`{` + page(400, texts+" edges { node { description } }") + `}`, nil,
				"LIMIT_EXCEEDED"},
			"just what is allowed": {`{` + page(170, texts) + `}`, nil, nil},
			"tasks":                {`{ tasks(first: 1000) { nodes { description } } }`, nil, "LIMIT_EXCEEDED"},
			"tasks of calls": {`{` + page(560, "nodes { tasks(first: 2) { nodes { description } } }") + `}`, nil,
				"LIMIT_EXCEEDED"},
			"tasks without their texts": {`{ tasks(first: 1000) { nodes { id } } }`, nil, nil},
			"history": {`{ calls(first: 1000) { nodes { history(first: 2) { nodes { changes { field } } } } } }`, nil,
				"LIMIT_EXCEEDED"},
			"new tasks": {`mutation($ids: [ID!]!, $tasks: [CreateTaskInput!]!) {
				createCallTasks(select: {ids: $ids}, tasks: $tasks) { tasks { id } } }`,
				vars{"ids": ids[:400/size], "tasks": tasks}, "LIMIT_EXCEEDED"},
			"a dry run over everything": {`mutation { updateCalls(` + chosen + `, input: {description: null}, dryRun: true) {
				written } }`, nil, "LIMIT_EXCEEDED"},
			"an update of everything": {`mutation($d: String) { updateCalls(` + chosen + `, input: {description: $d}) {
				written } }`, vars{"d": longText(9999)}, "LIMIT_EXCEEDED"},
			"an update of 200": {`mutation($ids: [ID!]!, $d: String) { updateCalls(select: {ids: $ids},
				input: {description: $d}) { written } }`, vars{"ids": ids[:200/size], "d": longText(9998)}, "LIMIT_EXCEEDED"},
		} {
			server.ForgetMemory()
			got := server.Post(harness.Body(c.query, c.variables))
			if got.Code != c.code {
				t.Errorf("%s: got %+v, want the code %v", name, got, c.code)
			}
			more := server.Memory() - idle
			if testing.Verbose() {
				t.Logf("%s: %d MB, %v", name, more>>20, got.Took)
			}
			if more > harness.Slowness*most {
				t.Errorf("%s: got %d MB over the %d MB at rest, want %d at most", name, more>>20, idle>>20, most>>20)
			}
		}
		if got := server.Post(harness.Body(`{ calls(first: 2) { nodes { description } } }`, nil)); got.Code != nil {
			t.Errorf("a page of two afterwards: got %+v, want no error", got)
		}
	})
}

// TestMemoryOfManyOperations sends large operations of 64 clients at once, and checks that small ones are answered
// meanwhile, and that the server stays below its limit of memory.
func TestMemoryOfManyOperations(t *testing.T) {
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		size := memorySize()
		fillLong(t, e.DB, 300/size)
		server, stop := startWithMemory(t, dsn, size)
		defer stop()
		large := harness.Body(fmt.Sprintf(`{ calls(first: %d) { nodes { description } } }`, 300/size), nil)
		done := make(chan map[int]int)
		go func() { done <- server.Flood(64, large) }()
		var statuses map[int]int
		for statuses == nil {
			server.MustAnswer("large operations began")
			if got := server.Post(harness.Body(`{ calls(first: 1) { nodes { id } } }`, nil)); got.Code != nil {
				t.Errorf("a small operation meanwhile: got %+v, want no error", got)
			}
			select {
			case statuses = <-done:
			default:
			}
		}
		if statuses[200]+statuses[503] != 64 || statuses[200] == 0 {
			t.Errorf("the large operations: got %v, want 200 and 503 alone", statuses)
		}
		limit := int64(1 << 30)
		if size > 1 {
			limit = 384 << 20
		}
		if most := server.Memory(); most > harness.Slowness*limit {
			t.Errorf("the server's memory: got %d MB, want %d at most", most>>20, limit>>20)
		} else if testing.Verbose() {
			t.Logf("%d MB, %v", most>>20, statuses)
		}
	})
}
