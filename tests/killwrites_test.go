package tests

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// writeUntilKilledTo is the environment variable that makes the test's process a child that writes calls to a database.
const writeUntilKilledTo = "CALLBOOK_TEST_WRITE"

// writeUntilKilled is the child of TestKilledWriters: many clients create calls and patch them, and it prints which are
// acknowledged, until it is killed.
func writeUntilKilled(dsn string) {
	ctx := model.WithActor(context.Background(), harness.LocalAdministrator)
	d, err := db.Open(ctx, db.Options{DSN: dsn})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	acknowledged := make(chan string)
	for client := range 16 {
		go func() {
			for n := 0; ; n++ {
				in := model.CreateCallInput{ID: new(fmt.Sprintf("%d-%d", client, n))}
				in.Tags = graphql.OmittableOf([]string{"a"})
				patch := model.CallPatch{Name: graphql.OmittableOf(new("changed"))}
				_, err := d.CreateCall(ctx, in)
				if err == nil {
					_, err = d.UpdateCall(ctx, "updateCall", *in.ID, patch, nil)
				}
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				acknowledged <- *in.ID
			}
		}()
	}
	for id := range acknowledged {
		fmt.Fprintln(os.Stdout, id)
	}
}

// TestKilledWriters kills a process while many clients write, so that on SQLite their writes share commits, and checks
// that what it acknowledged is stored, and that no write is stored in part.
func TestKilledWriters(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		command := exec.Command(os.Args[0])
		command.Env = append(os.Environ(), writeUntilKilledTo+"="+dsn)
		command.Stderr = os.Stderr
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		var acknowledged []string
		lines := bufio.NewScanner(out)
		for len(acknowledged) < 300 && lines.Scan() {
			acknowledged = append(acknowledged, lines.Text())
		}
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it said before it died counts too
			acknowledged = append(acknowledged, lines.Text())
		}
		_ = command.Wait()
		if len(acknowledged) < 300 {
			t.Fatalf("acknowledged calls: got %d, want 300 or more", len(acknowledged))
		}
		e := dbtest.NewEnv(t, engine, dsn)
		ctx := model.WithActor(t.Context(), harness.LocalAdministrator)
		last := acknowledged[max(0, len(acknowledged)-1000):]
		history, err := e.DB.CallHistory(ctx, last, model.PageArgs{First: new(2)})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range last {
			call, err := e.DB.Call(ctx, id, false)
			if err != nil || call == nil || call.Version != 2 || len(history[id].Nodes) != 1 {
				t.Errorf("%s: got %v with %d history entries, %v, want version 2 and one", id, call,
					len(history[id].Nodes), err)
			}
		}
		checkWhole(t, e, ctx)
	})
}

// checkWhole checks that every call has its tag, and each changed one its history entry.
func checkWhole(t *testing.T, e *dbtest.Env, ctx context.Context) {
	t.Helper()
	q := db.CallQuery{Dataset: model.CallDatasetDefault, PageArgs: model.PageArgs{First: new(100)}}
	page, err := e.DB.Calls(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, call := range page.Nodes {
		ids = append(ids, call.ID)
	}
	tags, err := e.DB.CallTags(ctx, ids)
	if err != nil {
		t.Fatal(err)
	}
	history, err := e.DB.CallHistory(ctx, ids, model.PageArgs{First: new(2)})
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range page.Nodes {
		if len(tags[call.ID]) != 1 || len(history[call.ID].Nodes) != call.Version-1 {
			t.Errorf("%s in version %d: got %d tags and %d history entries, want 1 and %d", call.ID, call.Version,
				len(tags[call.ID]), len(history[call.ID].Nodes), call.Version-1)
		}
	}
}
