package db

import (
	"context"
	"errors"
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
	now     time.Time            // one instant for the whole operation
	changes *[]*model.CallChange // what a transaction changes
}

// read is the scope of an operation that only reads, outside a transaction.
func (d *DB) read(ctx context.Context) (scope, error) {
	actor, ok := model.ActorFrom(ctx)
	if !ok {
		return scope{}, errNoActor
	}
	return scope{idb: d.bun, dialect: d.dialect, actor: actor, now: model.Canonical(d.now())}, nil
}

// selectFrom reads the rows of a model, or of a slice of them, that the actor sees: all of the tenant, or its own alone.
func (s scope) selectFrom(rows any) *bun.SelectQuery {
	q := s.selectAny(rows)
	if s.actor.OwnOnly {
		if own, ok := ownRows[q.GetTableName()]; ok {
			q.Where(own, s.actor.TenantID, s.actor.Name)
		}
	}
	return q
}

// selectAny reads rows within the tenant, whoever created them: for keys, which are taken whoever took them.
func (s scope) selectAny(rows any) *bun.SelectQuery {
	return s.idb.NewSelect().Model(rows).Where("?TableAlias.tenant_id = ?", s.actor.TenantID) //permit:s.idb.NewSelect
}

// ownRows hold for the rows that an actor sees who sees its own alone: those it created, and what hangs on them. ?0 is the tenant,
// ?1 its name. A test compares them with the schema.
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
}

const (
	ownCreated = "?TableAlias.created_by = ?1"
	ownCalls   = "(SELECT own.id FROM calls AS own WHERE own.tenant_id = ?0 AND own.created_by = ?1)"
	ownRecords = "(SELECT own.id FROM call_records AS own WHERE own.tenant_id = ?0 AND own.created_by = ?1)"
)

// owns tells whether the actor sees a row that was created by somebody.
func (s scope) owns(createdBy string) bool { return !s.actor.OwnOnly || createdBy == s.actor.Name }

// selectUnion reads rows of a model from subqueries, each of which started in selectFrom.
func (s scope) selectUnion(rows any, parts []*bun.SelectQuery) *bun.SelectQuery {
	union, args := unionAll(parts)
	return s.idb.NewSelect().Model(rows).ModelTableExpr(union+" AS ?TableAlias", args...) //permit:s.idb.NewSelect each part is scoped
}

// unionOf reads what subqueries answer, each of which started in selectFrom.
func (s scope) unionOf(parts []*bun.SelectQuery) *bun.SelectQuery {
	union, args := unionAll(parts)
	return s.idb.NewSelect().TableExpr(union+" AS parts", args...) //permit:s.idb.NewSelect each part is scoped
}

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

// lockForUpdate is selectFrom within a transaction that goes on to write the rows.
func (s scope) lockForUpdate(rows any) *bun.SelectQuery { return s.lock(s.selectFrom(rows)) }

// lockAny is selectAny within a transaction that goes on to write the rows, or finds that it may not.
func (s scope) lockAny(rows any) *bun.SelectQuery { return s.lock(s.selectAny(rows)) }

func (s scope) lock(q *bun.SelectQuery) *bun.SelectQuery {
	if s.dialect.forUpdate {
		q.For("UPDATE")
	}
	return q
}

type tenanted interface{ InTenant(id int64) }

// insertInto writes rows, stamped with the tenant.
func insertInto[T tenanted](s scope, rows []T) *bun.InsertQuery {
	for _, row := range rows {
		row.InTenant(s.actor.TenantID)
	}
	return s.idb.NewInsert().Model(&rows) //permit:s.idb.NewInsert
}

// insertIndex writes rows of an index that has no tenant of its own.
func (s scope) insertIndex(rows any) *bun.InsertQuery {
	return s.idb.NewInsert().Model(rows) //permit:s.idb.NewInsert no tenant
}

// update changes rows of a model within the tenant.
func (s scope) update(row any) *bun.UpdateQuery {
	return s.idb.NewUpdate().Model(row).Where("?TableAlias.tenant_id = ?", s.actor.TenantID) //permit:s.idb.NewUpdate
}

// deleteFrom removes rows of a model within the tenant.
func (s scope) deleteFrom(row any) *bun.DeleteQuery {
	return s.idb.NewDelete().Model(row).Where("?TableAlias.tenant_id = ?", s.actor.TenantID) //permit:s.idb.NewDelete
}

// HasAPIKeys tells whether any tenant has, or had, a key: revoking the last one opens no door. It is asked before anybody is signed in, so it goes past
// the scope and the guard, and answers no row.
func (d *DB) HasAPIKeys(ctx context.Context) (has bool, err error) {
	err = d.reader.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM api_keys)").Scan(&has)
	return has, err
}
