package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

var (
	ErrUnscoped = errUnscoped
	ErrNoActor  = errNoActor
)

// IsScoped reports whether the guard of PostgreSQL lets a statement pass.
func IsScoped(query string) bool { return isScoped(query, postgresDialect.tenantTables) }

// TenantTables returns the tables that the guard watches.
func (d *DB) TenantTables() map[string]bool { return d.dialect.tenantTables }

var tests = maintenance{"tests", "they look at what the product left"}

// CrossTenant marks a context as crossTenant does.
func CrossTenant(ctx context.Context) context.Context { return crossTenant(ctx, tests) }

// PicklistColumn returns the expression of a field with a picklist.
func PicklistColumn(field *model.PicklistField) string { return picklistColumn(field).expr }

// MaxReadyTexts is how many texts are kept ready.
const MaxReadyTexts = maxReadyTexts

// ReadyTexts returns how many texts are kept ready.
func ReadyTexts(d *DB) int { return d.ready.byShape.Len() }

// ReadyCall reads a call by a statement of a shape that variant tells from others, in a transaction where variant has
// an even length.
func ReadyCall(ctx context.Context, d *DB, id, variant string) (*model.Call, error) {
	var rows []*model.Call
	read := func(ctx context.Context, s scope) error {
		build := func(t scope, param func(int) any) *bun.SelectQuery {
			return t.selectFrom(&rows).Where("id = ?", param(0)).Where("? <= ?", len(variant), param(1))
		}
		return s.selectReady(ctx, shape{name: "ReadyCall", columns: variant}, &rows, build, id, len(variant))
	}
	if len(variant)%2 == 0 {
		err := d.write(ctx, read)
		return firstRow(rows), err
	}
	s, err := d.read(ctx)
	if err == nil {
		err = read(ctx, s)
	}
	return firstRow(rows), err
}

// ReadBothWays reads all rows of a table by a ready statement and by bun, in an order.
func ReadBothWays[T any](ctx context.Context, d *DB, order string) (ready, byBun []*T, err error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, nil, err
	}
	query := func(t scope) *bun.SelectQuery { return t.selectFrom((*T)(nil)).OrderExpr(order) }
	sh := shape{name: "ReadBothWays " + reflect.TypeFor[T]().Name()}
	err = s.selectReady(ctx, sh, &ready, func(t scope, _ func(int) any) *bun.SelectQuery { return query(t) })
	if err != nil {
		return nil, nil, err
	}
	err = query(s).Scan(ctx, &byBun)
	return ready, byBun, err
}

// Exec runs a statement without a scope, as code that bypasses it would.
func (d *DB) Exec(ctx context.Context, statement string) error {
	_, err := d.bun.ExecContext(ctx, tests.mark(statement))
	return err
}

// Texts reads one column of texts without a scope.
func (d *DB) Texts(ctx context.Context, query string) (rows []string, err error) {
	err = d.bun.NewRaw(tests.mark(query)).Scan(ctx, &rows)
	return rows, err
}

// Write runs a transaction whose function returns the errors given, one at a time, and returns how often it ran.
func (d *DB) Write(ctx context.Context, answers ...error) (runs int, err error) {
	err = d.write(ctx, func(context.Context, scope) error {
		runs++
		return answers[min(runs, len(answers))-1]
	})
	return runs, err
}

// WriteShort runs a short transaction whose function may create calls.
func WriteShort(ctx context.Context, d *DB, fn func(create func(id string) error) error) error {
	return d.writeShort(ctx, func(ctx context.Context, s scope) error {
		return fn(func(id string) error {
			out, err := s.writeOneCall(ctx, "createCall", newCallWrite(&model.CreateCallInput{ID: &id}, create))
			if err == nil {
				err = out.list[0].Errors.Err()
			}
			return err
		})
	})
}

// HoldCreates has creates of the actor's tenant wait on PostgreSQL, as if as many groups as may be were under way,
// until release is called and so many wait. It returns how many groups have been written.
func HoldCreates(ctx context.Context, d *DB, patience time.Duration,
) (release func(waiting int), groups *atomic.Int64) {
	actor, _ := model.ActorFrom(ctx)
	g, count := d.creates, new(atomic.Int64)
	g.patience = patience
	g.appended = func(tenantID int64, changes int) {
		count.Add(1)
		d.foldLater(tenantID, changes)
	}
	if !d.dialect.forUpdate {
		return func(int) {}, count
	}
	g.tenants[actor.TenantID] = &createQueue{running: maxCreateGroups}
	return func(n int) {
		for CreatesWaiting(ctx, d) < n {
			runtime.Gosched()
		}
		for range maxCreateGroups {
			g.handOver(actor.TenantID)
		}
	}, count
}

// CreatesWaiting returns how many creates of the actor's tenant wait.
func CreatesWaiting(ctx context.Context, d *DB) int {
	actor, _ := model.ActorFrom(ctx)
	d.creates.mu.Lock()
	defer d.creates.mu.Unlock()
	return len(d.creates.tenants[actor.TenantID].waiting)
}

// CreateQueues returns of how many tenants creates are under way.
func CreateQueues(d *DB) int {
	d.creates.mu.Lock()
	defer d.creates.mu.Unlock()
	return len(d.creates.tenants)
}

// DuringDelete deletes a call and calls during before the deletion is committed.
func (d *DB) DuringDelete(ctx context.Context, id string, during func()) error {
	return d.write(ctx, func(ctx context.Context, s scope) error {
		rows, err := s.lockCalls(ctx, []string{id})
		if err != nil {
			return err
		}
		if err := s.setDeleted(ctx, "deleteCalls", []*model.Call{rows[id]}, &s.now); err != nil {
			return err
		}
		during()
		return nil
	})
}

// HoldWriter calls during in a transaction that has begun, which locks no rows.
func HoldWriter(ctx context.Context, d *DB, during func()) error {
	return d.write(ctx, func(context.Context, scope) error {
		during()
		return nil
	})
}

// WaitingWrites returns how many transactions wait for SQLite's writer.
func WaitingWrites(d *DB) int {
	d.sharedCommits.mu.Lock()
	defer d.sharedCommits.mu.Unlock()
	return d.sharedCommits.waiting.size
}

// SetMaxLockTime sets for how long a batch may hold SQLite's write lock, until the function that it returns is called.
func SetMaxLockTime(limit time.Duration) (reset func()) {
	before := maxLockTime
	maxLockTime = limit
	return func() { maxLockTime = before }
}

// FirstStep is how many rows the first step of a batch has.
const FirstStep = firstStep

// KilledMigration does what a migrator does that is killed in the middle of the first migration.
func KilledMigration(ctx context.Context, o Options) error {
	d, err := connect(ctx, o)
	if err != nil {
		return err
	}
	killed := errors.New("killed")
	err = d.bun.RunInTx(crossTenant(ctx, tests), nil, func(ctx context.Context, tx bun.Tx) error {
		if err := d.lockMigrations(ctx, tx); err != nil {
			return err
		}
		if err := d.execTemplate(ctx, tx, "CREATE TABLE calls (id {{.Text}}){{.Strict}}"); err != nil {
			return err
		}
		return killed
	})
	if !errors.Is(err, killed) {
		return errors.Join(err, d.Close())
	}
	return d.Close()
}

// MigrateTo applies the first migrations to an empty database, up to a version, and then runs statements.
func MigrateTo(ctx context.Context, o Options, version int, statements ...string) error {
	d, err := connect(ctx, o)
	if err != nil {
		return err
	}
	known, err := knownMigrations()
	for _, m := range known[:min(version, len(known))] {
		if err == nil {
			_, err = d.migrateOne(ctx, known, m)
		}
	}
	for _, statement := range statements {
		if err == nil {
			err = d.Exec(ctx, statement)
		}
	}
	return errors.Join(err, d.Close())
}

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

// Fold adds the deltas of the actor's tenant to its counts.
func (d *DB) Fold(ctx context.Context) error { return d.fold(ctx) }

// RebuildSummaries counts all rows anew, as Recount does.
func (d *DB) RebuildSummaries(ctx context.Context) error { return d.recount(ctx) }

// Summaries returns the sums of counts and deltas of the actor's tenant, by kind and value.
func (d *DB) Summaries(ctx context.Context) (map[string]int, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, kind := range []summaryKind{byCallType, byOutgoingStatus, byCallStatus, byCallPurpose, byCallResult, byReminder,
		byOwnerType, byOwnerSubtype, byCallTag, byRecordGroup, byJobGroup, byRecordDay, byJobDay, byResultStatus,
		byIntentLevel, byRealIntent, byReadStatus, byConcern, byJobConcern, byDuration, byJobDuration} {
		var values []summaryValue
		if err := s.summed(s.summaryParts(kind, anyValue)).Scan(ctx, &values); err != nil {
			return nil, err
		}
		for _, value := range values {
			counts[string(kind)+" "+value.Value] = value.N
		}
	}
	return counts, s.addLines(ctx, counts)
}

// addLines adds up the lines of text blocks and of deltas.
func (s scope) addLines(ctx context.Context, counts map[string]int) error {
	var blocks []*textBlock
	if err := s.selectAny(&blocks).Scan(ctx); err != nil {
		return err
	}
	for _, block := range blocks {
		lines := block.lines()
		if len(lines) != block.LineCount || block.Sign != 1 && block.Sign != -1 {
			return fmt.Errorf("a block of %d lines has %d, sign %d", block.LineCount, len(lines), block.Sign)
		}
		for _, line := range lines {
			counts[string(block.Kind)+" "+line.key+"\n"+line.text] += block.Sign
		}
	}
	for _, kind := range []summaryKind{byCallName, byCustomerName, byCalledNumber} {
		var values []summaryValue
		if err := s.summed(s.summaryParts(kind, anyValue)).Scan(ctx, &values); err != nil {
			return err
		}
		for _, value := range values {
			counts[string(kind)+" "+value.Value] += value.N
		}
	}
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
	return nil
}

// TextBlocks returns how many lines the tenant's text blocks have, those that take others back with the sign -1.
func TextBlocks(ctx context.Context, d *DB) (bySign map[int]int, err error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var blocks []*textBlock
	err = s.selectAny(&blocks).Scan(ctx)
	bySign = map[int]int{}
	for _, block := range blocks {
		bySign[block.Sign] += block.LineCount
	}
	return bySign, err
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

// SweepKeys deletes idempotency keys that are too old.
func SweepKeys(ctx context.Context, d *DB) error { return d.sweepKeys(ctx) }

// StopHeartbeats makes a database show no heartbeats, as if its process were dead.
func StopHeartbeats(d *DB) { d.background.stop() }
