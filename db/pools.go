package db

import (
	"database/sql"
	"errors"

	"github.com/uptrace/bun"
)

// The numbers of connections that a process has, where Options do not say otherwise.
const (
	DefaultReadConnections  = 16
	DefaultWriteConnections = 12 // on PostgreSQL; on SQLite one connection writes
	// reservedConnections are those for sign-in and readiness.
	reservedConnections = 4
)

// pools are the connections to a database, by what they are for. None waits for another: a transaction reads on its own
// connection.
type pools struct {
	writer   *sql.DB // transactions, and statements that write
	reader   *sql.DB // reads outside of transactions
	reserved *sql.DB // sign-in and readiness
	// readShare and writeShare are how many connections of a pool one credential may use: one operation may have fifty
	// root fields, each of which reads, while others must be served. writeShare is 0 where one connection writes.
	readShare, writeShare int
	sessions              *sessions     // of PostgreSQL; nil on SQLite
	file                  *databaseFile // of SQLite; nil on PostgreSQL
	wal                   *walKeeper    // of SQLite; nil on PostgreSQL
}

// shareToRead returns how many of a number of connections one credential may read on: three in four, at least one.
func shareToRead(connections int) int { return max(1, connections-max(1, connections/4)) }

// shareToWrite returns how many of a number of connections one credential may have transactions on: half, at least one.
// The creates of its tenant may use maxGroupsBeyond more.
func shareToWrite(connections int) int { return max(1, connections/2) }

// setSize has a pool keep so many connections open.
func setSize(pool *sql.DB, connections int) {
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
}

// close closes all connections.
func (p *pools) close() error {
	var errs []error
	if p.wal != nil {
		p.wal.close()
	}
	for _, pool := range []*sql.DB{p.reserved, p.reader, p.writer} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

// newReserved returns a database for the reads of sign-in, on the reserved connections: floods of operations cannot
// keep callers from signing in.
func (d *DB) newReserved(o Options, check guard) (*DB, error) {
	quota := newReservedQuota()
	reserved := &DB{pools: d.pools, reader: d.pools.reserved, dialect: d.dialect, now: d.now}
	reserved.bun = bun.NewDB(d.pools.reserved, d.dialect.bun()).WithQueryHook(check).WithQueryHook(quota)
	var err error
	reserved.ready, err = newReadyTexts(reserved.bun, reserved.reader, check, quota, d.dialect.readyOptions(o.DSN))
	return reserved, err
}
