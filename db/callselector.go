package db

import (
	"context"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

// MaxCallBatch is the greatest number of calls of one mutation.
const MaxCallBatch = 10000

// Conditions on whether a call that a selector's filter finds is deleted.
const (
	isLive    = "call.deleted_at IS NULL"
	isDeleted = "call.deleted_at IS NOT NULL"
)

type callSelection = selection[string, model.Call]

// selectCalls finds and locks the calls that a selector chooses: by key, whether they are deleted or not; by filter,
// those that also meet deleted, a condition on whether they are. It takes one statement for keys; for a filter two,
// and a third for the count where the limit is reached. It returns BAD_USER_INPUT and LIMIT_EXCEEDED.
func (s scope) selectCalls(ctx context.Context, selector model.CallSelector, deleted string) (*callSelection, error) {
	given := 0
	for _, isGiven := range []bool{selector.Ids != nil, selector.Versions != nil, selector.Where != nil} {
		if isGiven {
			given++
		}
	}
	if given != 1 {
		return nil, model.BadInput("select", "must have exactly one of ids, versions and where")
	}
	if selector.Where != nil {
		return s.selectCallsWhere(ctx, selector.Where, deleted)
	}
	return s.selectCallsByKey(ctx, selector)
}

func (s scope) selectCallsByKey(ctx context.Context, selector model.CallSelector) (sel *callSelection, err error) {
	sel = &callSelection{entity: &callEntity}
	sel.keys, sel.expected = selectedKeys(selector.Ids, selector.Versions)
	sel.matched = len(sel.keys)
	if err := checkBatchSize("select", "keys", len(sel.keys), MaxCallBatch); err != nil {
		return nil, err
	}
	sel.stored, err = s.lockCalls(ctx, sel.keys)
	maps.DeleteFunc(sel.stored, func(_ string, row *model.Call) bool { return !s.owns(row.CreatedBy) })
	return sel, err
}

func (s scope) selectCallsWhere(ctx context.Context, w *model.CallSelection, deleted string) (*callSelection, error) {
	cond, err := s.selectionCond(w, deleted)
	if err != nil {
		return nil, err
	}
	var rows []*model.Call
	if err := where(s.lockForUpdate(&rows), cond).Order("id").Limit(int64(w.Limit)).Scan(ctx); err != nil {
		return nil, err
	}
	isLimited := len(rows) == w.Limit
	if rows, err = s.stillMatching(ctx, rows, cond); err != nil {
		return nil, err
	}
	sel := &callSelection{
		entity: &callEntity, keys: callEntity.keys(rows), stored: callEntity.byKey(rows), matched: len(rows),
	}
	if isLimited {
		var n int64
		n, err = where(s.selectFrom((*model.Call)(nil)), cond).Count(ctx)
		sel.matched = int(n)
	}
	return sel, err
}

// selectionCond returns the condition of a selection by filter. It returns BAD_USER_INPUT also for a filter without any
// condition, and LIMIT_EXCEEDED.
func (s scope) selectionCond(w *model.CallSelection, deleted string) (cond, error) {
	const field = "select.where."
	if w.Limit < 1 {
		return never, model.BadInput(field+"limit", "must be 1 or more")
	}
	if w.Limit > MaxCallBatch {
		return never, model.LimitExceeded(field+"limit", "is %d; at most %d", w.Limit, MaxCallBatch)
	}
	filtered, err := s.selectionFilter(w.Filter, callFilterColumns)
	if err != nil {
		return never, err
	}
	if filtered.always() {
		return never, model.BadInput(field+"filter",
			"comes down to no condition, so it would choose all calls; say which")
	}
	return s.inDataset(w.Dataset, allOf(expr(deleted), filtered)), nil
}

// stillMatching returns the locked rows that still match. While PostgreSQL waits for a lock, another transaction may
// change what a condition reads in other tables; PostgreSQL then checks the condition again on the locked row alone.
func (s scope) stillMatching(ctx context.Context, rows []*model.Call, c cond) ([]*model.Call, error) {
	if len(rows) == 0 {
		return rows, nil
	}
	var ids []string
	q := where(s.selectFrom((*model.Call)(nil)).Column("id"), c).Where("call.id IN (?)", bun.List(callEntity.keys(rows)))
	if err := q.Scan(ctx, &ids); err != nil {
		return nil, err
	}
	matching := map[string]bool{}
	for _, id := range ids {
		matching[id] = true
	}
	return slices.DeleteFunc(rows, func(row *model.Call) bool { return !matching[row.ID] }), nil
}

// lockCalls reads whole calls by key, deleted ones and those of other actors too, and locks them against writers: one
// statement, none for no keys.
func (s scope) lockCalls(ctx context.Context, ids []string) (map[string]*model.Call, error) {
	if len(ids) == 0 {
		return map[string]*model.Call{}, nil
	}
	var rows []*model.Call
	if err := s.lockAny(&rows).Where("call.id IN (?)", bun.List(ids)).Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	return callEntity.byKey(rows), nil
}

// checkLive returns NOT_FOUND for a deleted call.
func checkLive(row *model.Call) *model.Error {
	if row.DeletedAt != nil {
		return callEntity.notFound(row.ID)
	}
	return nil
}

// checkDeleted returns CONFLICT for a call that is not deleted.
func checkDeleted(row *model.Call) *model.Error {
	if row.DeletedAt == nil {
		return model.Conflict("id", "the call with the key %s is not deleted", text.Quote(row.ID))
	}
	return nil
}

// lockLiveCalls returns which calls are not deleted, and locks them against deletion while their tasks and notes are
// written: one statement, none for no keys.
func (s scope) lockLiveCalls(ctx context.Context, callIDs []string) (map[string]bool, error) {
	live := map[string]bool{}
	if len(callIDs) == 0 {
		return live, nil
	}
	q := s.selectFrom((*model.Call)(nil)).Column("id").Where("call.id IN (?)", bun.List(callIDs)).Where(isLive).Order("id")
	if s.dialect.forUpdate {
		q.For("SHARE")
	}
	var ids []string
	err := q.Scan(ctx, &ids)
	for _, id := range ids {
		live[id] = true
	}
	return live, err
}
