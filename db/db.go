// Package db holds all SQL. There is a file for each noun, and every query starts in scope.go. dialect.go lists what
// differs between the engines; sqlite.go, with sqlitefunc.go, and postgres.go say how, transcriptindex.go how they
// index transcripts.
//
// A method acts for the actor of its context, within its tenant, and fails where there is none. Errors that the
// caller can understand are model.Error and model.Errors; doc comments name their codes. A doc comment also says how
// many SQL statements a method takes, BEGIN and COMMIT aside. A transaction that changes what summaries count
// (summaries.go) takes one more, and so does every transaction under WithClaim.
package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"
)

// DB is an open database whose schema is up to date.
type DB struct {
	bun      *bun.DB // on the connections that write; its reads go to reader
	reader   *sql.DB
	pools    *pools
	reserved *DB // for the reads of sign-in
	quota    connectionQuota
	health   *health
	dialect  *dialect
	now      func() time.Time
	// lockClock measures for how long batches hold locks; time.Now but for tests.
	lockClock func() time.Time
	lockLimit time.Duration // for how long they may
	eventAge  time.Duration // for how long events are kept
	eventHub  *eventHub
	ready     *readyTexts
	// sharedCommits runs short transactions on SQLite; nil on PostgreSQL.
	sharedCommits *sharedCommits
	folder        *folder
	changed       atomic.Int64 // rows since analyzeNew
	creates       *createGroups
	claims        *processClaims
	background    *background
	fileFolder    fileFolder
	secrets       sync.Map // of links, by tenant
	jobsChanged   chan struct{}
}

// Describe returns a name of a database without user, password and parameters.
func Describe(dsn string) string {
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		return "sqlite:" + path
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return "PostgreSQL"
	}
	return fmt.Sprintf("PostgreSQL, %s on %s", config.Database, config.Host)
}

// Options say which database to open.
type Options struct {
	DSN string           // sqlite:PATH or postgres://…
	Now func() time.Time // the clock; time.Now where nil
	// ReadConnections and WriteConnections are how many connections the process has to read and to write, beside a few for
	// sign-in and readiness; the defaults where 0. On SQLite one connection writes.
	ReadConnections, WriteConnections int
	// LockTime is for how long a batch may hold locks; a second where 0. Tests, which may run on machines many times
	// slower, have more.
	LockTime time.Duration
	// EventAge is for how long events are kept; DefaultEventAge where 0.
	EventAge time.Duration
	// Files is a folder for the bytes of files, which processes on one database share; in the database where empty.
	Files string
}

func orDefault(n, otherwise int) int {
	if n <= 0 {
		return otherwise
	}
	return n
}

// Open opens the database and applies the migrations that are missing. Errors are one line for a person to read,
// without secrets.
func Open(ctx context.Context, o Options) (*DB, error) {
	d, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	if _, err := d.migrate(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	d.background.every(sweepInterval, d.sweep)
	d.background.everyOr(sweepInterval, d.background.erased, d.sweepFiles)
	d.background.every(sweepInterval, d.sweepEvents)
	return d, nil
}

func connect(ctx context.Context, o Options) (*DB, error) {
	dialect, err := dialectOf(o.DSN)
	if err != nil {
		return nil, err
	}
	folder, err := newFileFolder(o.Files)
	if err != nil {
		return nil, err
	}
	p, err := dialect.open(ctx, o)
	if err != nil {
		return nil, err
	}
	d := &DB{pools: p, reader: p.reader, dialect: dialect, now: o.Now,
		lockClock: time.Now, lockLimit: cmp.Or(o.LockTime, maxLockTime),
		eventAge: cmp.Or(o.EventAge, DefaultEventAge), folder: newFolder(), health: newHealth(),
		quota:  newConnectionQuota(p),
		claims: newProcessClaims(), background: newBackground(),
		fileFolder: folder, jobsChanged: make(chan struct{}, 1)}
	if d.now == nil {
		d.now = time.Now
	}
	d.eventHub = newEventHub(d, o.DSN)
	check := guard{dialect.tenantTables}
	d.bun = bun.NewDB(p.writer, dialect.bun(), bun.WithConnResolver(readers{p.reader})).
		WithQueryHook(check).WithQueryHook(d.quota)
	if !dialect.forUpdate {
		d.sharedCommits = &sharedCommits{begin: func(ctx context.Context) (bun.Tx, error) { return d.bun.BeginTx(ctx, nil) }}
	}
	d.creates = newCreateGroups(d.foldLater)
	d.ready, err = newReadyTexts(d.bun, p.reader, check, d.quota, dialect.readyOptions(o.DSN))
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	d.reserved, err = d.newReserved(o, check)
	return d, err
}

// Close ends what runs in the background, waits for short writes, and closes all connections.
func (d *DB) Close() error {
	d.folder.close()
	d.background.close()
	if d.sharedCommits != nil {
		d.sharedCommits.close()
	}
	return errors.Join(d.pools.close(), d.bun.Close())
}

// Analyze refreshes the statistics by which queries are planned, of all tenants. It is useful after many rows were
// written. It takes one statement.
func (d *DB) Analyze(ctx context.Context) error {
	_, err := d.bun.ExecContext(ctx, "ANALYZE")
	return err
}

// readers sends the reads that run outside a transaction to a pool of their own.
type readers struct{ *sql.DB }

func (r readers) ResolveConn(_ context.Context, query bun.Query) bun.IConn {
	if query != nil && query.Operation() == "SELECT" {
		return r.DB
	}
	return nil
}

// IsUnavailable reports whether an error says that the database cannot be used for reasons that pass.
func (d *DB) IsUnavailable(err error) bool {
	return MayHaveBeenDone(err) || d.dialect.isUnavailable(err) || errors.Is(err, errRace) ||
		errors.Is(err, sql.ErrConnDone)
}
