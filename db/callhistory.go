package db

import (
	"context"

	"github.com/uptrace/bun"

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
	if len(entries) == 0 {
		return nil
	}
	_, err := insertInto(s, entries).Exec(ctx)
	return err
}

// CallHistory returns a page of the history of each of many calls, by call, the latest first; every call has a page.
// It returns BAD_USER_INPUT, and LIMIT_EXCEEDED for a page that is too large. It takes one statement, and one more
// for the totals of all calls together where one is asked for.
func (d *DB) CallHistory(ctx context.Context, callIDs []string, args model.PageArgs,
) (map[string]*model.CallHistoryConnection, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	version := intKey("version", "call_history.version", func(e *model.CallHistoryEntry) *int { return &e.Version })
	l := &list[model.CallHistoryEntry]{scope: s, kind: "callHistory", maxSize: MaxHistoryPage,
		order: []sortStep[model.CallHistoryEntry]{{sortKey: version.required(), desc: true}}}
	w, err := l.window(args)
	if err != nil {
		return nil, err
	}
	byCall, err := s.historyOf(ctx, callIDs, w)
	if err != nil {
		return nil, err
	}
	set := &model.RowSet[string]{}
	pages := make(map[string]*model.CallHistoryConnection, len(callIDs))
	for _, id := range callIDs {
		page := l.assemble(w, byCall[id])
		page.Count = func(ctx context.Context) (int, error) {
			totals, err := model.Load(set, "total", func([]*string) (map[string]int, error) {
				return s.historyTotals(ctx, callIDs)
			})
			return totals[id], err
		}
		pages[id] = &model.CallHistoryConnection{Page: page}
	}
	return pages, nil
}

// historyOf returns the entries of a window of the history of each call, and one more where there are any.
func (s scope) historyOf(ctx context.Context, callIDs []string, w window,
) (map[string][]*model.CallHistoryEntry, error) {
	inner := s.selectFrom((*model.CallHistoryEntry)(nil)).ColumnExpr("call_history.*, ROW_NUMBER() OVER"+
		" (PARTITION BY call_history.call_id ORDER BY call_history.version DESC) AS place").
		Where("call_history.call_id IN (?)", bun.List(callIDs))
	if w.cursor != nil {
		inner.Where("call_history.version < ?", w.cursor[0])
	}
	var rows []*model.CallHistoryEntry
	q := s.selectUnion(&rows, []*bun.SelectQuery{inner}).Where("place <= ?", w.size+1).Order("version DESC")
	if err := q.Scan(ctx); err != nil {
		return nil, err
	}
	prepareRows(s, rows)
	byCall := make(map[string][]*model.CallHistoryEntry, len(callIDs))
	for _, row := range rows {
		byCall[row.CallID] = append(byCall[row.CallID], row)
	}
	return byCall, nil
}

func (s scope) historyTotals(ctx context.Context, callIDs []string) (map[string]int, error) {
	return countByCall(ctx, s.selectFrom((*model.CallHistoryEntry)(nil)).Where("call_id IN (?)", bun.List(callIDs)))
}
