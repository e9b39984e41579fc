package db

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"callbook/model"

	"github.com/uptrace/bun"
)

// maxAttempts is how often a transaction is run at the most.
const maxAttempts = 12

// errRace says that another transaction wrote the same key first; the next attempt finds its row.
var errRace = errors.New("db: lost a race for a key")

// transaction is what is done in a transaction. It may run several times.
type transaction func(context.Context, scope) error

// write runs fn in a transaction of the actor's tenant, and again where it fails for reasons that are gone when it
// runs again: fn may run several times. After the commit its events are announced.
func (d *DB) write(ctx context.Context, fn transaction) error {
	return d.retry(ctx, func(int) error { return d.inTransaction(ctx, fn) })
}

// writeShort is write for a function that writes few rows and waits for nothing outside: on SQLite those that wait at
// the same time share a commit. There fn's context does not end with ctx.
func (d *DB) writeShort(ctx context.Context, fn transaction) error {
	return d.retry(ctx, func(int) error { return d.inShortTransaction(ctx, fn) })
}

// writeGuarded is writeShort for a function that reads a row and writes it in one statement, which is guarded by the
// row's version. On PostgreSQL it runs at first without a transaction and without locks: s.isGuarded is true, and where
// the function returns errRace because the row has changed meanwhile, it runs again as write runs it.
func (d *DB) writeGuarded(ctx context.Context, fn transaction) error {
	if !d.dialect.forUpdate || isKept(ctx) {
		return d.writeShort(ctx, fn)
	}
	return d.retry(ctx, func(attempt int) error {
		if attempt > 1 {
			return d.inTransaction(ctx, fn)
		}
		told, err := d.run(ctx, d.bun, true, fn)
		if err == nil {
			d.tell(told)
		}
		return err
	})
}

// effects are what is to be done after a transaction's commit.
type effects struct {
	tenantID int64
	events   eventLog
	summary  *summaryDelta
}

// tell announces the events of a committed transaction, and has its delta folded in time.
func (d *DB) tell(e *effects) {
	if e.events.stored > 0 {
		d.eventHub.announce(e.tenantID)
		d.analyzeLater(e.events.stored)
	}
	if e.summary.erases {
		d.background.sweepSoon()
		d.foldErased(e.tenantID, e.summary.appended)
		return
	}
	d.foldLater(e.tenantID, e.summary.appended)
}

// retry calls attempt until it succeeds or fails for good, at most maxAttempts times.
func (d *DB) retry(ctx context.Context, attempt func(n int) error) error {
	for n := 1; ; n++ {
		err := attempt(n)
		d.health.noteWrite(d.dialect, err)
		if err == nil || n == maxAttempts || MayHaveBeenDone(err) || !(errors.Is(err, errRace) || d.dialect.retryable(err)) {
			return err
		}
		pause := time.NewTimer(time.Duration(rand.Int64N(int64(n) * int64(5*time.Millisecond))))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return fmt.Errorf("%w, after %w", ctx.Err(), err)
		}
	}
}

// inTransaction runs fn in a transaction of its own: on SQLite when its turn has come, on PostgreSQL when the caller's
// share of connections has room for it.
func (d *DB) inTransaction(ctx context.Context, fn transaction) error {
	if d.sharedCommits != nil {
		return d.sharedCommits.writeAlone(ctx, func() error { return d.runTransaction(ctx, fn) })
	}
	end, err := d.quota.admitTransaction(ctx)
	if err != nil {
		return err
	}
	defer end()
	return d.runTransaction(ctx, fn)
}

func (d *DB) runTransaction(ctx context.Context, fn transaction) error {
	var told *effects
	isCommitting := false
	err := d.bun.RunInTx(withTransaction(ctx), nil, func(ctx context.Context, tx bun.Tx) (err error) {
		told, err = d.run(ctx, tx, false, fn)
		isCommitting = err == nil
		return err
	})
	if err == nil {
		d.tell(told)
	} else if isCommitting {
		err = d.dialect.fateOf(err)
	}
	return err
}

// inShortTransaction runs fn in a transaction, on SQLite in one that it shares.
func (d *DB) inShortTransaction(ctx context.Context, fn transaction) error {
	if d.sharedCommits == nil {
		return d.inTransaction(ctx, fn)
	}
	var told *effects
	return d.sharedCommits.write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		told, err = d.run(withTransaction(ctx), tx, false, fn)
		return err
	}, func() { d.tell(told) })
}

// run runs fn in a transaction that the caller has begun, or with isGuarded in none, and returns what is to be told
// after the commit.
func (d *DB) run(ctx context.Context, idb bun.IDB, isGuarded bool, fn transaction) (*effects, error) {
	actor, ok := model.ActorFrom(ctx)
	if !ok {
		return nil, errNoActor
	}
	e := &effects{tenantID: actor.TenantID, summary: &summaryDelta{}}
	s := scope{idb: idb, dialect: d.dialect, ready: d.ready, actor: actor, now: model.Canonical(d.now()),
		events: &e.events, summary: e.summary, written: new(int64), isGuarded: isGuarded, creates: d.creates,
		step: stepOf(ctx)}
	if err := fn(ctx, s); err != nil || isGuarded {
		return e, err
	}
	if err := s.storeSummaryDelta(ctx); err != nil {
		return e, err
	}
	if err := s.storeEvents(ctx); err != nil {
		return e, err
	}
	return e, s.keepResult(ctx)
}
