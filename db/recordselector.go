package db

import (
	"context"

	"callbook/model"
)

type recordSelection = selection[int64, model.CallRecord]

// selectRecords finds and locks the records that a selector chooses and the actor sees. It takes one statement for
// keys; for a filter two, and a third for the count where the limit is reached. It returns BAD_USER_INPUT and
// LIMIT_EXCEEDED.
func (s scope) selectRecords(ctx context.Context, selector model.CallRecordSelector) (sel *recordSelection, err error) {
	if err := checkSelector(selector.Ids != nil, selector.Versions != nil, selector.Where != nil); err != nil {
		return nil, err
	}
	if w := selector.Where; w != nil {
		c, err := selectionCond(s, w.Filter, recordFilterColumns, w.Limit)
		if err != nil {
			return nil, err
		}
		sel, err = selectWhere(ctx, s, &recordEntity, c, w.Limit)
		if err != nil {
			return nil, err
		}
		rows := make([]*model.CallRecord, len(sel.keys))
		for i, key := range sel.keys {
			rows[i] = sel.stored[key]
		}
		prepareRows(s, rows)
		return sel, nil
	}
	return selectByKey(ctx, &recordEntity, selector.Ids, selector.Versions, longVersionInput, s.lockRecords)
}

// lockRecords reads records by key, those that the actor sees, and locks them against writers: one statement, none
// for no keys.
func (s scope) lockRecords(ctx context.Context, ids []int64) (map[int64]*model.CallRecord, error) {
	rows, err := lockKeys[int64, model.CallRecord](ctx, s, "lockRecords", ids, scope.lockForUpdate)
	prepareRows(s, rows)
	return recordEntity.byKey(rows), err
}
