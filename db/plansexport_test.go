package db

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
)

// ReadyPlans returns the plans of all texts that are kept ready, by text: those that the engine makes for any values.
// PostgreSQL avoids reading tables whole, as it would by itself where they are large.
func ReadyPlans(ctx context.Context, d *DB) (plans map[string]string, err error) {
	conn, err := d.reader.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	plans = map[string]string{}
	for _, ready := range d.ready.byShape.Values() {
		text := ready.sql
		explain := "EXPLAIN QUERY PLAN " + text
		if d.dialect == postgresDialect {
			prepare := "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; PREPARE explained AS " + text
			if _, err := conn.ExecContext(ctx, prepare); err != nil {
				return nil, err
			}
			explain = "EXPLAIN (COSTS OFF) EXECUTE explained (NULL" + strings.Repeat(", NULL", countParameters(text)-1) + ")"
		}
		var args []any
		if d.dialect == sqliteDialect {
			args = make([]any, countParameters(text))
		}
		if plans[text], err = linesOf(ctx, conn, explain, args...); err != nil {
			return nil, err
		}
		if d.dialect == postgresDialect {
			if _, err := conn.ExecContext(ctx, "DEALLOCATE explained; RESET ALL"); err != nil {
				return nil, err
			}
		}
	}
	return plans, nil
}

// countParameters returns how many parameters a text has.
func countParameters(text string) (n int) {
	for strings.Contains(text, "$"+strconv.Itoa(n+1)) {
		n++
	}
	return n
}

// linesOf returns the last column of what a query returns, a row a line.
func linesOf(ctx context.Context, conn *sql.Conn, query string, args ...any) (lines string, err error) {
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	values := make([]any, len(columns))
	var line string
	for i := range values {
		values[i] = new(any)
	}
	values[len(values)-1] = &line
	for rows.Next() {
		if err := rows.Scan(values...); err != nil {
			return "", err
		}
		lines += line + "\n"
	}
	return lines, rows.Err()
}

// CallsPlan returns the plan of the statement that reads a page of calls, or that counts them.
func (d *DB) CallsPlan(ctx context.Context, q CallQuery, count bool) (string, error) {
	q.First = firstOf(count)
	return lastPlan(ctx, d, d.Calls, q, count)
}

// RecordsPlan returns the plan of the statement that reads a page of records, or that counts them.
func (d *DB) RecordsPlan(ctx context.Context, q RecordQuery, count bool) (string, error) {
	q.First = firstOf(count)
	return lastPlan(ctx, d, d.CallRecords, q, count)
}

// firstOf returns the length of a page, whose rows are counted by a statement of their own where none is shown.
func firstOf(count bool) *int {
	if count {
		return new(0)
	}
	return nil
}

// counted is a page whose rows can be counted.
type counted interface {
	TotalCount(ctx context.Context) (int, error)
}

// lastPlan returns the plan of the statement that read runs, or of the one that counts.
func lastPlan[Q any, P counted](ctx context.Context, d *DB, read func(context.Context, Q) (P, error), q Q, count bool,
) (string, error) {
	var last lastStatement
	d.bun = d.bun.WithQueryHook(&last)
	page, err := read(ctx, q)
	if err != nil {
		return "", err
	}
	if count {
		if _, err := page.TotalCount(ctx); err != nil {
			return "", err
		}
	}
	explain := "EXPLAIN QUERY PLAN "
	if d.dialect.columnTypes.IsPostgres {
		explain = "EXPLAIN "
	}
	rows, err := d.reader.QueryContext(ctx, explain+last.query)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var line string
		var ignored any
		targets := []any{&line}
		if !d.dialect.columnTypes.IsPostgres {
			targets = []any{&ignored, &ignored, &ignored, &line}
		}
		if err := rows.Scan(targets...); err != nil {
			return "", err
		}
		plan = append(plan, line)
	}
	return strings.Join(plan, "\n"), rows.Err()
}

// lastStatement is a query hook that remembers a statement.
type lastStatement struct{ query string }

func (l *lastStatement) BeforeQuery(ctx context.Context, event *bun.QueryEvent) context.Context {
	l.query = event.Query
	return ctx
}

func (*lastStatement) AfterQuery(context.Context, *bun.QueryEvent) {}

// MaxSwept is how many idempotency keys are deleted in one transaction.
const MaxSwept = maxSwept
