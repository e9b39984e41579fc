package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

const (
	// maxWAL is the size of SQLite's write-ahead log, in bytes, above which it is emptied.
	maxWAL = 16 << 20
	// walCheckInterval is the least time between two looks at its size.
	walCheckInterval = 50 * time.Millisecond
	// minCheckpointWait is how long a first attempt to empty it takes at the most: it holds up writers until the reads
	// under way have ended. The next take twice as long each; writers have as much time in between.
	minCheckpointWait = 250 * time.Millisecond
	maxCheckpointWait = 2 * time.Second
)

// walKeeper empties SQLite's write-ahead log where it has grown. SQLite by itself begins anew at its start only when
// nobody reads while somebody writes, so that it grows for as long as reads overlap.
type walKeeper struct {
	path    string  // of the log
	writer  *sql.DB // the one connection that writes
	max     atomic.Int64
	checked atomic.Int64 // when its size was last looked at, in nanoseconds since 1970
	grown   chan struct{}
	ctx     context.Context // ends when the database is closed
	stop    context.CancelFunc
	done    chan struct{}
}

func newWALKeeper(databasePath string) *walKeeper {
	k := &walKeeper{path: databasePath + "-wal", grown: make(chan struct{}, 1), done: make(chan struct{})}
	k.max.Store(maxWAL)
	k.ctx, k.stop = context.WithCancel(context.Background())
	return k
}

// start begins to empty the log on the connection that writes.
func (k *walKeeper) start(writer *sql.DB) {
	k.writer = writer
	go k.run()
}

// close ends an attempt that is under way, and the keeper.
func (k *walKeeper) close() {
	k.stop()
	if k.writer != nil {
		<-k.done
	}
}

// committed has the log emptied in the background where it has grown too large. It is called after each commit.
func (k *walKeeper) committed() {
	now := time.Now().UnixNano()
	last := k.checked.Load()
	if now-last < int64(walCheckInterval) || !k.checked.CompareAndSwap(last, now) || !k.isLarge() {
		return
	}
	select {
	case k.grown <- struct{}{}:
	default: // it knows
	}
}

func (k *walKeeper) isLarge() bool {
	info, err := os.Stat(k.path)
	return err == nil && info.Size() > k.max.Load()
}

func (k *walKeeper) run() {
	defer close(k.done)
	for {
		select {
		case <-k.grown:
			k.empty()
		case <-k.ctx.Done():
			return
		}
	}
}

// empty tries to empty the log until it has been.
func (k *walKeeper) empty() {
	for wait := minCheckpointWait; k.ctx.Err() == nil; wait = min(2*wait, maxCheckpointWait) {
		isDone, err := k.checkpoint(wait)
		if isDone {
			return
		}
		if err != nil && k.ctx.Err() == nil {
			slog.Warn("the write-ahead log of SQLite could not be emptied", "error", err)
		}
		pause := time.NewTimer(wait)
		select {
		case <-pause.C:
		case <-k.ctx.Done():
			pause.Stop()
		}
	}
}

// checkpoint writes the log to the database and empties it, and reports whether it has: not where readers took longer
// than wait.
func (k *walKeeper) checkpoint(wait time.Duration) (isDone bool, err error) {
	conn, err := k.writer.Conn(k.ctx)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close() }() // back to the pool
	if err := setBusyTimeout(k.ctx, conn, wait); err != nil {
		return false, err
	}
	var isBusy, pages, written int
	err = conn.QueryRowContext(k.ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&isBusy, &pages, &written)
	isDone = err == nil && isBusy == 0
	return isDone, errors.Join(err, setBusyTimeout(context.WithoutCancel(k.ctx), conn, sqliteBusyTimeout))
}

// setBusyTimeout sets how long statements of a connection wait for locks.
func setBusyTimeout(ctx context.Context, conn *sql.Conn, timeout time.Duration) error {
	_, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", timeout.Milliseconds()))
	return err
}
