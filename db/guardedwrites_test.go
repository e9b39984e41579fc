package db_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
)

const writersAtOnce = 64

// atOnce runs write by many clients, which begin together, and returns how many succeed. Errors other than CONFLICT
// fail the test.
func atOnce(t *testing.T, write func(client int) error) int {
	t.Helper()
	var running sync.WaitGroup
	var succeeded atomic.Int64
	begin := make(chan struct{})
	for client := range writersAtOnce {
		running.Go(func() {
			<-begin
			err := write(client)
			if err == nil {
				succeeded.Add(1)
			} else if errs := model.AsErrors(err); errs == nil || errs[0].Code != model.ErrorCodeConflict {
				t.Errorf("client %d: got %v, want success or CONFLICT", client, err)
			}
		})
	}
	close(begin)
	running.Wait()
	return int(succeeded.Load())
}

// TestWritersOfOneCall lets 64 clients create the same call, patch it from the same version, and patch it from any: one
// of them creates it, one is first, and in the end no patch is lost and the history is complete.
func TestWritersOfOneCall(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		if won := atOnce(t, func(client int) error {
			_, err := e.DB.CreateCall(e.Ctx, model.CreateCallInput{ID: new("c"), CallPatch: named(fmt.Sprint("by ", client))})
			return err
		}); won != 1 {
			t.Errorf("creates of one key: got %d that succeed, want 1", won)
		}
		if won := atOnce(t, func(client int) error {
			_, err := e.DB.UpdateCall(e.Ctx, "updateCall", "c", named(fmt.Sprint("first ", client)), new(1))
			return err
		}); won != 1 {
			t.Errorf("patches of version 1: got %d that succeed, want 1", won)
		}
		if won := atOnce(t, func(client int) error {
			_, err := e.DB.UpdateCall(e.Ctx, "updateCall", "c", named(fmt.Sprint("any ", client)), nil)
			return err
		}); won != writersAtOnce {
			t.Errorf("patches of any version: got %d that succeed, want %d", won, writersAtOnce)
		}
		if won := atOnce(t, func(client int) error {
			in := model.CreateCallInput{ID: new(fmt.Sprint("own ", client)), CallPatch: named("own")}
			if _, err := e.DB.CreateCall(e.Ctx, in); err != nil {
				return err
			}
			_, err := e.DB.UpdateCall(e.Ctx, "updateCall", *in.ID, named("changed"), new(1))
			return err
		}); won != writersAtOnce {
			t.Errorf("calls of their own: got %d that succeed, want %d", won, writersAtOnce)
		}
		checkHistory(t, e, "c", writersAtOnce+2)
	})
}

// checkHistory checks that a call has a version, and a history entry for each but the first, each of which begins with
// the name at which the one before ended.
func checkHistory(t *testing.T, e *dbtest.Env, id string, version int) {
	t.Helper()
	call, err := e.DB.Call(e.Ctx, id, false)
	if err != nil || call == nil || call.Version != version {
		t.Fatalf("%s: got %v, %v, want version %d", id, call, err, version)
	}
	pages, err := e.DB.CallHistory(e.Ctx, []string{id}, model.PageArgs{First: new(100)})
	if err != nil || len(pages[id].Nodes) != version-1 {
		t.Fatalf("history: got %d entries, %v, want %d", len(pages[id].Nodes), err, version-1)
	}
	name := *call.Name
	for i, entry := range pages[id].Nodes {
		change := entry.ChangeList.V[0]
		if entry.Version != version-i || len(entry.ChangeList.V) != 1 || fmt.Sprint(change.To) != name {
			text, _ := json.Marshal(entry.ChangeList)
			t.Errorf("entry %d: got version %d and %s, want version %d and a change to %s", i, entry.Version, text,
				version-i, name)
		}
		name = fmt.Sprint(change.From)
	}
}
