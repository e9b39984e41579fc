package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// watch returns a watcher of the tenant's calls that is there until the test ends.
func watch(t *testing.T, e *dbtest.Env) *db.CallWatcher {
	t.Helper()
	ctx, cancel := context.WithCancel(e.Ctx)
	t.Cleanup(cancel)
	watcher, err := e.DB.WatchCalls(ctx, db.CallWatch{})
	if err != nil {
		t.Fatal(err)
	}
	return watcher
}

// TestBehind lets a watcher fall behind: it gets ErrBehind, and one that begins then gets what follows.
func TestBehind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		slow := watch(t, e)
		inputs := make([]*model.CreateCallInput, db.MaxBehind/2)
		for i := range inputs {
			inputs[i] = &model.CreateCallInput{}
		}
		for range 2 {
			if _, err := e.DB.CreateCalls(e.Ctx, inputs, db.Batch{}); err != nil {
				t.Fatal(err)
			}
		}
		if changes, err := slow.Next(e.Ctx); err != nil || len(changes) == 0 {
			t.Fatalf("with MaxBehind changes pending: got %d changes, %v; want some, no error", len(changes), err)
		}
		for range 2 {
			if _, err := e.DB.CreateCalls(e.Ctx, inputs[:100], db.Batch{}); err != nil {
				t.Fatal(err)
			}
		}
		tick, deadline := time.NewTicker(time.Millisecond), time.After(time.Minute)
		defer tick.Stop()
		for isOver := false; !isOver && !db.IsBehind(slow); {
			select {
			case <-tick.C:
			case <-deadline:
				isOver = true
			}
		}
		if _, err := slow.Next(e.Ctx); !errors.Is(err, db.ErrBehind) {
			t.Errorf("with more than MaxBehind changes pending: got %v, want %v", err, db.ErrBehind)
		}
		anew := watch(t, e)
		if _, err := e.DB.CreateCalls(e.Ctx, inputs[:1], db.Batch{}); err != nil {
			t.Fatal(err)
		}
		if changes, err := anew.Next(e.Ctx); err != nil || len(changes) != 1 {
			t.Errorf("a new watcher: got %d changes, %v; want 1, no error", len(changes), err)
		}
	})
}

// TestChangeNamesItsMutation writes calls in several ways, and checks which mutation each change names.
func TestChangeNamesItsMutation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		watcher := watch(t, e)
		missed := func() model.CreateCallInput {
			return model.CreateCallInput{CallPatch: model.CallPatch{CallType: graphql.OmittableOf(new(model.CallTypeMissed))}}
		}
		for want, write := range map[string]func() error{
			"createCall":   func() error { _, err := e.DB.CreateCall(e.Ctx, missed()); return err },
			"logCall":      func() error { _, err := e.DB.LogCall(e.Ctx, missed()); return err },
			"scheduleCall": func() error { _, err := e.DB.ScheduleCall(e.Ctx, model.CreateCallInput{ID: new("s")}); return err },
			"deleteCall": func() error {
				_, err := e.DB.CreateCall(e.Ctx, model.CreateCallInput{ID: new("d")})
				_, _ = watcher.Next(e.Ctx)
				return errors.Join(err, e.DB.DeleteCall(e.Ctx, "d", nil))
			},
		} {
			if err := write(); err != nil {
				t.Fatal(err)
			}
			if changes, err := watcher.Next(e.Ctx); err != nil || len(changes) != 1 || changes[0].Operation != want {
				t.Errorf("%s: got %v, %v; want one change of that name", want, changes, err)
			}
		}
	})
}
