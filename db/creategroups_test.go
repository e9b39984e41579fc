package db_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// creations creates calls at once and keeps what became of them.
type creations struct {
	*dbtest.Env
	running sync.WaitGroup
	mu      sync.Mutex
	errs    map[string][]error // by key
}

func (c *creations) create(ctx context.Context, in model.CreateCallInput) {
	c.running.Go(func() {
		_, err := c.DB.CreateCall(ctx, in)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.errs[*in.ID] = append(c.errs[*in.ID], err)
	})
}

// succeeded returns how many creates of a key had no error.
func (c *creations) succeeded(key string) (n int) {
	for _, err := range c.errs[key] {
		if err == nil {
			n++
		}
	}
	return n
}

// TestCreateGroups creates calls while others are under way, so that on PostgreSQL they are written together: those
// whose keys are taken fail alone, and each call has its tags, its change and its part of the summaries.
func TestCreateGroups(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		const calls = 150
		for i := range 3 {
			if _, err := e.DB.CreateCall(e.Ctx, fullCall(fmt.Sprintf("call %03d", i*70), 0)); err != nil {
				t.Fatal(err)
			}
		}
		watcher, err := e.DB.WatchCalls(e.Ctx, db.CallWatch{})
		expectNoError(t, err)
		release, groups := db.HoldCreates(e.Ctx, e.DB, time.Hour)
		counted, statements := db.CountStatements(e.Ctx)
		c := &creations{Env: e, errs: map[string][]error{}}
		for i := range calls {
			in := fullCall(fmt.Sprintf("call %03d", i), i)
			switch i % 3 {
			case 0:
				in.Tags = graphql.Omittable[[]string]{}
			case 1:
				in.CallPatch = model.CallPatch{}
			}
			c.create(counted, in)
		}
		for range 2 {
			c.create(counted, model.CreateCallInput{ID: new("call 042")})
		}
		release(calls + 2)
		c.running.Wait()
		for i := range calls {
			id := fmt.Sprintf("call %03d", i)
			want := 1
			if i%70 == 0 {
				want = 0
			}
			if got := c.succeeded(id); got != want {
				t.Errorf("%s: got %v, want %d to succeed", id, c.errs[id], want)
			}
			for _, err := range c.errs[id] {
				if err != nil && !strings.Contains(err.Error(), "there is a call with the key") {
					t.Errorf("%s: got %v, want that the key is taken", id, err)
				}
			}
		}
		if got := statements.Load(); got > calls+3*5 {
			t.Errorf("got %d statements, want one for each call, and some for each of five that fail", got)
		}
		if got := groups.Load(); e.Engine == "postgres" && got > 20 {
			t.Errorf("got %d groups, want few", got)
		}
		checkChanges(t, e, watcher, calls-3)
		checkCreated(t, e, calls)
		if got := db.CreateQueues(e.DB); got != 0 {
			t.Errorf("got %d queues that are kept, want none", got)
		}
	})
}

// checkCreated checks the calls that TestCreateGroups creates.
func checkCreated(t *testing.T, e *dbtest.Env, calls int) {
	t.Helper()
	for _, i := range []int{2, calls - 1} {
		call, err := e.DB.Call(e.Ctx, fmt.Sprintf("call %03d", i), true)
		expectNoError(t, err)
		want := *fullCall("", i).Name.Value()
		if call == nil || call.Version != 1 || i%3 == 2 && *call.Name != want || call.CreatedBy != e.Actor.Name {
			t.Errorf("got %+v, want the name %s", call, want)
		}
	}
	appended := summaries(t, e)
	if appended["callTag a"] == 0 && len(appended) < 5 {
		t.Errorf("got the summaries %v, want tags and values", appended)
	}
	expectNoError(t, e.DB.RebuildSummaries(e.Ctx))
	expectSame(t, "summaries", appended, summaries(t, e))
}

// TestCreateGroupThatFails creates calls together of which the database refuses one: the others are written.
func TestCreateGroupThatFails(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		release, _ := db.HoldCreates(e.Ctx, e.DB, time.Hour)
		c := &creations{Env: e, errs: map[string][]error{}}
		for i := range 20 {
			c.create(e.Ctx, fullCall(fmt.Sprint("good ", i), i))
		}
		bad := fullCall("bad", 0)
		bad.Subject = graphql.OmittableOf(new("\xff is no text"))
		c.create(e.Ctx, bad)
		release(21)
		c.running.Wait()
		for i := range 20 {
			if id := fmt.Sprint("good ", i); c.succeeded(id) != 1 {
				t.Errorf("%s: got %v, want none", id, c.errs[id])
			}
		}
		if e.Engine == "postgres" && c.succeeded("bad") != 0 {
			t.Error("a text that is none: got no error, want one")
		}
	})
}

// TestCreateGivenUp ends the contexts of some of the calls that wait: they are not written, and the others are.
func TestCreateGivenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		if e.Engine != "postgres" {
			t.Skip("on SQLite creates do not wait for groups")
		}
		release, _ := db.HoldCreates(e.Ctx, e.DB, time.Hour)
		c := &creations{Env: e, errs: map[string][]error{}}
		ctx, cancel := context.WithCancel(e.Ctx)
		left := &creations{Env: e, errs: map[string][]error{}}
		for i := range 8 {
			c.create(e.Ctx, fullCall(fmt.Sprint("stays ", i), i))
			left.create(ctx, fullCall(fmt.Sprint("leaves ", i), i))
		}
		for db.CreatesWaiting(e.Ctx, e.DB) < 16 {
			runtime.Gosched()
		}
		cancel()
		left.running.Wait()
		release(0)
		c.running.Wait()
		for i := range 8 {
			if id := fmt.Sprint("stays ", i); c.succeeded(id) != 1 {
				t.Errorf("%s: got %v, want none", id, c.errs[id])
			}
			id := fmt.Sprint("leaves ", i)
			call, err := e.DB.Call(e.Ctx, id, false)
			if call != nil || err != nil || !slices.ContainsFunc(left.errs[id], isCanceled) {
				t.Errorf("%s: got %v, %v, %v, want no call", id, call, err, left.errs[id])
			}
		}
	})
}

func isCanceled(err error) bool { return errors.Is(err, context.Canceled) }

// TestCreatesAreImpatient creates calls while groups are under way that do not end: they do not wait for them.
func TestCreatesAreImpatient(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		db.HoldCreates(e.Ctx, e.DB, time.Millisecond)
		c := &creations{Env: e, errs: map[string][]error{}}
		for i := range 20 {
			c.create(e.Ctx, fullCall(fmt.Sprint("call ", i), i))
		}
		c.running.Wait()
		for i := range 20 {
			if id := fmt.Sprint("call ", i); c.succeeded(id) != 1 {
				t.Errorf("%s: got %v, want none", id, c.errs[id])
			}
		}
	})
}
