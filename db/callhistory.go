package db

import (
	"context"

	"github.com/uptrace/bun"

	"callbook/model"
)

// MaxHistoryPage is the greatest page of a call's history.
const MaxHistoryPage = 100

func (s scope) historyEntry(operation string, row *model.Call, changes []*model.FieldChange) *model.CallHistoryEntry {
	return &model.CallHistoryEntry{CallID: row.ID, Version: row.Version, Operation: operation, ChangedBy: s.actor.Name, ChangedAt: s.now,
		ChangeList: model.JSONList[*model.FieldChange]{V: changes}}
}

func (s scope) storeHistory(ctx context.Context, entries []*model.CallHistoryEntry) error {
	if len(entries) == 0 {
		return nil
	}
	_, err := insertInto(s, entries).Exec(ctx)
	return err
}

// CallHistory is a page of the history of each of many calls, by call, the latest first: one statement, and one more for the
// totals where they are asked for.
func (d *DB) CallHistory(ctx context.Context, callIDs []string, args model.PageArgs) (map[string]*model.CallHistoryConnection, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	version := intKey("version", "call_history.version", func(e *model.CallHistoryEntry) *int { return &e.Version }).required()
	l := &list[model.CallHistoryEntry]{scope: s, kind: "callHistory", maxSize: MaxHistoryPage,
		order: []sortStep[model.CallHistoryEntry]{{sortKey: version, desc: true}}}
	w, err := l.window(args)
	if err != nil {
		return nil, err
	}
	inner := s.selectFrom((*model.CallHistoryEntry)(nil)).
		ColumnExpr("call_history.*, ROW_NUMBER() OVER (PARTITION BY call_history.call_id ORDER BY call_history.version DESC) AS place").
		Where("call_history.call_id IN (?)", bun.List(callIDs))
	if w.cursor != nil {
		inner.Where("call_history.version < ?", w.cursor[0])
	}
	var rows []*model.CallHistoryEntry
	if err := s.selectUnion(&rows, []*bun.SelectQuery{inner}).Where("place <= ?", w.size+1).Order("version DESC").Scan(ctx); err != nil {
		return nil, err
	}
	byCall := make(map[string][]*model.CallHistoryEntry, len(callIDs))
	for _, row := range rows {
		row.Visibility = s.actor.Visibility
		byCall[row.CallID] = append(byCall[row.CallID], row)
	}
	set := &model.RowSet[string]{}
	pages := make(map[string]*model.CallHistoryConnection, len(callIDs))
	for _, id := range callIDs {
		page := l.assemble(w, byCall[id])
		page.Count = func(ctx context.Context) (int, error) {
			totals, err := model.Load(set, "total", func([]*string) (map[string]int, error) { return s.historyTotals(ctx, callIDs) })
			return totals[id], err
		}
		pages[id] = &model.CallHistoryConnection{Page: page}
	}
	return pages, nil
}

func (s scope) historyTotals(ctx context.Context, callIDs []string) (map[string]int, error) {
	return s.countByCall(ctx, s.selectFrom((*model.CallHistoryEntry)(nil)).Where("call_id IN (?)", bun.List(callIDs)))
}

// countByCall counts the rows of a query by the call they belong to.
func (s scope) countByCall(ctx context.Context, q *bun.SelectQuery) (map[string]int, error) {
	var rows []struct {
		CallID string
		Count  int
	}
	if err := q.ColumnExpr("call_id, COUNT(*) AS count").Group("call_id").Scan(ctx, &rows); err != nil {
		return nil, err
	}
	counts := make(map[string]int, len(rows))
	for _, row := range rows {
		counts[row.CallID] = row.Count
	}
	return counts, nil
}
