package db_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// nextCalls waits for a number of changes of calls, and returns them as "KIND key".
func nextCalls(t *testing.T, e *dbtest.Env, w *db.CallWatcher, count int) (seen []string, last string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(e.Ctx, time.Minute)
	defer cancel()
	for len(seen) < count {
		changes, err := w.Next(ctx)
		if err != nil {
			t.Fatalf("after %v: %v", seen, err)
		}
		for _, c := range changes {
			seen, last = append(seen, fmt.Sprint(c.Kind, " ", c.CallID)), c.Cursor
		}
	}
	return seen, last
}

// TestWatchFilter watches calls that pass a filter: those that come to pass it, that change, and that leave it, also by
// their tags.
func TestWatchFilter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		missed := model.TextFilter{Contains: new("EMIL")}
		byName, err := e.DB.WatchCalls(e.Ctx, db.CallWatch{Filter: &model.CallFilter{Name: &missed}})
		if err != nil {
			t.Fatal(err)
		}
		byTag, err := e.DB.WatchCalls(e.Ctx, db.CallWatch{Filter: &model.CallFilter{Tags: &model.TagsFilter{
			HasAny: []string{"vip"}}}, Kinds: []model.CallChangeKind{model.CallChangeKindUpdated, model.CallChangeKindLeft}})
		if err != nil {
			t.Fatal(err)
		}
		must := func(_ any, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		b := model.CallSelector{Ids: []string{"b"}}
		must(e.DB.CreateCall(e.Ctx, model.CreateCallInput{ID: new("a"), CallPatch: named("Emile")}))
		must(e.DB.CreateCall(e.Ctx, model.CreateCallInput{ID: new("b"), CallPatch: named("Bob")}))
		must(e.DB.AddCallTags(e.Ctx, b, []string{"vip"}, db.Batch{}))
		if seen, _ := nextCalls(t, e, byTag, 1); !slices.Equal(seen, []string{"UPDATED b"}) {
			t.Errorf("by tag: got %v, want the update of b", seen)
		}
		must(e.DB.UpdateCall(e.Ctx, "updateCall", "b", named("also emil"), nil))
		must(e.DB.RemoveCallTags(e.Ctx, b, []string{"vip"}, db.Batch{}))
		must(e.DB.UpdateCall(e.Ctx, "updateCall", "a", named("Anna"), nil))
		must(e.DB.UpdateCall(e.Ctx, "updateCall", "a", named("Berta"), nil))
		must(e.DB.DeleteCalls(e.Ctx, b, db.Batch{}))
		seen, _ := nextCalls(t, e, byName, 5)
		if want := []string{"CREATED a", "UPDATED b", "UPDATED b", "LEFT a", "DELETED b"}; !slices.Equal(seen, want) {
			t.Errorf("by name: got %v, want %v", seen, want)
		}
		for last := ""; last != "LEFT b"; { // the update of b is told where it is read before the tag is gone
			seen, _ := nextCalls(t, e, byTag, 1)
			last = seen[len(seen)-1]
		}
	})
}

// TestWatchResumes watches on one process, goes on behind the last change on another one, and checks that every change
// comes once, while others are written. A watcher that reads nothing is told that it is behind; others go on.
func TestWatchResumes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		create := func(id string) {
			t.Helper()
			if _, err := e.DB.CreateCall(e.Ctx, model.CreateCallInput{ID: &id}); err != nil {
				t.Fatal(err)
			}
		}
		ctx, leave := context.WithCancel(e.Ctx)
		first, err := e.DB.WatchCalls(ctx, db.CallWatch{})
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for n := range 3 {
			create(fmt.Sprint("one ", n))
			want = append(want, fmt.Sprint("CREATED one ", n))
		}
		seen, cursor := nextCalls(t, e, first, 3)
		if !slices.Equal(seen, want) {
			t.Errorf("at first: got %v, want %v", seen, want)
		}
		leave()
		inputs := make([]*model.CreateCallInput, 40)
		want = nil
		for n := range inputs {
			inputs[n] = &model.CreateCallInput{ID: new(fmt.Sprintf("two %02d", n))}
			want = append(want, fmt.Sprintf("CREATED two %02d", n))
		}
		if _, err := e.DB.CreateCalls(e.Ctx, inputs, db.Batch{}); err != nil {
			t.Fatal(err)
		}
		other := *e
		if other.DB, err = db.Open(e.Ctx, db.Options{DSN: e.DSN, Now: e.Clock.Now}); err != nil {
			t.Fatal(err)
		}
		defer other.DB.Close()
		second, err := other.DB.WatchCalls(other.Ctx, db.CallWatch{After: &cursor})
		if err != nil {
			t.Fatal(err)
		}
		create("three")
		want = append(want, "CREATED three")
		seen, cursor = nextCalls(t, &other, second, len(want))
		if !slices.Equal(seen, want) {
			t.Errorf("on the other process: got %v, want %v", seen, want)
		}
		create("four")
		if seen, _ = nextCalls(t, &other, second, 1); !slices.Equal(seen, []string{"CREATED four"}) {
			t.Errorf("live on the other process: got %v, want four", seen)
		}
		again, err := e.DB.WatchCalls(e.Ctx, db.CallWatch{After: &cursor})
		if err != nil {
			t.Fatal(err)
		}
		if seen, _ = nextCalls(t, e, again, 1); !slices.Equal(seen, []string{"CREATED four"}) {
			t.Errorf("back on the first process: got %v, want four", seen)
		}
	})
}

// TestWatchRecordsAndTasks watches records by a filter, and tasks.
func TestWatchRecordsAndTasks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		read := model.ReadStatusHasRead
		records, err := e.DB.WatchRecords(e.Ctx, db.RecordWatch{Filter: &model.CallRecordFilter{
			ReadStatus: &model.ReadStatusFilter{Eq: &read}}})
		if err != nil {
			t.Fatal(err)
		}
		tasks, err := e.DB.WatchTasks(e.Ctx, db.TaskWatch{Kinds: []model.ChangeKind{model.ChangeKindUpdated}})
		if err != nil {
			t.Fatal(err)
		}
		writeEverything(t, e)
		selector := model.CallRecordSelector{Ids: []int64{7}}
		for _, status := range []model.ReadStatus{model.ReadStatusHasRead, model.ReadStatusNotRead} {
			if _, err := e.DB.MarkRecords(e.Ctx, selector, status, db.Batch{}); err != nil {
				t.Fatal(err)
			}
		}
		var kinds []string
		for len(kinds) < 2 {
			changes, err := records.Next(e.Ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range changes {
				kinds = append(kinds, fmt.Sprint(c.Kind, " ", c.CallRecordID, " ", *c.CallRecord.CalledPhoneNumber()))
			}
		}
		if want := []string{"UPDATED 7 13812345678", "LEFT 7 13812345678"}; !slices.Equal(kinds, want) {
			t.Errorf("records: got %v, want %v", kinds, want)
		}
		changes, err := tasks.Next(e.Ctx)
		if err != nil || len(changes) != 1 || changes[0].CallID != "a" || changes[0].Task.Status != model.TaskStatusDone {
			t.Errorf("tasks: got %v, %v; want that the task is done", changes, err)
		}
	})
}
