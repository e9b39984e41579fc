package db_test

import (
	"context"
	"errors"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// TestBehind lets a watcher fall behind: it gets ErrBehind, and one that begins then gets what follows.
func TestBehind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		ctx, cancel := context.WithCancel(e.Ctx)
		defer cancel()
		slow, err := e.DB.WatchCalls(ctx)
		if err != nil {
			t.Fatal(err)
		}
		inputs := make([]*model.CreateCallInput, db.MaxBehind/2)
		for i := range inputs {
			inputs[i] = &model.CreateCallInput{}
		}
		for range 2 {
			if _, err := e.DB.CreateCalls(e.Ctx, inputs, db.Batch{}); err != nil {
				t.Fatal(err)
			}
		}
		if changes, err := slow.Next(ctx); err != nil || len(changes) == 0 {
			t.Fatalf("with MaxBehind changes pending: got %d changes, %v; want some, no error", len(changes), err)
		}
		for range 2 {
			if _, err := e.DB.CreateCalls(e.Ctx, inputs[:100], db.Batch{}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := slow.Next(ctx); !errors.Is(err, db.ErrBehind) {
			t.Errorf("with more than MaxBehind changes pending: got %v, want %v", err, db.ErrBehind)
		}
		anew, err := e.DB.WatchCalls(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.DB.CreateCalls(e.Ctx, inputs[:1], db.Batch{}); err != nil {
			t.Fatal(err)
		}
		if changes, err := anew.Next(ctx); err != nil || len(changes) != 1 {
			t.Errorf("a new watcher: got %d changes, %v; want 1, no error", len(changes), err)
		}
	})
}
