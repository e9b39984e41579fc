package db

import (
	"context"

	"callbook/model"
)

// MaxHistoryPage is the greatest page of a call's history.
const MaxHistoryPage = 100

// historyEntry returns the entry of a change after which the call has its present version.
func (s scope) historyEntry(operation string, row *model.Call, changes []*model.FieldChange) *model.CallHistoryEntry {
	return &model.CallHistoryEntry{CallID: row.ID, Version: row.Version, Operation: operation,
		ChangedBy: s.actor.Name, ChangedAt: s.now, ChangeList: model.JSONList[*model.FieldChange]{V: changes}}
}

// storeHistory writes entries, in one statement; none for no entries.
func (s scope) storeHistory(ctx context.Context, entries []*model.CallHistoryEntry) error {
	return insertRows(ctx, s, entries)
}

// CallHistory returns a page of the history of each of many calls, by call, the latest first; every call has a page.
// Where columns are asked for no others are read. It returns BAD_USER_INPUT, and LIMIT_EXCEEDED for a page that is too
// large. It takes one statement, and one more for the totals of all calls together where one is asked for.
func (d *DB) CallHistory(ctx context.Context, callIDs []string, args model.PageArgs, asked ...Columns,
) (map[string]model.Page[model.CallHistoryEntry], error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	version := intKey("version", "call_history.version", func(e *model.CallHistoryEntry) *int { return &e.Version })
	l := &list[model.CallHistoryEntry]{scope: s, kind: "callHistory", maxSize: MaxHistoryPage,
		fixed: "history", rows: HistoryColumns, asked: HistoryColumns.union(asked),
		order: []sortStep[model.CallHistoryEntry]{{sortKey: version.required(), desc: true}}}
	of := children[string, model.CallHistoryEntry]{list: l, parent: "call_history.call_id",
		key: func(e *model.CallHistoryEntry) *string { return &e.CallID }, prepareAll: prepareRows[model.CallHistoryEntry]}
	return of.pages(ctx, callIDs, args)
}
