// Package db holds all SQL. One file a noun; what differs between the engines is in dialect.go, and every query starts in scope.go.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"

	"callbook/model"
)

// DB is an open database whose schema is up to date.
type DB struct {
	bun      *bun.DB
	reader   *sql.DB
	dialect  *dialect
	now      func() time.Time
	watchers *watchers
}

// Describe names a database without user, password and parameters.
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

// Options say which database to open, and how.
type Options struct {
	DSN string           // sqlite:PATH or postgres://…
	Now func() time.Time // the clock; time.Now where nil
}

// Open opens the database and brings its schema up to date. Errors are one line for a person to read, without secrets.
func Open(ctx context.Context, o Options) (*DB, error) {
	d, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	if _, err := d.migrate(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
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
	d := &DB{reader: reader, dialect: dialect, now: o.Now, watchers: &watchers{all: map[*CallWatcher]bool{}}}
	if d.now == nil {
		d.now = time.Now
	}
	d.bun = bun.NewDB(writer, dialect.bun(), bun.WithConnResolver(readers{reader})).WithQueryHook(guard{}).WithQueryHook(&shares{by: map[string]*share{}})
	return d, nil
}

// Close closes all connections.
func (d *DB) Close() error { return d.bun.Close() } // and, as its resolver, the readers

// Ping tells whether the database answers reads; it does not wait for writers.
func (d *DB) Ping(ctx context.Context) error { return d.reader.PingContext(ctx) }

// Analyze refreshes the statistics by which queries are planned; worth its while after many rows were written.
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

// IsUnavailable tells whether the database could not be used for reasons that pass.
func (d *DB) IsUnavailable(err error) bool { return d.dialect.isUnavailable(err) }

// maxAttempts bounds how often a transaction that lost a race is run again.
const maxAttempts = 12

// errRace says that another transaction wrote the same key first; running again finds its row.
var errRace = errors.New("db: lost a race for a key")

// write runs fn in a transaction of the actor's tenant, and again where the engine asks for it. fn may run several times.
func (d *DB) write(ctx context.Context, fn func(context.Context, scope) error) error {
	actor, ok := model.ActorFrom(ctx)
	if !ok {
		return errNoActor
	}
	for attempt := 1; ; attempt++ {
		var changes []*model.CallChange
		err := d.bun.RunInTx(context.WithValue(ctx, inTransaction{}, true), nil, func(ctx context.Context, tx bun.Tx) error {
			s := scope{idb: tx, dialect: d.dialect, actor: actor, now: model.Canonical(d.now()), changes: &changes}
			if err := fn(ctx, s); err != nil {
				return err
			}
			return s.noteKey(ctx)
		})
		if err == nil {
			d.watchers.publish(changes)
		}
		if err == nil || attempt == maxAttempts || !(errors.Is(err, errRace) || d.dialect.retryable(err)) {
			return err
		}
		pause := time.NewTimer(time.Duration(rand.Int64N(int64(attempt) * int64(5*time.Millisecond))))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return fmt.Errorf("%w, after %w", ctx.Err(), err)
		}
	}
}
