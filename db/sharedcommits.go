package db

import (
	"context"
	"database/sql"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

const (
	// maxShared is how many transactions share a commit at the most.
	maxShared = 64
	// maxSharedTime is how long they may take together before the last one begins: those that come later, and long
	// transactions, wait no longer.
	maxSharedTime = 20 * time.Millisecond
)

// sharedCommits is who writes next on SQLite, which has one writer. Credentials take turns, so that whatever one of
// them writes, another waits for one transaction of it at the most; those of one credential run in the order in which
// they came. Long transactions run alone. Short ones that wait at the same time run one after the other in one
// transaction of the database, each in a savepoint, and are answered together after its commit: they share the time
// that the disk takes. Each is as it would be alone: it sees what those before it have written, and one that fails is
// rolled back to its savepoint. Where the database ends the whole transaction, each runs again by itself.
type sharedCommits struct {
	begin func(context.Context) (bun.Tx, error)

	mu        sync.Mutex
	waiting   turns
	isRunning bool // a goroutine serves those that wait
	isClosed  bool
	running   sync.WaitGroup
}

// sharedWrite is a transaction that waits for its turn.
type sharedWrite struct {
	ctx context.Context // of the caller
	// run is what a short transaction does; a long one has none, and runs from when granted is closed until done is.
	run       func(context.Context, bun.Tx) error
	granted   chan struct{}
	committed func()      // called after the commit, in the order of the transactions, before the caller is answered
	isTaken   atomic.Bool // by the goroutine that runs it, or by the caller, which has given up
	err       error
	panicked  any
	done      chan struct{} // closed when err and panicked are final
}

// isLong reports whether a transaction runs alone.
func (w *sharedWrite) isLong() bool { return w.run == nil }

// write runs a short transaction and returns its error when it is committed or rolled back. run gets a context that
// does not end: SQLite would roll back the whole transaction for a statement that is interrupted. It may run twice.
// Where ctx has ended before run begins or when it returns, nothing is written.
func (c *sharedCommits) write(ctx context.Context, run func(context.Context, bun.Tx) error, committed func()) error {
	w := &sharedWrite{ctx: ctx, run: run, committed: committed, done: make(chan struct{})}
	if !c.enqueue(w) {
		return sql.ErrConnDone
	}
	select {
	case <-w.done:
	case <-ctx.Done():
		if w.isTaken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		<-w.done
	}
	if w.panicked != nil {
		panic(w.panicked)
	}
	return w.err
}

// writeAlone calls run when its turn has come, and returns its error. Until it returns nothing else is written.
func (c *sharedCommits) writeAlone(ctx context.Context, run func() error) error {
	w := &sharedWrite{ctx: ctx, granted: make(chan struct{}), done: make(chan struct{})}
	if !c.enqueue(w) {
		return sql.ErrConnDone
	}
	select {
	case <-w.granted:
	case <-ctx.Done():
		if w.isTaken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
	}
	defer close(w.done)
	return run()
}

// enqueue adds a transaction to those that wait; not where the database is closed.
func (c *sharedCommits) enqueue(w *sharedWrite) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isClosed {
		return false
	}
	c.waiting.add(callerOf(w.ctx), w)
	if !c.isRunning {
		c.isRunning = true
		c.running.Go(c.serve)
	}
	return true
}

// callerOf returns the key of the credential that a context acts for; of contexts without an actor the same one.
func callerOf(ctx context.Context) string {
	if actor, ok := model.ActorFrom(ctx); ok {
		return actor.CredentialKey()
	}
	return ""
}

// close waits until all transactions have been answered, and refuses later ones.
func (c *sharedCommits) close() {
	c.mu.Lock()
	c.isClosed = true
	c.mu.Unlock()
	c.running.Wait()
}

// serve runs transactions until none waits.
func (c *sharedCommits) serve() {
	for c.isWaiting() {
		w := c.next(false)
		switch {
		case w == nil:
		case w.isLong():
			close(w.granted)
			<-w.done
		default:
			c.commitTogether(w)
		}
	}
}

// isWaiting reports whether a transaction waits; where none does, the goroutine that serves ends.
func (c *sharedCommits) isWaiting() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isRunning = c.waiting.size > 0
	return c.isRunning
}

// next takes the transaction whose turn it is, with shortOnly a short one; nil where there is none.
func (c *sharedCommits) next(shortOnly bool) *sharedWrite {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiting.next(shortOnly)
}

// commitTogether runs a short transaction and others that wait, at most maxShared, and commits them together.
func (c *sharedCommits) commitTogether(w *sharedWrite) {
	tx, err := c.begin(context.Background())
	if err != nil { // another process writes, or the disk fails: so it will for the others
		w.answer(err)
		for range maxShared - 1 {
			if w = c.next(true); w != nil {
				w.answer(err)
			}
		}
		return
	}
	began := time.Now()
	var succeeded []*sharedWrite
	for n := 1; w != nil && w.runIn(tx, len(succeeded) > 0); n++ {
		if w.err == nil && w.panicked == nil {
			succeeded = append(succeeded, w)
		}
		if n == maxShared || time.Since(began) > maxSharedTime {
			break
		}
		w = c.next(true)
	}
	c.finish(tx, succeeded, false)
}

// finish commits the transactions that have succeeded and answers them. Where the commit fails each runs again by
// itself, so that one cannot fail the others, unless it has run alone, or they may have been written all the same.
func (c *sharedCommits) finish(tx bun.Tx, succeeded []*sharedWrite, isAlone bool) {
	if len(succeeded) == 0 {
		_ = tx.Rollback() // nothing depends on it
		return
	}
	err := tx.Commit()
	if err != nil && !isAlone && !MayHaveBeenDone(err) {
		for _, w := range succeeded {
			c.runAlone(w)
		}
		return
	}
	for _, w := range succeeded {
		if err == nil {
			w.committed()
		}
	}
	for _, w := range succeeded {
		w.answer(err)
	}
}

// runAlone runs a transaction by itself.
func (c *sharedCommits) runAlone(w *sharedWrite) {
	tx, err := c.begin(context.Background())
	if err != nil {
		w.answer(err)
		return
	}
	if w.runIn(tx, false) {
		c.finish(tx, []*sharedWrite{w}, true)
	} else {
		c.finish(tx, nil, true)
	}
}

// The statements around a transaction that follows others. They are prepared, too: see sqliteConn.
const (
	savepoint         = "SAVEPOINT shared"
	releaseSavepoint  = "RELEASE shared"
	rollbackSavepoint = "ROLLBACK TO shared"
)

// runIn runs a transaction. Where it fails it is answered and what it wrote is rolled back: to its savepoint where
// others went before it, otherwise by the caller. It reports whether tx can go on.
func (w *sharedWrite) runIn(tx bun.Tx, isAfterOthers bool) bool {
	if isAfterOthers {
		if _, err := tx.Tx.Exec(savepoint); err != nil {
			w.answer(err)
			return false
		}
	}
	w.tryIn(tx)
	if w.err == nil && w.panicked == nil {
		if isAfterOthers {
			if _, err := tx.Tx.Exec(releaseSavepoint); err != nil {
				w.answer(err)
				return false
			}
		}
		return true
	}
	canGoOn := false
	if isAfterOthers {
		_, rolledBack := tx.Tx.Exec(rollbackSavepoint)
		_, released := tx.Tx.Exec(releaseSavepoint)
		canGoOn = rolledBack == nil && released == nil
	}
	w.answer(w.err)
	return canGoOn
}

// tryIn calls run and sets err or panicked.
func (w *sharedWrite) tryIn(tx bun.Tx) {
	defer func() {
		if p := recover(); p != nil {
			w.panicked = fmt.Sprintf("%v\n%s", p, debug.Stack())
		}
	}()
	w.err = w.ctx.Err()
	if w.err == nil {
		w.err = w.run(context.WithoutCancel(w.ctx), tx)
	}
	if w.err == nil {
		w.err = w.ctx.Err()
	}
}

// answer lets the caller go on with an error, nil where the transaction is committed.
func (w *sharedWrite) answer(err error) {
	w.err = err
	close(w.done)
}
