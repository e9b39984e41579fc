package db

import (
	"context"

	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

// Conditions on whether a call that a selector's filter finds is deleted.
const (
	isLive    = "call.deleted_at IS NULL"
	isDeleted = "call.deleted_at IS NOT NULL"
)

type (
	callSelection = selection[string, model.Call]
	chosenCalls   = chosen[string, model.Call]
)

// chooseCalls finds the calls that a selector chooses: by key, whether they are deleted or not; by filter, those that
// also meet deleted, a condition on whether they are. It locks nothing. It takes no statement for keys; for a filter
// one, and another for the count where the limit is reached. It returns BAD_USER_INPUT and LIMIT_EXCEEDED.
func (d *DB) chooseCalls(ctx context.Context, selector model.CallSelector, deleted string) (*chosenCalls, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkSelector(selector.Ids != nil, selector.Versions != nil, selector.Where != nil); err != nil {
		return nil, err
	}
	if selector.Where == nil {
		return chooseKeys(&callEntity, selector.Ids, selector.Versions, versionInput)
	}
	c, err := selectionCond(s, selector.Where.Filter, callFilterColumns, selector.Where.Limit)
	if err != nil {
		return nil, err
	}
	c = s.inDataset(selector.Where.Dataset, allOf(expr(deleted), c))
	return chooseWhere(ctx, s, &callEntity, c, selector.Where.Limit)
}

// changeCalls runs work on the calls that a selector chooses: see chooseCalls and runChosen.
func (d *DB) changeCalls(ctx context.Context, selector model.CallSelector, deleted string, b Batch,
	work func(context.Context, scope, *callSelection) (*callOutcomes, error),
) (*callOutcomes, error) {
	return runChosen(ctx, d, b, &callEntity, func(ctx context.Context) (*chosenCalls, error) {
		return d.chooseCalls(ctx, selector, deleted)
	}, scope.lockOwnedCalls, work)
}

// lockOwnedCalls is lockCalls of those calls alone that the actor sees.
func (s scope) lockOwnedCalls(ctx context.Context, ids []string) (map[string]*model.Call, error) {
	rows, err := lockKeys[string, model.Call](ctx, s, "lockOwnedCalls", ids, scope.lockForUpdate)
	return callEntity.byKey(rows), err
}

// lockCalls reads whole calls by key, deleted ones and those of other actors too, and locks them against writers: one
// statement, none for no keys.
func (s scope) lockCalls(ctx context.Context, ids []string) (map[string]*model.Call, error) {
	rows, err := lockKeys[string, model.Call](ctx, s.anyActors(), "lockCalls", ids, scope.lockAny)
	return callEntity.byKey(rows), err
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

// lockLiveCalls returns the calls that are not deleted, with their keys and creators, and locks them against deletion
// while their tasks and notes are written: one statement, none for no keys.
func (s scope) lockLiveCalls(ctx context.Context, callIDs []string) (map[string]*model.Call, error) {
	live := map[string]*model.Call{}
	if len(callIDs) == 0 {
		return live, nil
	}
	var rows []*model.Call
	q := s.selectFrom(&rows).Column("id", "created_by", "created_by_kind").
		Where("call.id IN (?)", bun.List(callIDs)).Where(isLive).Order("id")
	if s.dialect.forUpdate {
		q.For("SHARE")
	}
	err := q.Scan(ctx)
	for _, row := range rows {
		live[row.ID] = row
	}
	return live, err
}
