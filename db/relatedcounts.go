package db

import (
	"context"

	"github.com/uptrace/bun"

	"callbook/model"
)

// RelatedCounts counts the notes and tasks of calls, by call; every call has an entry. Attachments are not counted:
// they are a column of the call. It takes two statements.
func (d *DB) RelatedCounts(ctx context.Context, callIDs []string) (map[string]*model.CallRelatedCounts, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	counts := make(map[string]*model.CallRelatedCounts, len(callIDs))
	for _, id := range callIDs {
		counts[id] = &model.CallRelatedCounts{}
	}
	ofCalls := s.selectFrom((*model.Note)(nil)).Where("call_id IN (?)", bun.List(callIDs))
	notes, err := countBy[string](ctx, ofCalls, "call_id")
	if err != nil {
		return nil, err
	}
	for id, n := range notes {
		counts[id].Notes = n
	}
	var tasks []struct {
		CallID         string
		Open, Finished int
	}
	err = s.selectFrom((*model.Task)(nil)).Where("call_id IN (?)", bun.List(callIDs)).Group("call_id").
		ColumnExpr("call_id, COUNT(CASE WHEN status <> 'DONE' THEN 1 END) AS open").
		ColumnExpr("COUNT(CASE WHEN status = 'DONE' THEN 1 END) AS finished").Scan(ctx, &tasks)
	for _, row := range tasks {
		counts[row.CallID].OpenTasks, counts[row.CallID].FinishedTasks = row.Open, row.Finished
	}
	return counts, err
}
