package db

import (
	"context"
	"reflect"

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
	notes, err := countOfCalls[model.Note](ctx, s, callIDs, "COUNT(*)", "0")
	for _, row := range notes {
		counts[row.CallID].Notes = row.First
	}
	if err != nil {
		return nil, err
	}
	tasks, err := countOfCalls[model.Task](ctx, s, callIDs, "COUNT(CASE WHEN status <> 'DONE' THEN 1 END)",
		"COUNT(CASE WHEN status = 'DONE' THEN 1 END)")
	for _, row := range tasks {
		counts[row.CallID].OpenTasks, counts[row.CallID].FinishedTasks = row.First, row.Second
	}
	return counts, err
}

// callCounts are two counts of rows of one call.
type callCounts struct {
	CallID        string
	First, Second int
}

// countOfCalls returns two counts of the rows of a table that hang on calls; calls without rows are absent. It takes
// one statement.
func countOfCalls[T any](ctx context.Context, s scope, callIDs []string, first, second string,
) (rows []callCounts, err error) {
	sh := shape{name: "count of " + reflect.TypeFor[T]().Name(), ofMany: len(callIDs) != 1}
	err = s.selectReady(ctx, sh, &rows, func(t scope, param func(int) any) *bun.SelectQuery {
		q := t.selectFrom((*T)(nil)).ColumnExpr("call_id, " + first + " AS first, " + second + " AS second")
		return where(q, t.amongKeys(sh.ofMany, "call_id", param(0))).Group("call_id")
	}, keyArgument(s, callIDs))
	return rows, err
}
