package db

import (
	"context"
	"database/sql"
	"reflect"
	"time"

	"github.com/uptrace/bun"
)

// writeShape identifies a statement that writes and whose text depends on nothing else.
type writeShape struct {
	name    string       // of the statement
	row     reflect.Type // of the table
	columns columnSet    // that it writes
}

// writeText returns the text of a shape, which build makes. It is rendered and checked by the guard once, while
// it is among the maxReadyTexts that were used last. It returns errUnscoped where the guard refuses it.
func (r *readyTexts) writeText(sh writeShape, build func() string) (string, error) {
	if text, ok := r.writes.Get(sh); ok {
		return text, nil
	}
	text := build()
	if !isScoped(text, r.guard.tables) {
		return "", errUnscoped
	}
	r.writes.Add(sh, text)
	return text, nil
}

// execReady runs a statement that writes, whose arguments are the tenant and args, and returns how many rows it has
// written. It takes one statement. It returns errRace where a key is taken.
func (s scope) execReady(ctx context.Context, sh writeShape, build func() string, args ...any) (int64, error) {
	text, err := s.ready.writeText(sh, build)
	if err != nil {
		return 0, err
	}
	if err := s.locks.check(); err != nil {
		return 0, err
	}
	defer s.admitReadyWrite(ctx)()
	n, err := s.runReady(ctx, text, s.writeArguments(args))
	s.locks.wrote(int(n))
	return n, err
}

// queryReady runs a statement that writes and returns rows, each of which scan reads. It takes one statement.
func (s scope) queryReady(ctx context.Context, sh writeShape, build func() string, scan func(*sql.Rows) error,
	args ...any,
) error {
	text, err := s.ready.writeText(sh, build)
	if err != nil {
		return err
	}
	if err := s.locks.check(); err != nil {
		return err
	}
	defer s.admitReadyWrite(ctx)()
	rows, err := s.readyConn().QueryContext(ctx, text, s.writeArguments(args)...)
	if err != nil {
		return s.fateOf(err)
	}
	defer func() { _ = rows.Close() }() // Err has its error
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
		s.locks.wrote(1)
	}
	return s.fateOf(rows.Err())
}

// admitReadyWrite is admitReady for a statement that writes.
func (s scope) admitReadyWrite(ctx context.Context) (release func()) {
	countStatement(ctx)
	if release := s.ready.quota.acquireToWrite(ctx); release != nil {
		return release
	}
	return func() {}
}

// fateOf returns the error of a statement that writes, as dialect.fateOf does where it is its own transaction.
func (s scope) fateOf(err error) error {
	if s.isGuarded && !s.dialect.retryable(err) {
		return s.dialect.fateOf(err)
	}
	return err
}

// readyConn is what runs ready statements that write.
type readyConn interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

// readyConn returns the transaction, or the pool where there is none.
func (s scope) readyConn() readyConn {
	if tx, ok := s.idb.(bun.Tx); ok {
		return tx.Tx
	}
	return s.ready.bun.DB
}

func (s scope) runReady(ctx context.Context, text string, args []any) (int64, error) {
	result, err := s.readyConn().ExecContext(ctx, text, args...)
	if s.dialect.isDuplicate(err) {
		return 0, errRace
	}
	if err != nil {
		return 0, s.fateOf(err)
	}
	return result.RowsAffected()
}

// writeArguments returns all arguments of a statement that writes, as the driver takes them.
func (s scope) writeArguments(args []any) []any {
	all := make([]any, 0, len(s.ready.options)+1+len(args))
	all = append(append(all, s.ready.options...), s.actor.TenantID)
	for _, arg := range args {
		if at, isTime := arg.(time.Time); isTime {
			arg = s.dialect.timeArgument(at)
		}
		all = append(all, arg)
	}
	return all
}
