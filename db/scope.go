package db

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

var errNoActor = errors.New("db: the context carries no actor")

// scope is where every query starts. It confines each statement to the actor's tenant.
type scope struct {
	idb     bun.IDB
	dialect *dialect
	actor   model.Actor
	now     time.Time // one instant for the whole operation
	events  *eventLog // of the transaction; nil outside one
	ready   *readyTexts
	summary *summaryDelta // what the transaction changes in the summaries; nil outside one
	creates *createGroups // of calls, where isGuarded
	written *int64        // bytes that the transaction has written; nil outside one
	// isGuarded says that a write runs without a transaction and without locks: see writeGuarded.
	isGuarded bool
	step      *step // of a request under an idempotency key, which the transaction does; nil where there is none
	// isDryRun says that statements that write do nothing, outside a transaction and without locks: see runBatch.
	isDryRun bool
	// locks measures for how long a batch holds locks; nil where nothing limits that.
	locks *lockTime
	// isTemplate says that queries are rendered with parameters in place of the tenant and the actor's name.
	isTemplate bool
}

// selectFrom returns a query of the rows of a model, or of a slice of them, that the actor sees: all of the tenant,
// or its own alone.
func (s scope) selectFrom(rows any) *bun.SelectQuery {
	q := s.selectAny(rows)
	if s.actor.OwnOnly {
		if own, ok := ownRows[q.GetTableName()]; ok {
			q.Where(own, s.tenant(), s.owner(), s.ownerKinds())
		}
	}
	return q
}

// selectAny returns a query of rows within the tenant. It ignores whether the actor sees them: the caller checks owns,
// unless it tells no more than whether a key is taken.
func (s scope) selectAny(rows any) *bun.SelectQuery {
	return s.idb.NewSelect().Model(rows).Where("?TableAlias.tenant_id = ?", s.tenant())
}

// ownRows are, by table, the conditions on the rows that an actor with its own rows alone sees: those that it
// created, and those that belong to them. ?0 is the tenant, ?1 the actor's name, ?2 what its rows were created by. A
// test compares them with the schema.
var ownRows = map[string]string{
	"calls":            ownCreated,
	"call_records":     ownCreated,
	"customer_persons": ownCreated,
	"call_tags":        "?TableAlias.call_id IN " + ownCalls,
	"call_history":     "?TableAlias.call_id IN " + ownCalls,
	"tasks":            "?TableAlias.call_id IN " + ownCalls,
	"notes":            "?TableAlias.call_id IN " + ownCalls,
	"call_details":     "?TableAlias.call_record_id IN " + ownRecords,
	"call_record_tags": "?TableAlias.call_record_id IN " + ownRecords,
	"events": "?TableAlias.creator = ?1 AND" +
		" (?TableAlias.creator_kind IS NULL OR ?TableAlias.creator_kind IN (?2))",
}

const (
	ownCreated = "?TableAlias.created_by = ?1 AND" +
		" (?TableAlias.created_by_kind IS NULL OR ?TableAlias.created_by_kind IN (?2))"
	ownCalls = "(SELECT own.id FROM calls AS own WHERE own.tenant_id = ?0 AND" +
		" own.created_by = ?1 AND (own.created_by_kind IS NULL OR own.created_by_kind IN (?2)))"
	ownRecords = "(SELECT own.id FROM call_records AS own WHERE own.tenant_id = ?0 AND" +
		" own.created_by = ?1 AND (own.created_by_kind IS NULL OR own.created_by_kind IN (?2)))"
)

// isCreator returns the condition that the actor created rows of a table with a name in the query: see
// model.Actor.IsCreator.
func (s scope) isCreator(alias string) cond {
	return expr("("+alias+".created_by = ? AND ("+alias+".created_by_kind IS NULL OR "+alias+".created_by_kind IN (?)))",
		s.actor.Name, s.ownerKinds())
}

// ownerKinds returns what rows of the actor's name were created by that are its own, as SQL between brackets.
func (s scope) ownerKinds() bun.Safe {
	kinds := "'" + string(model.CreatorKindImport) + "'"
	if kind := s.actor.CreatorKind(); kind != nil {
		kinds += ", '" + string(*kind) + "'"
	}
	return bun.Safe(kinds)
}

// owns reports whether the actor sees a row.
func (s scope) owns(row created) bool { return !s.actor.OwnOnly || s.actor.IsCreator(row.Creator()) }

// unionPart is a subquery that started in selectFrom. Where only is a condition, it has no rows unless that holds:
// the engine then does not begin with it.
type unionPart struct {
	query *bun.SelectQuery
	only  cond
}

// selectUnion returns a query of the rows of a model in subqueries.
func (s scope) selectUnion(rows any, parts []unionPart) *bun.SelectQuery {
	var union []string
	var args []any
	for _, part := range parts {
		sql := "SELECT * FROM (?) AS part"
		args = append(args, part.query)
		if !part.only.always() {
			const all = "9223372036854775807" // the greatest limit
			sql = "SELECT * FROM (" + sql + " LIMIT CASE WHEN " + part.only.sql + " THEN " + all + " ELSE 0 END) AS guarded"
			args = append(args, part.only.args...)
		}
		union = append(union, sql)
	}
	q := s.idb.NewSelect()
	return q.Model(rows).ModelTableExpr("("+strings.Join(union, " UNION ALL ")+") AS ?TableAlias", args...)
}

// selectOver returns a query of the rows of a model that a subquery returns, which started in selectFrom.
func (s scope) selectOver(row any, subquery *bun.SelectQuery) *bun.SelectQuery {
	return s.idb.NewSelect().Model(row).ModelTableExpr("(?) AS ?TableAlias", subquery)
}

// unionOf returns a query of what subqueries return, each of which started in selectFrom.
func (s scope) unionOf(parts []*bun.SelectQuery) *bun.SelectQuery {
	union, args := unionAll(parts)
	return s.idb.NewSelect().TableExpr(union+" AS parts", args...)
}

// unionAll returns the union of subqueries, in brackets.
func unionAll(parts []*bun.SelectQuery) (sql string, args []any) {
	for i, part := range parts {
		if i > 0 {
			sql += " UNION ALL "
		}
		sql += "SELECT * FROM (?) AS part"
		args = append(args, part)
	}
	return "(" + sql + ")", args
}

// selectJSON returns a query of the rows of a JSON list, under an alias, which are of the tenant: see
// dialect.rowsOfJSON.
func (s scope) selectJSON(table *rowTable, alias, list string) *bun.SelectQuery {
	return s.idb.NewSelect().TableExpr(s.dialect.rowsOfJSON(table)+` AS "`+alias+`"`, list, s.actor.TenantID)
}

// postgresSnapshot returns the text of what has been committed on PostgreSQL, in one statement.
func (s scope) postgresSnapshot(ctx context.Context) (text string, err error) {
	err = s.idb.NewRaw("SELECT CAST(pg_current_snapshot() AS text)").Scan(ctx, &text)
	return text, err
}

// lockForUpdate is selectFrom within a transaction that goes on to write the rows: they are locked against other
// writers.
func (s scope) lockForUpdate(rows any) *bun.SelectQuery { return s.lock(s.selectFrom(rows)) }

// lockAny is selectAny with a lock (FOR UPDATE), on the engine that locks rows, unless locksNothing.
func (s scope) lockAny(rows any) *bun.SelectQuery { return s.lock(s.selectAny(rows)) }

func (s scope) lock(q *bun.SelectQuery) *bun.SelectQuery {
	if s.dialect.forUpdate && !s.locksNothing() {
		q.For("UPDATE")
	}
	return q
}

// locksNothing reports whether statements run outside a transaction, where locks are of no use.
func (s scope) locksNothing() bool { return s.isGuarded || s.isDryRun }

// writeQuery is an UPDATE or a DELETE of bun.
type writeQuery interface {
	Exec(ctx context.Context, dest ...any) (sql.Result, error)
}

// execWrite runs a statement that writes: nothing in a dry run. It returns errLockTime where a batch has held locks for
// too long.
func (s scope) execWrite(ctx context.Context, q writeQuery) error {
	if s.isDryRun {
		return nil
	}
	if err := s.locks.check(); err != nil {
		return err
	}
	result, err := q.Exec(ctx)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	s.locks.wrote(int(n))
	return err
}

type tenanted interface{ InTenant(id int64) }

// insertInto returns an INSERT of rows into the tenant.
func insertInto[T tenanted](s scope, rows []T) *bun.InsertQuery {
	for _, row := range rows {
		row.InTenant(s.actor.TenantID)
	}
	return s.idb.NewInsert().Model(&rows)
}

// exec runs a statement that names the tenant itself, as the guard checks.
func (s scope) exec(ctx context.Context, sql string, args ...any) error {
	_, err := s.idb.NewRaw(sql, args...).Exec(ctx)
	return err
}

// countEntries returns how many rows a query of the index of transcripts has, which names the tenant itself.
func (s scope) countEntries(ctx context.Context, entries cond) (n int, err error) {
	err = s.idb.NewRaw("SELECT COUNT(*) FROM ("+entries.sql+") AS entry", entries.args...).Scan(ctx, &n)
	return n, err
}

// sweepEvents deletes some events of the tenant from before an instant, and returns how many.
func (s scope) sweepEvents(ctx context.Context, oldest time.Time) (int64, error) {
	result, err := s.idb.NewRaw(s.dialect.sweepEvents, s.actor.TenantID, oldest, maxSweptEvents).Exec(ctx)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// deleteUntenanted returns a DELETE of rows of a table that has no tenant.
func (s scope) deleteUntenanted(row any) *bun.DeleteQuery { return s.idb.NewDelete().Model(row) }

// update returns an UPDATE of rows of a model within the tenant.
func (s scope) update(row any) *bun.UpdateQuery {
	return s.idb.NewUpdate().Model(row).Where("?TableAlias.tenant_id = ?", s.tenant())
}

// deleteFrom returns a DELETE of rows of a model within the tenant.
func (s scope) deleteFrom(row any) *bun.DeleteQuery {
	return s.idb.NewDelete().Model(row).Where("?TableAlias.tenant_id = ?", s.tenant())
}

// HasAPIKeys reports whether any tenant has a key, or had one that is revoked. It needs no actor. It takes one
// statement.
func (d *DB) HasAPIKeys(ctx context.Context) (has bool, err error) {
	ctx = crossTenant(ctx, looksForKeys)
	err = d.reserved.bun.NewRaw(looksForKeys.mark("SELECT EXISTS (SELECT 1 FROM api_keys)")).Scan(ctx, &has)
	return has, err
}

// tablesToAnalyze returns the tables of tenants that have grown and have no statistics, in one statement.
func (d *DB) tablesToAnalyze(ctx context.Context) (names []string, err error) {
	known := slices.Sorted(maps.Keys(d.dialect.tenantTables))
	err = d.bun.NewRaw(makesStatistics.mark("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND"+
		" oid IN (SELECT to_regclass(name) FROM unnest(ARRAY[?]) AS tables (name)) AND reltuples <= 0 AND"+
		" pg_relation_size(oid) >= ?"), bun.List(known), leastAnalyzed).Scan(ctx, &names)
	return names, err
}

// tenantsToSweep returns the tenants that have idempotency keys from before an instant, in one statement.
func (d *DB) tenantsToSweep(ctx context.Context, oldest time.Time) (tenants []int64, err error) {
	ctx = crossTenant(ctx, sweepsKeys)
	const old = "SELECT DISTINCT tenant_id FROM idempotency_requests WHERE created_at <= ?"
	err = d.bun.NewRaw(sweepsKeys.mark(old), oldest).Scan(ctx, &tenants)
	return tenants, err
}

// tenantsWithOldFiles returns the tenants that have files or jobs whose time is over, in one statement.
func (d *DB) tenantsWithOldFiles(ctx context.Context, now time.Time) (tenants []int64, err error) {
	ctx = crossTenant(ctx, sweepsFiles)
	const old = "SELECT tenant_id FROM files WHERE expires_at <= ?0 UNION" +
		" SELECT tenant_id FROM jobs WHERE expires_at <= ?0 AND ended_at IS NOT NULL"
	err = d.bun.NewRaw(sweepsFiles.mark(old), now).Scan(ctx, &tenants)
	return tenants, err
}

// tenantsWithOldEvents returns the tenants whose earliest events are from before an instant, in one statement.
func (d *DB) tenantsWithOldEvents(ctx context.Context, oldest time.Time) (tenants []int64, err error) {
	ctx = crossTenant(ctx, sweepsEvents)
	const old = "WITH RECURSIVE tenants AS (SELECT MIN(tenant_id) AS id FROM events UNION ALL" +
		" SELECT (SELECT MIN(events.tenant_id) FROM events WHERE events.tenant_id > tenants.id) FROM tenants" +
		" WHERE tenants.id IS NOT NULL) SELECT id FROM tenants WHERE id IS NOT NULL AND" +
		" (SELECT at FROM events WHERE events.tenant_id = tenants.id ORDER BY ? LIMIT 1) <= ?"
	err = d.bun.NewRaw(sweepsEvents.mark(old), d.dialect.eventOrder, oldest).Scan(ctx, &tenants)
	return tenants, err
}

// queuedJobs returns jobs of all tenants that wait or run, at most a number of each: those that wait in the order in
// which they are due, which is that of the tenants with the fewest that run, then of their age. It takes one statement.
func (d *DB) queuedJobs(ctx context.Context, most int) (jobs []*model.Job, err error) {
	ctx = crossTenant(ctx, queuesJobs)
	const queue = "SELECT * FROM (SELECT tenant_id, id, state, claimed_by, heartbeat FROM jobs AS waiting" +
		" WHERE state = 'WAITING' AND due_at <= ?1 ORDER BY (SELECT COUNT(*) FROM jobs AS running WHERE running.tenant_id =" +
		" waiting.tenant_id AND running.state = 'RUNNING'), created_at LIMIT ?0) AS waiting" +
		" UNION ALL SELECT tenant_id, id, state, claimed_by, heartbeat FROM jobs WHERE state = 'RUNNING'"
	err = d.bun.NewRaw(queuesJobs.mark(queue), most, model.Canonical(d.now())).Scan(ctx, &jobs)
	return jobs, err
}
