package db

import (
	"context"
	"errors"
	"time"

	"callbook/model"
)

const (
	// maxLockTime is how long a batch may hold SQLite's write lock, or locks of rows on PostgreSQL, for which others wait:
	// a write that waits behind some of them is answered while its sender still waits. A thousand rows, with their tags
	// and history, take 0.03 to 0.15 s of a processor, so that they are written on a machine that is five times slower,
	// too.
	maxLockTime = time.Second
	// writeChunk is how many rows are written at most between two looks at the clock.
	writeChunk = 1000
)

// errLockTime ends a batch that has held locks for maxLockTime.
var errLockTime = errors.New("db: a batch held locks for too long")

// lockTime measures for how long the transaction of a batch holds locks, and ends its statements when that has been too
// long. Methods do nothing on nil, which is of transactions that are not limited.
type lockTime struct {
	clock   func() time.Time
	limit   time.Duration
	end     context.CancelCauseFunc // of the context of its statements
	asked   int                     // how many rows the transaction is to write, without what hangs on them
	written int                     // how many rows it has written, of all tables
	began   time.Time               // zero while it holds no locks
	timer   *time.Timer
}

// limitLocks returns the context of the statements of a batch's transaction that is to write some rows, and what
// measures its locks, which must be stopped.
func (d *DB) limitLocks(ctx context.Context, asked int) (context.Context, *lockTime) {
	ctx, end := context.WithCancelCause(ctx)
	return ctx, &lockTime{clock: d.lockClock, limit: d.lockLimit, end: end, asked: asked}
}

// begin begins the time, unless it has begun: on SQLite when the transaction begins, on PostgreSQL when it has the
// locks for which it had to wait.
func (l *lockTime) begin() {
	if l == nil || !l.began.IsZero() {
		return
	}
	l.began = l.clock()
	l.timer = time.AfterFunc(l.limit, func() { l.end(errLockTime) })
}

// check returns errLockTime where the locks have been held for too long.
func (l *lockTime) check() error {
	if l == nil {
		return nil
	}
	l.begin()
	if l.held() > l.limit {
		l.end(errLockTime)
		return errLockTime
	}
	return nil
}

// held returns how long locks have been held.
func (l *lockTime) held() time.Duration {
	if l == nil || l.began.IsZero() {
		return 0
	}
	return l.clock().Sub(l.began)
}

// wrote counts rows that have been written.
func (l *lockTime) wrote(rows int) {
	if l != nil {
		l.written += rows
	}
}

// stop ends the measurement.
func (l *lockTime) stop() {
	if l.timer != nil {
		l.timer.Stop()
	}
	l.end(nil)
}

// explain returns an error of the transaction's work; LIMIT_EXCEEDED where that is errLockTime, or follows from it.
func (l *lockTime) explain(ctx context.Context, err error, policy model.BatchPolicy) error {
	if err == nil || !errors.Is(err, errLockTime) && !errors.Is(context.Cause(ctx), errLockTime) {
		return err
	}
	advice := "write fewer rows at once"
	if policy != model.BatchPolicyValidRows {
		advice += ", or under the policy VALID_ROWS, which writes in steps"
	}
	return errors.Join(errLockTime, model.LimitPassed("the batch of %d rows held locks for %v, for which others wait, at"+
		" most %v; it had written %d rows by then, with what belongs to them, and none of it is kept; %s", l.asked,
		l.held().Round(10*time.Millisecond), l.limit, l.written, advice))
}
