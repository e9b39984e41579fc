package fill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"callbook/db"
)

// sqlite fills SQLite by prepared inserts, each table in one transaction, without waiting for the disk and without
// checking foreign keys.
type sqlite struct {
	pool *sql.DB
	postponed
}

func openSQLite(ctx context.Context, path string) (*sqlite, error) {
	own, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // Callbook warns of files that others may read
	if err != nil {
		return nil, err
	}
	if err := own.Close(); err != nil {
		return nil, err
	}
	pool, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)"+
		"&_pragma=synchronous(OFF)&_pragma=cache_size(-400000)&_pragma=wal_autocheckpoint(20000)")
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	return &sqlite{pool: pool}, pool.PingContext(ctx)
}

func (s *sqlite) hold(ctx context.Context, later []db.Migration) error {
	s.later = later
	if len(later) == 0 {
		return nil
	}
	if _, err := s.pool.ExecContext(ctx, fmt.Sprintf(held, "", "TEXT", " STRICT")); err != nil {
		return err
	}
	for _, m := range later {
		_, err := s.pool.ExecContext(ctx, "INSERT INTO schema_migrations VALUES (?, ?, ?)", m.Version, m.Name,
			sqliteTime(time.Now()))
		if err != nil {
			return err
		}
	}
	return nil
}

// begin drops all indexes but those of primary keys and other constraints.
func (s *sqlite) begin(ctx context.Context) error {
	rows, err := s.pool.QueryContext(ctx, "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
	if err != nil {
		return err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name, definition string
		if err := rows.Scan(&name, &definition); err != nil {
			return err
		}
		names, s.indexes = append(names, name), append(s.indexes, definition)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, name := range names {
		if _, err := s.pool.ExecContext(ctx, "DROP INDEX "+name); err != nil {
			return err
		}
	}
	return nil
}

func (s *sqlite) load(ctx context.Context, t table, done func(rows int)) error {
	tx, err := s.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	places := strings.TrimSuffix(strings.Repeat("?, ", len(t.columns)), ", ")
	insert, err := tx.PrepareContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", t.name,
		strings.Join(t.columns, ", "), places))
	if err != nil {
		return err
	}
	defer insert.Close()
	n := 0
	for r := range t.rows {
		for i, value := range r {
			switch v := value.(type) {
			case time.Time:
				r[i] = sqliteTime(v)
			case raw:
				r[i] = string(v)
			}
		}
		if _, err := insert.ExecContext(ctx, r...); err != nil {
			return err
		}
		if n++; n%progressStep == 0 {
			done(n)
		}
	}
	done(n)
	return tx.Commit()
}

// sqliteTime returns a time as package db stores it.
func sqliteTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.999999-07:00") }

// transcripts returns nothing: a later migration writes the index.
func (s *sqlite) transcripts(rows) []table { return nil }

func (s *sqlite) finish(ctx context.Context) error {
	statements := s.indexes
	if len(s.later) > 0 {
		statements = append(statements, fmt.Sprintf("DELETE FROM schema_migrations WHERE version > %d", baseSchema))
	}
	for _, statement := range append(statements, "PRAGMA wal_checkpoint(TRUNCATE)") {
		if _, err := s.pool.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func (s *sqlite) close() error { return s.pool.Close() }
