package db

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// readyTimeout is how long the database has to say that it is ready.
const readyTimeout = 1500 * time.Millisecond

// ErrNotReady says that the database cannot be used as it should: reads or writes fail. Its text is for operators, and
// has nothing of the data.
var ErrNotReady = errors.New("the database is not ready")

// health knows whether writes fail.
type health struct {
	asking     singleflight.Group // one question at a time
	writeFault atomic.Bool        // the last write failed because the database takes none
}

func newHealth() *health { return &health{} }

// noteWrite remembers what came of a write.
func (h *health) noteWrite(d *dialect, err error) {
	switch {
	case err == nil:
		if h.writeFault.Load() {
			h.writeFault.Store(false)
		}
	case d.cannotWrite(err):
		h.writeFault.Store(true)
	}
}

// Ready returns an error, which is ErrNotReady, within two seconds where the database does not answer reads, or takes
// no writes: a server that is read-only, a disk that is full, a file of SQLite that was deleted or replaced. It uses
// connections of its own, so a server that is busy is ready, and so is one with a table that somebody has locked. It
// takes one statement, and writes one row of no meaning where the last write has failed. It may be called by anybody
// and as often as they like: those who ask at the same time get one answer.
func (d *DB) Ready(ctx context.Context) error {
	answer := d.health.asking.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
		defer cancel()
		return nil, d.checkReady(ctx)
	})
	select {
	case result := <-answer:
		return result.Err
	case <-ctx.Done():
		return notReady(ctx.Err())
	}
}

func notReady(err error) error { return fmt.Errorf("%w: %w", ErrNotReady, err) }

var errReadOnly = errors.New("the server is read-only")

func (d *DB) checkReady(ctx context.Context) error {
	if file := d.pools.file; file != nil {
		if err := file.check(); err != nil {
			return notReady(err)
		}
	}
	var isReadOnly bool
	if err := d.pools.reserved.QueryRowContext(ctx, d.dialect.isReadOnly).Scan(&isReadOnly); err != nil {
		return notReady(err)
	}
	if isReadOnly {
		if sessions := d.pools.sessions; sessions != nil {
			sessions.end() // the next ones may find a primary
		}
		return notReady(errReadOnly)
	}
	if !d.health.writeFault.Load() {
		return nil
	}
	switch err := d.tryWrite(ctx); {
	case errors.Is(err, context.DeadlineExceeded):
		return nil // others write
	case err != nil:
		return notReady(err)
	}
	d.health.writeFault.Store(false)
	return nil
}

// tryWrite returns an error where the database takes no writes.
func (d *DB) tryWrite(ctx context.Context) error {
	if file := d.pools.file; file != nil {
		if err := file.checkSpace(); err != nil {
			return err
		}
	}
	tx, err := d.pools.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE schema_migrations SET name = name WHERE version = 1")
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
