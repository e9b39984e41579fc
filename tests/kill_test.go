package tests

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// openOrExit opens a database for the child of a test, by an actor who may do everything; where it cannot, the process
// ends.
func openOrExit(dsn string) (context.Context, *db.DB) {
	ctx := model.WithActor(context.Background(), harness.LocalAdministrator)
	d, err := db.Open(ctx, db.Options{DSN: dsn})
	exitOn(err)
	return ctx, d
}

// exitOn ends the process, which fails, if there is an error.
func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// linesBeforeKill runs the test's process as a child, which a variable of its environment asks for, kills it when it
// has printed some lines, and returns all that it has printed. The test ends where they are fewer.
func linesBeforeKill(t *testing.T, variable string, least int) (printed []string) {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), variable)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for len(printed) < least && lines.Scan() {
		printed = append(printed, lines.Text())
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // what it said before it died counts too
		printed = append(printed, lines.Text())
	}
	_ = command.Wait()
	if len(printed) < least {
		t.Fatalf("acknowledged: got %d lines, want %d or more", len(printed), least)
	}
	return printed
}

// deliverUntilKilledTo is the environment variable that makes the test's process a child that delivers to a database.
const deliverUntilKilledTo = "CALLBOOK_TEST_DELIVER"

// deliverUntilKilled is the child of TestKilledIngest: it delivers records in batches and prints which it has
// acknowledged, until it is killed.
func deliverUntilKilled(dsn string) {
	ctx, d := openOrExit(dsn)
	for id := int64(1); ; {
		var inputs []*model.SaveCallRecordInput
		for range 20 {
			inputs = append(inputs, &model.SaveCallRecordInput{ID: id, CustomerPersonID: new(id % 7),
				Details: []*model.CallDetailInput{{Type: model.CallDetailTypeRobot, Text: fmt.Sprintf("第%d通电话", id)},
					{Type: model.CallDetailTypePerson, Text: "好的"}}})
			id++
		}
		_, err := d.SaveCallRecords(ctx, inputs)
		exitOn(err)
		fmt.Fprintln(os.Stdout, id-1)
	}
}

// TestKilledIngest kills a process while it delivers, and checks that what it acknowledged is stored, and that the
// search index agrees with the turns.
func TestKilledIngest(t *testing.T) {
	t.Parallel()
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		acknowledged := linesBeforeKill(t, deliverUntilKilledTo+"="+dsn, 5)
		e := dbtest.NewEnv(t, engine, dsn)
		server := harness.NewServer(t, e).As(harness.LocalAdministrator)
		last, err := strconv.Atoi(acknowledged[len(acknowledged)-1])
		if err != nil || last < 100 {
			t.Fatalf("acknowledged records: got %q, %v, want 100 or more", acknowledged, err)
		}
		response := server.Post(
			`query($last: ID!) { there: callRecords(filter: {id: {lte: $last}, hasTranscript: {eq: true}}) { totalCount }
			all: callRecords { totalCount }
			found: searchTranscripts(query: "通电") { totalCount } agreed: searchTranscripts(query: "好的") { totalCount } }`,
			vars{"last": fmt.Sprint(last)})
		all := response.At("data", "all", "totalCount")
		if response.At("data", "there", "totalCount") != float64(last) || response.At("data", "found", "totalCount") != all ||
			response.At("data", "agreed", "totalCount") != all {
			t.Errorf("%d acknowledged: got %v, want them there, and all turns in the index", last, response)
		}
	})
}

// writeUntilKilledTo is the environment variable that makes the test's process a child that writes calls to a database.
const writeUntilKilledTo = "CALLBOOK_TEST_WRITE"

// writeUntilKilled is the child of TestKilledWriters: many clients create calls and patch them, and it prints which are
// acknowledged, until it is killed.
func writeUntilKilled(dsn string) {
	ctx, d := openOrExit(dsn)
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
				exitOn(err)
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
	t.Parallel()
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		acknowledged := linesBeforeKill(t, writeUntilKilledTo+"="+dsn, 300)
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
