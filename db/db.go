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
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"
)

// DB is an open database whose schema is up to date.
type DB struct {
	bun      *bun.DB
	reader   *sql.DB
	dialect  *dialect
	now      func() time.Time
	watchers *watchers
	ready    *readyTexts
	// sharedCommits runs short transactions on SQLite; nil on PostgreSQL.
	sharedCommits *sharedCommits
	folder        *folder
	creates       *createGroups
	claims        *processClaims
	background    *background
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
	return d, nil
}

func connect(ctx context.Context, o Options) (*DB, error) {
	dialect, err := dialectOf(o.DSN)
	if err != nil {
		return nil, err
	}
	writer, reader, err := dialect.open(ctx, o.DSN)
	if err != nil {
		return nil, err
	}
	d := &DB{reader: reader, dialect: dialect, now: o.Now, watchers: &watchers{all: map[*CallWatcher]bool{}},
		folder: newFolder(), claims: newProcessClaims(), background: newBackground()}
	if d.now == nil {
		d.now = time.Now
	}
	check, quota := guard{dialect.tenantTables}, newConnectionQuota()
	d.bun = bun.NewDB(writer, dialect.bun(), bun.WithConnResolver(readers{reader})).
		WithQueryHook(check).WithQueryHook(quota)
	if !dialect.forUpdate {
		d.sharedCommits = &sharedCommits{begin: func(ctx context.Context) (bun.Tx, error) { return d.bun.BeginTx(ctx, nil) }}
	}
	d.creates = newCreateGroups(d.foldLater)
	d.ready, err = newReadyTexts(d.bun, reader, check, quota, dialect.readyOptions(o.DSN))
	return d, err
}

// Close waits for short writes, ends what runs in the background, and closes the writing and the reading connections:
// bun closes its resolver, too.
func (d *DB) Close() error {
	if d.sharedCommits != nil {
		d.sharedCommits.close()
	}
	d.folder.close()
	d.background.close()
	return d.bun.Close()
}

// Ping returns an error where the database does not answer reads; it does not wait for writers.
func (d *DB) Ping(ctx context.Context) error { return d.reader.PingContext(ctx) }

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
func (d *DB) IsUnavailable(err error) bool { return d.dialect.isUnavailable(err) }
