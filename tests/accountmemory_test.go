package tests

import (
	"context"
	"fmt"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// longText returns the longest text that a call may have, in characters of three bytes.
func longText(n int) string {
	text := make([]rune, 32000)
	for i := range text {
		text[i] = rune(0x4e00 + (i*7919+n*104729)%20000)
	}
	return string(text)
}

// fillLong stores n calls with the longest descriptions, which replace others as long, one with 20 of the longest tasks,
// and returns the calls' ids.
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
// checks that each is ended by a limit, and that none takes more than 200 MB over what the server has at rest.
func TestMemoryOfOneOperation(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		ids := fillLong(t, e.DB, 800)
		server, stop := harness.StartProcessOver(t, dsn)
		defer stop()
		server.MustAnswer("the start")
		server.ForgetMemory()
		idle := server.Memory()
		tasks := make([]any, 10)
		for i := range tasks {
			tasks[i] = vars{"subject": "t", "description": longText(i)}
		}
		for name, c := range map[string]struct {
			query     string
			variables any
		}{
			"descriptions": {`{ calls(first: 1000) { nodes { description } } }`, nil},
			"descriptions by three aliases": {
				`{` + harness.Repeat(" a%d: calls(first: 800) { nodes { description } }", 3) + `}`, nil},
			"edges and nodes": {`{ calls(first: 1000) { nodes { description } edges { node { description } } } }`, nil},
			"tasks":           {`{ tasks(first: 1000) { nodes { description } } }`, nil},
			"history":         {`{ calls(first: 1000) { nodes { history(first: 2) { nodes { changes { from to } } } } } }`, nil},
			"new tasks": {`mutation($ids: [ID!], $tasks: [CreateTaskInput!]!) {
				createCallTasks(select: {ids: $ids}, tasks: $tasks) { tasks { description } } }`,
				vars{"ids": ids[:400], "tasks": tasks}},
			"a dry run over everything": {`mutation { updateCalls(select: {where: {filter: {id: {startsWith: "long"}},
				limit: 10000}}, input: {description: null}, dryRun: true) { written } }`, nil},
			"an update of everything": {`mutation($d: String) { updateCalls(select: {where: {filter: {id: {startsWith: "long"}},
				limit: 10000}}, input: {description: $d}) { written } }`, vars{"d": longText(9999)}},
		} {
			server.ForgetMemory()
			got := server.Post(harness.Body(c.query, c.variables))
			if got.Code != "LIMIT_EXCEEDED" {
				t.Errorf("%s: got %+v, want LIMIT_EXCEEDED", name, got)
			}
			more := server.Memory() - idle
			if testing.Verbose() {
				t.Logf("%s: %d MB, %v", name, more>>20, got.Took)
			}
			if more > harness.Slowness*(200<<20) {
				t.Errorf("%s: got %d MB over the %d MB at rest, want 200 at most", name, more>>20, idle>>20)
			}
		}
		if got := server.Post(harness.Body(`{ calls(first: 2) { nodes { description } } }`, nil)); got.Code != nil {
			t.Errorf("a page of two afterwards: got %+v, want no error", got)
		}
	})
}
