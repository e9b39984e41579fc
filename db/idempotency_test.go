package db_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// claimed returns a claim that holds a key, after waiting for it if need be. The test ends where the request was
// answered.
func claimed(t *testing.T, d *db.DB, ctx context.Context, key string) *db.Claim {
	t.Helper()
	c := db.NewClaim(key, "hash")
	for end := time.Now().Add(time.Minute); !c.IsHeld(); {
		if answer, err := d.ClaimKey(ctx, c); answer != nil || err != nil {
			t.Fatalf("%s: got the answer %v, %v, want it claimed", key, answer, err)
		}
		if time.Now().After(end) {
			t.Fatalf("%s: got no claim in a minute", key)
		}
		if !c.IsHeld() {
			<-time.After(10 * time.Millisecond) // as the server waits between two looks
		}
	}
	return c
}

// createOnce creates a call under a claim, as the field a, and returns its id.
func createOnce(t *testing.T, d *db.DB, ctx context.Context, c *db.Claim) string {
	t.Helper()
	ctx = db.WithClaim(ctx, c)
	db.BeginField(ctx, "a")
	call, err := d.CreateCall(ctx, model.CreateCallInput{})
	if err != nil {
		t.Fatal(err)
	}
	return call.ID
}

// TestTakeOver has a process die at each moment of a request, and another one repeat it: what was done is not done
// again, and what was not done is.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		died := dbtest.NewEnv(t, e.Engine, e.DSN).DB
		db.StopHeartbeats(died)
		done := claimed(t, died, e.Ctx, "done")
		id := createOnce(t, died, e.Ctx, done)
		claimed(t, died, e.Ctx, "not done")
		if got := createOnce(t, e.DB, e.Ctx, claimed(t, e.DB, e.Ctx, "done")); got != id {
			t.Errorf("a request that was done: got the call %s, want %s", got, id)
		}
		if got := createOnce(t, e.DB, e.Ctx, claimed(t, e.DB, e.Ctx, "not done")); got == id {
			t.Errorf("a request that was not done: got the call %s, want another", got)
		}
	})
}

// TestHeartbeat holds a key for several heartbeats, and checks that another process which sees them does not take it
// over until it is given up.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		alive := dbtest.NewEnv(t, e.Engine, e.DSN).DB
		held, waiting := claimed(t, alive, e.Ctx, "k"), db.NewClaim("k", "hash")
		for beat := range 4 {
			waitForBeat(t, e, beat)
			if _, err := e.DB.ClaimKey(e.Ctx, waiting); waiting.IsHeld() || err != nil {
				t.Fatalf("a key whose request is under way: got it claimed, %v, want to wait", err)
			}
		}
		if _, err := e.DB.ClaimKey(e.Ctx, db.NewClaim("k", "other")); codeOf(err) != model.ErrorCodeConflict {
			t.Errorf("another request under the key: got %v, want CONFLICT", err)
		}
		if err := alive.ReleaseKey(e.Ctx, held); err != nil {
			t.Fatal(err)
		}
		if _, err := e.DB.ClaimKey(e.Ctx, waiting); !waiting.IsHeld() || err != nil {
			t.Errorf("a key that was given up: got it claimed %v, %v, want true", waiting.IsHeld(), err)
		}
	})
}

// waitForBeat waits until the tenant's one request has shown so many heartbeats.
func waitForBeat(t *testing.T, e *dbtest.Env, least int) {
	t.Helper()
	query := fmt.Sprintf("SELECT idempotency_key FROM idempotency_requests WHERE tenant_id = %d AND heartbeat >= %d",
		e.Actor.TenantID, least)
	for end := time.Now().Add(time.Minute); ; {
		keys, err := e.DB.Texts(e.Ctx, query)
		if err != nil || time.Now().After(end) {
			t.Fatalf("heartbeats: got fewer than %d in a minute, %v", least, err)
		}
		if len(keys) > 0 {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
}

// codeOf returns the code of an error's first, "" where the server failed or there is none.
func codeOf(err error) model.ErrorCode {
	if errs := model.AsErrors(err); errs != nil {
		return errs[0].Code
	}
	return ""
}

// TestBothRun lets processes run one request at the same time, as where one stood still for so long that another took
// it over, and checks that it is done once and that both are answered alike.
func TestBothRun(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		other := dbtest.NewEnv(t, e.Engine, e.DSN).DB
		db.StopHeartbeats(other)
		for n := range 3 {
			key := fmt.Sprint("k", n)
			slow := claimed(t, other, e.Ctx, key)
			fast := claimed(t, e.DB, e.Ctx, key)
			var ids [2]string
			var wait sync.WaitGroup
			wait.Go(func() { ids[0] = createOnce(t, other, e.Ctx, slow) })
			wait.Go(func() { ids[1] = createOnce(t, e.DB, e.Ctx, fast) })
			wait.Wait()
			if ids[0] != ids[1] {
				t.Errorf("two processes run a request: got the calls %v, want one", ids)
			}
		}
		total, err := totalOfCalls(e)
		if err != nil || total != 3 {
			t.Errorf("calls of 3 requests: got %d, %v, want 3", total, err)
		}
	})
}

// TestLateProcess lets two processes run a request that can be done once, one after the other: the later one is
// answered as the first, also where what the first has done is why it fails.
func TestLateProcess(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		other := dbtest.NewEnv(t, e.Engine, e.DSN).DB
		db.StopHeartbeats(other)
		requests := map[string]func(ctx context.Context, d *db.DB) (any, error){
			"a patch of a version": func(ctx context.Context, d *db.DB) (any, error) {
				call, err := d.UpdateCall(ctx, "updateCall", "c", named("new"), new(1))
				if err != nil {
					return nil, err
				}
				return call.Version, nil
			},
			"a batch that takes keys": func(ctx context.Context, d *db.DB) (any, error) {
				inputs := []*model.CreateCallInput{{ID: new("d")}}
				out, err := d.CreateCalls(ctx, inputs, db.Batch{Policy: model.BatchPolicyAllOrNothing})
				if err != nil {
					return nil, err
				}
				return out.Results[0].Outcome, nil
			},
		}
		if _, err := e.DB.CreateCall(e.Ctx, model.CreateCallInput{ID: new("c")}); err != nil {
			t.Fatal(err)
		}
		for name, run := range requests {
			slow := claimed(t, other, e.Ctx, name)
			fast := claimed(t, e.DB, e.Ctx, name)
			first, err := run(db.WithClaim(e.Ctx, slow), other)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := run(db.WithClaim(e.Ctx, fast), e.DB); again != first || err != nil {
				t.Errorf("%s, by a second process: got %v, %v, want %v", name, again, err, first)
			}
		}
	})
}

func totalOfCalls(e *dbtest.Env) (int, error) {
	page, err := e.DB.Calls(e.Ctx, db.CallQuery{Dataset: model.CallDatasetDefault})
	if err != nil {
		return 0, err
	}
	return page.TotalCount(e.Ctx)
}

// TestNothingKept writes under a claim by a method that keeps no result, which would be done again by a repeat.
func TestNothingKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		c := claimed(t, e.DB, e.Ctx, "k")
		ctx := db.WithClaim(e.Ctx, c)
		if err := e.DB.NoteKeyUse(ctx, "none", dbtest.Start); err == nil {
			t.Errorf("a write that keeps no result under a claim: got no error, want one")
		}
		if err := e.DB.ReleaseKey(e.Ctx, c); err != nil {
			t.Fatal(err)
		}
	})
}

// TestSweep checks that old keys are deleted of every tenant, in steps, with what they kept, and young ones are not.
func TestSweep(t *testing.T) {
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		elsewhere, _ := dbtest.NewTenant(t.Context())
		for n := range db.MaxSwept + 10 {
			ctx := e.Ctx
			if n%100 == 0 {
				ctx = elsewhere
			}
			c := claimed(t, e.DB, ctx, fmt.Sprint("old ", n))
			if n%50 == 0 {
				createOnce(t, e.DB, ctx, c)
			}
			if err := e.DB.KeepAnswer(ctx, c, new("answer")); err != nil {
				t.Fatal(err)
			}
		}
		e.Clock.Set(dbtest.Start.Add(time.Hour))
		young := claimed(t, e.DB, e.Ctx, "young")
		createOnce(t, e.DB, e.Ctx, young)
		if err := e.DB.KeepAnswer(e.Ctx, young, nil); err != nil {
			t.Fatal(err)
		}
		e.Clock.Set(dbtest.Start.Add(24 * time.Hour))
		if err := db.SweepKeys(t.Context(), e.DB); err != nil {
			t.Fatal(err)
		}
		ctx := db.CrossTenant(t.Context())
		keys, err := e.DB.Texts(ctx, "SELECT idempotency_key FROM idempotency_requests")
		results, resultsErr := e.DB.Texts(ctx, "SELECT idempotency_key FROM idempotency_results")
		if fmt.Sprint(keys, results) != "[young] [young]" || err != nil || resultsErr != nil {
			t.Errorf("a day later: got the keys %v and results of %v, %v, %v; want the young one's", keys, results, err,
				resultsErr)
		}
	})
}
