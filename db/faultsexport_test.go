package db

import (
	"context"
	"database/sql"
	"os"
)

// SetMaxWAL sets the size above which SQLite's log is emptied, for a test.
func SetMaxWAL(d *DB, size int64) { d.pools.wal.max.Store(size) }

// WALSize returns the size of SQLite's log.
func WALSize(d *DB) int64 {
	info, err := os.Stat(d.pools.wal.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// ReadWhile reads rows of a query on a connection that reads, and calls fn before they are at their end.
func ReadWhile(ctx context.Context, d *DB, query string, fn func()) error {
	rows, err := d.pools.reader.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err has its error
	rows.Next()
	fn()
	return rows.Err()
}

// ExecToWrite runs a statement on a connection that writes.
func ExecToWrite(ctx context.Context, d *DB, statement string) error {
	_, err := d.pools.writer.ExecContext(ctx, statement)
	return err
}

// HoldConnections takes all connections that read and write, until release is called.
func HoldConnections(ctx context.Context, d *DB) (release func(), err error) {
	var held []*sql.Conn
	release = func() {
		for _, conn := range held {
			_ = conn.Close()
		}
	}
	for _, pool := range []*sql.DB{d.pools.reader, d.pools.writer} {
		for range pool.Stats().MaxOpenConnections {
			conn, err := pool.Conn(ctx)
			if err != nil {
				release()
				return nil, err
			}
			held = append(held, conn)
		}
	}
	return release, nil
}

// LockTimeouts returns how long sessions on PostgreSQL wait for locks: those that read, that write, and that are
// reserved.
func LockTimeouts(ctx context.Context, d *DB) (timeouts []string, err error) {
	for _, pool := range []*sql.DB{d.pools.reader, d.pools.writer, d.pools.reserved} {
		var timeout string
		if err := pool.QueryRowContext(ctx, "SHOW lock_timeout").Scan(&timeout); err != nil {
			return nil, err
		}
		timeouts = append(timeouts, timeout)
	}
	return timeouts, nil
}

// Writing returns how many connections that write are in use.
func Writing(d *DB) int { return d.pools.writer.Stats().InUse }
