package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// readAll returns the changes behind a cursor as "KIND entity key", and the cursor behind them, a few at a time.
func readAll(t *testing.T, e *dbtest.Env, after *string, first int) (seen []string, next *string) {
	t.Helper()
	for {
		page, err := e.DB.Changes(e.Ctx, after, nil, first)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range page.Events {
			seen = append(seen, fmt.Sprint(change.Kind, " ", change.Entity, " ", change.ChangedID))
		}
		after = &page.NextCursor
		if !page.HasMore {
			return seen, after
		}
	}
}

// writeEverything writes rows of all entities in all ways, and returns the changes in their order.
func writeEverything(t *testing.T, e *dbtest.Env) (want []string) {
	t.Helper()
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	call := model.CallSelector{Ids: []string{"a"}}
	must(e.DB.CreateCall(e.Ctx, model.CreateCallInput{ID: new("a"), CallPatch: named("first")}))
	must(e.DB.UpdateCall(e.Ctx, "updateCall", "a", named("second"), nil))
	must(e.DB.CreateCalls(e.Ctx, []*model.CreateCallInput{{ID: new("b")}, {ID: new("c")}}, db.Batch{}))
	must(e.DB.AddCallTags(e.Ctx, call, []string{"t"}, db.Batch{}))
	must(e.DB.AddCallTags(e.Ctx, call, []string{"t"}, db.Batch{})) // changes nothing
	payload, err := e.DB.CreateCallTasks(e.Ctx, call, []*model.CreateTaskInput{{Subject: "s",
		Status: model.TaskStatusNotStarted}}, db.Batch{})
	must(payload, err)
	task := payload.Tasks[0].ID
	must(e.DB.CompleteTasks(e.Ctx, model.TaskSelector{Ids: []string{task}}, model.BatchPolicyAllOrNothing))
	note, err := e.DB.AddNote(e.Ctx, "a", "what was said")
	must(note, err)
	must(e.DB.UpdateNote(e.Ctx, note.ID, "what was meant", nil))
	must(e.DB.DeleteNote(e.Ctx, note.ID, nil))
	must(e.DB.SaveCallRecords(e.Ctx, []*model.SaveCallRecordInput{{ID: 7, CalledPhoneNumber: new("13812345678")}}))
	records := model.CallRecordSelector{Ids: []int64{7}}
	must(e.DB.GradeRecords(e.Ctx, records, new(model.IntentLevelA), db.Batch{}))
	must(e.DB.TagRecords(e.Ctx, records, []string{"x"}, db.Batch{}))
	must(e.DB.DeleteCalls(e.Ctx, call, db.Batch{}))
	must(e.DB.RestoreCalls(e.Ctx, call, db.Batch{}))
	must(nil, e.DB.DeleteCall(e.Ctx, "a", nil))
	return []string{"CREATED CALL a", "UPDATED CALL a", "CREATED CALL b", "CREATED CALL c", "UPDATED CALL a",
		"CREATED TASK " + task, "UPDATED TASK " + task, "CREATED NOTE " + note.ID, "UPDATED NOTE " + note.ID,
		"PURGED NOTE " + note.ID, "CREATED CALL_RECORD 7", "UPDATED CALL_RECORD 7", "UPDATED CALL_RECORD 7",
		"DELETED CALL a", "RESTORED CALL a", "DELETED CALL a"}
}

// TestChanges writes in all ways and reads the changes on pages of several sizes, then purges the call and the record,
// and checks that nothing of them is left but that they are gone.
func TestChanges(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		want := writeEverything(t, e)
		for _, first := range []int{1, 3, 1000} {
			if seen, _ := readAll(t, e, nil, first); !slices.Equal(seen, want) {
				t.Errorf("pages of %d: got %v, want %v", first, seen, want)
			}
		}
		page, err := e.DB.Changes(e.Ctx, nil, []model.ChangeEntity{model.ChangeEntityCall}, 2)
		if err != nil || len(page.Events) != 2 {
			t.Fatalf("got %v, %v; want two changes", page, err)
		}
		update := page.Events[1]
		before, after := update.Before.(map[string]any), update.After.(map[string]any)
		if before["name"] != "first" || after["name"] != "second" || before["createdBy"] != nil || after["nameFold"] != nil {
			t.Errorf("the update: got %v → %v, want the name first → second, and only what changed before", before, after)
		}
		page, err = e.DB.Changes(e.Ctx, nil, []model.ChangeEntity{model.ChangeEntityCallRecord}, 1)
		if err != nil || len(page.Events) != 1 {
			t.Fatalf("got %v, %v; want a change of the record", page, err)
		}
		if after = page.Events[0].After.(map[string]any); after["id"] != "7" || fmt.Sprint(after["version"]) != "1" {
			t.Errorf("the record: got %v, want its key as a text and its version as a number", after)
		}
		_, end := readAll(t, e, nil, 1000)
		if _, err := e.DB.PurgeCalls(e.Ctx, model.CallSelector{Ids: []string{"a"}}, db.Batch{}); err != nil {
			t.Fatal(err)
		}
		if _, err := e.DB.DeleteRecords(e.Ctx, model.CallRecordSelector{Ids: []int64{7}}, db.Batch{}); err != nil {
			t.Fatal(err)
		}
		if seen, _ := readAll(t, e, end, 1000); !slices.Equal(seen, []string{"PURGED CALL a", "PURGED CALL_RECORD 7"}) {
			t.Errorf("after the purge: got %v, want both purges", seen)
		}
		page, err = e.DB.Changes(e.Ctx, nil, nil, 1000)
		if err != nil || len(page.Events) != len(want)+2 {
			t.Fatalf("got %v, %v; want all events and two purges", page, err)
		}
		for _, c := range page.Events {
			isErased := c.ChangedID != "b" && c.ChangedID != "c"
			if isErased != (c.After == nil) || isErased && c.Before != nil {
				t.Errorf("%s %s after the purge: got %v → %v, want nothing left of what is purged", c.Kind, c.ChangedID,
					c.Before, c.After)
			}
		}
	})
}

// TestLateCommit writes an event in a transaction that ends after later ones, and checks that readers who have gone on
// meanwhile get it, once, and in the middle of pages, too.
func TestLateCommit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		if e.Engine != "postgres" {
			return // one transaction writes at a time
		}
		other, err := sql.Open("pgx", e.DSN)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		late, err := other.BeginTx(e.Ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		const insert = "INSERT INTO events (tenant_id, at, entity, kind, subject, operation, actor, creator)" +
			" VALUES ($1, $2, 'CALL', 'PURGED', 'late', 'x', 'x', 'x')"
		if _, err := late.Exec(insert, e.Actor.TenantID, dbtest.Start); err != nil {
			t.Fatal(err)
		}
		create := func(id string) {
			t.Helper()
			if _, err := e.DB.CreateCall(e.Ctx, model.CreateCallInput{ID: &id}); err != nil {
				t.Fatal(err)
			}
		}
		create("early 1")
		create("early 2")
		page, err := e.DB.Changes(e.Ctx, nil, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		middle := &page.NextCursor
		seen, end := readAll(t, e, nil, 1)
		if want := []string{"CREATED CALL early 1", "CREATED CALL early 2"}; !slices.Equal(seen, want) {
			t.Errorf("while one is open: got %v, want %v", seen, want)
		}
		create("early 3")
		if err := late.Commit(); err != nil {
			t.Fatal(err)
		}
		if seen, _ = readAll(t, e, end, 1); !slices.Equal(seen, []string{"PURGED CALL late", "CREATED CALL early 3"}) {
			t.Errorf("behind the end: got %v, want the late one and the next", seen)
		}
		want := []string{"CREATED CALL early 2", "PURGED CALL late", "CREATED CALL early 3"}
		if seen, _ = readAll(t, e, middle, 2); !slices.Equal(seen, want) {
			t.Errorf("from the middle: got %v, want %v", seen, want)
		}
	})
}

// TestConcurrentChanges reads changes while several write the same calls, and checks that each change is read once, and
// those of a call in the order of its versions.
func TestConcurrentChanges(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		const writers, updates, calls = 4, 15, 3
		for c := range calls {
			if _, err := e.DB.CreateCall(e.Ctx, model.CreateCallInput{ID: new(fmt.Sprint("c", c))}); err != nil {
				t.Fatal(err)
			}
		}
		var writing sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				for u := range updates {
					var err error
					name := fmt.Sprint(w, " ", u)
					if w%2 == 0 {
						_, err = e.DB.UpdateCall(e.Ctx, "updateCall", fmt.Sprint("c", u%calls), named(name), nil)
					} else {
						selector := model.CallSelector{Ids: []string{"c0", "c1", "c2"}}
						_, err = e.DB.UpdateCalls(e.Ctx, "updateCalls", selector, named(name), db.Batch{})
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		done := make(chan struct{})
		go func() { defer close(done); writing.Wait() }()
		versions := map[string]int{}
		var after *string
		for isOver := false; ; {
			select {
			case <-done:
				isOver = true
			default:
			}
			page, err := e.DB.Changes(e.Ctx, after, nil, 7)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range page.Events {
				version := fmt.Sprint(c.After.(map[string]any)["version"])
				versions[c.ChangedID]++
				if version != fmt.Sprint(versions[c.ChangedID]) {
					t.Fatalf("%s: got the version %s, want %d", c.ChangedID, version, versions[c.ChangedID])
				}
			}
			after = &page.NextCursor
			if isOver && len(page.Events) == 0 {
				break
			}
		}
		for c := range calls {
			call, err := e.DB.Call(e.Ctx, fmt.Sprint("c", c), false)
			if err != nil || call.Version != versions[call.ID] {
				t.Errorf("c%d: got %d changes, %v; want as many as versions: %d", c, versions[call.ID], err, call.Version)
			}
		}
	})
}

// TestChangesCursors reads behind cursors of another tenant, of a subscription, of long ago, and of nonsense.
func TestChangesCursors(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		if _, err := e.DB.CreateCall(e.Ctx, model.CreateCallInput{ID: new("a")}); err != nil {
			t.Fatal(err)
		}
		page, err := e.DB.Changes(e.Ctx, nil, nil, 10)
		if err != nil {
			t.Fatal(err)
		}
		stranger, _ := dbtest.NewTenant(context.Background())
		refused := func(what string, err error) {
			t.Helper()
			if errs := model.AsErrors(err); len(errs) != 1 || errs[0].Code != "BAD_USER_INPUT" {
				t.Errorf("%s: got %v, want BAD_USER_INPUT", what, err)
			}
		}
		_, err = e.DB.Changes(stranger, &page.NextCursor, nil, 10)
		refused("another tenant", err)
		_, err = e.DB.WatchCalls(e.Ctx, db.CallWatch{After: &page.NextCursor})
		refused("a subscription", err)
		for _, nonsense := range []string{"", "x", "bnVsbA", strings.Repeat("A", 1<<17)} {
			_, err = e.DB.Changes(e.Ctx, &nonsense, nil, 10)
			refused(fmt.Sprintf("%.10q", nonsense), err)
		}
		e.Clock.Set(dbtest.Start.Add(db.DefaultEventAge + time.Minute))
		_, err = e.DB.Changes(e.Ctx, &page.NextCursor, nil, 10)
		refused("long ago", err)
		e.Clock.Set(dbtest.Start.Add(db.DefaultEventAge + 2*time.Hour))
		db.SweepEvents(e.Ctx, e.DB)
		page, err = e.DB.Changes(e.Ctx, nil, nil, 10)
		if err != nil || len(page.Events) > 0 && page.Events[0].After != nil {
			t.Errorf("after the sweep: got %v, %v; want no row of an event", page.Events, err)
		}
		analyst := model.NewActor(e.Actor.TenantID, "analyst", []model.Role{model.RoleAnalyst},
			[]model.Permission{model.PermissionCallRead})
		_, err = e.DB.Changes(model.WithActor(e.Ctx, analyst), nil, []model.ChangeEntity{model.ChangeEntityCallRecord}, 1)
		if errs := model.AsErrors(err); len(errs) != 1 || errs[0].Code != "FORBIDDEN" {
			t.Errorf("records without the permission: got %v, want FORBIDDEN", err)
		}
	})
}

// TestDryRunHasNoEvents runs a batch dry, and one that fails as a whole.
func TestDryRunHasNoEvents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		inputs := []*model.CreateCallInput{{ID: new("a")}, {ID: new("b"),
			CallPatch: model.CallPatch{Name: graphql.OmittableOf(new(strings.Repeat("x", 5000)))}}}
		for _, b := range []db.Batch{{DryRun: true}, {Policy: model.BatchPolicyAllOrNothing}} {
			if _, err := e.DB.CreateCalls(e.Ctx, inputs, b); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := e.DB.CreateCall(e.Ctx, model.CreateCallInput{ID: new("")}); err == nil {
			t.Error("a call with an empty key: got no error, want one")
		}
		if seen, _ := readAll(t, e, nil, 10); seen != nil {
			t.Errorf("got %v, want no changes", seen)
		}
		if _, err := e.DB.Changes(e.Ctx, nil, nil, -1); errors.Is(err, nil) {
			t.Error("a page of -1: got no error, want one")
		}
	})
}
