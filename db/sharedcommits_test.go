package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// createOne returns a short transaction that creates a call.
func createOne(id string) func(func(string) error) error {
	return func(create func(string) error) error { return create(id) }
}

// TestSharedCommits runs transactions while another one runs, so that on SQLite they share a commit: those that fail,
// panic or whose callers give up are rolled back alone, and the changes of the others are published.
func TestSharedCommits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		watcher, err := e.DB.WatchCalls(e.Ctx, db.CallWatch{})
		if err != nil {
			t.Fatal(err)
		}
		failed := errors.New("failed")
		givenUp, giveUp := context.WithCancel(e.Ctx)
		giveUp()
		ended, end := context.WithCancel(e.Ctx)
		write := func(ctx context.Context, fn func(func(string) error) error) (err error) {
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("panicked: %v", p)
				}
			}()
			return db.WriteShort(ctx, e.DB, fn)
		}
		var running sync.WaitGroup
		errs := map[string]error{}
		var mu sync.Mutex
		start := func(name string, ctx context.Context, fn func(func(string) error) error) {
			running.Go(func() {
				err := write(ctx, fn)
				mu.Lock()
				errs[name] = err
				mu.Unlock()
			})
		}
		isFirst, goOn := make(chan struct{}), make(chan struct{})
		var once sync.Once
		start("first", e.Ctx, func(create func(string) error) error {
			err := create("first")
			once.Do(func() { close(isFirst) })
			<-goOn
			return err
		})
		<-isFirst
		start("given up", givenUp, createOne("given up"))
		start("ended", ended, func(create func(string) error) error {
			end()
			return create("ended")
		})
		start("failed", e.Ctx, func(create func(string) error) error { return errors.Join(create("failed"), failed) })
		start("panicked", e.Ctx, func(create func(string) error) error {
			if err := create("panicked"); err != nil {
				return err
			}
			panic("on purpose")
		})
		for i := range 200 {
			start(fmt.Sprint("good ", i), e.Ctx, createOne(fmt.Sprint("good ", i)))
		}
		close(goOn)
		running.Wait()
		for name, err := range errs {
			call, readErr := e.DB.Call(e.Ctx, name, true)
			isGood := name == "first" || strings.HasPrefix(name, "good")
			if (err == nil) != isGood || (call != nil) != isGood || readErr != nil {
				t.Errorf("%s: got the error %v and the call %v (%v), want success: %v", name, err, call, readErr, isGood)
			}
		}
		if !errors.Is(errs["failed"], failed) || !errors.Is(errs["ended"], context.Canceled) ||
			!errors.Is(errs["given up"], context.Canceled) || !strings.Contains(errs["panicked"].Error(), "on purpose") {
			t.Errorf("got the errors %v, want each transaction's own", errs)
		}
		checkChanges(t, e, watcher, 201)
	})
}

// checkChanges reads changes and checks that each is of a call of its own.
func checkChanges(t *testing.T, e *dbtest.Env, watcher *db.CallWatcher, want int) {
	t.Helper()
	var seen []string
	for len(seen) < want {
		changes, err := watcher.Next(e.Ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range changes {
			seen = append(seen, change.CallID)
		}
	}
	slices.Sort(seen)
	if got := len(slices.Compact(seen)); got != want {
		t.Errorf("changes: got %d different calls, want %d", got, want)
	}
}

// TestCloseDuringWrites closes a database while clients write: each write is either answered and stored, or refused and
// not stored.
func TestCloseDuringWrites(t *testing.T) {
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		d, err := db.Open(t.Context(), db.Options{DSN: dsn})
		if err != nil {
			t.Fatal(err)
		}
		ctx, _ := dbtest.NewTenant(t.Context())
		const clients = 16
		var running sync.WaitGroup
		var stored [clients]int
		hasWritten := make(chan struct{}, clients)
		for client := range clients {
			running.Go(func() {
				for n := 0; ; n++ {
					if _, err := d.CreateCall(ctx, model.CreateCallInput{ID: new(fmt.Sprintf("%d-%d", client, n))}); err != nil {
						return
					}
					stored[client] = n + 1
					if n == 5 {
						hasWritten <- struct{}{}
					}
				}
			})
		}
		for range clients {
			<-hasWritten
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		running.Wait()
		if d, err = db.Open(t.Context(), db.Options{DSN: dsn}); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = d.Close() }()
		for client, n := range stored {
			for i := range n + 1 {
				call, err := d.Call(ctx, fmt.Sprintf("%d-%d", client, i), false)
				if (call != nil) != (i < n) && engine == "sqlite" || call == nil && i < n || err != nil {
					t.Errorf("client %d, call %d of %d acknowledged: got %v, %v", client, i, n, call, err)
				}
			}
		}
	})
}
