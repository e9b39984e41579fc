package db

import (
	"context"

	"callbook/model"
)

type (
	recordSelection = selection[int64, model.CallRecord]
	chosenRecords   = chosen[int64, model.CallRecord]
)

// chooseRecords finds the records that a selector chooses, by filter those that the actor sees. It locks nothing. It
// takes no statement for keys; for a filter one, and another for the count where the limit is reached. It returns
// BAD_USER_INPUT, LIMIT_EXCEEDED, and FORBIDDEN for a filter by what the actor may not see.
func (d *DB) chooseRecords(ctx context.Context, selector model.CallRecordSelector) (*chosenRecords, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkSelector(selector.Ids != nil, selector.Versions != nil, selector.Where != nil); err != nil {
		return nil, err
	}
	w := selector.Where
	if w == nil {
		return chooseKeys(&recordEntity, selector.Ids, selector.Versions, longVersionInput)
	}
	c, err := selectionCond(s, w.Filter, recordFilterColumns, w.Limit)
	if err != nil {
		return nil, err
	}
	return chooseWhere(ctx, s, &recordEntity, c, w.Limit)
}

// lockRecords reads records by key, those that the actor sees, and locks them against writers: one statement, none
// for no keys.
func (s scope) lockRecords(ctx context.Context, ids []int64) (map[int64]*model.CallRecord, error) {
	rows, err := lockKeys[int64, model.CallRecord](ctx, s, "lockRecords", ids, scope.lockForUpdate)
	prepareRows(s, rows)
	return recordEntity.byKey(rows), err
}
