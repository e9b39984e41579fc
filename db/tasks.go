package db

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

// MaxTaskPage is the greatest page of tasks.
const MaxTaskPage = 1000

// ofLiveCall is the condition on tasks that their call is not deleted.
const ofLiveCall = "EXISTS (SELECT 1 FROM calls AS owner" +
	" WHERE owner.tenant_id = task.tenant_id AND owner.id = task.call_id AND owner.deleted_at IS NULL)"

// Task returns a task by its key; nil where there is none, or where its call is deleted. It takes one statement.
func (d *DB) Task(ctx context.Context, id string) (*model.Task, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*model.Task
	if err := s.selectFrom(&rows).Where("task.id = ?", id).Where(ofLiveCall).Scan(ctx); err != nil {
		return nil, err
	}
	prepareRows(s, rows)
	return firstRow(rows), nil
}

// unlistedTaskColumns are not read with a list: only searches use them.
var unlistedTaskColumns = []string{"subject_fold"}

// TaskQuery says which tasks, in which order.
type TaskQuery struct {
	Filter  *model.TaskFilter
	OrderBy []*model.TaskOrder
	model.PageArgs
}

// Tasks returns a page of the tasks of calls that are not deleted. It returns BAD_USER_INPUT, and LIMIT_EXCEEDED for
// a page or a filter that is too large. It takes one statement, and one more for the total where it is asked for.
func (d *DB) Tasks(ctx context.Context, q TaskQuery) (*model.TaskConnection, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	order, err := orderOf(s, q.OrderBy, taskSortStep, taskKeys[model.TaskOrderFieldID], defaultTaskOrder)
	if err != nil {
		return nil, err
	}
	filtered, err := s.filter(q.Filter, taskFilterColumns)
	if err != nil {
		return nil, err
	}
	l := &list[model.Task]{scope: s, kind: "tasks", maxSize: MaxTaskPage, cond: allOf(expr(ofLiveCall), filtered),
		order: order, exclude: unlistedTaskColumns, prepare: prepareRows[model.Task]}
	page, err := l.page(ctx, q.PageArgs)
	return &model.TaskConnection{Page: page}, err
}

// TasksOfCalls returns the tasks of calls, by call, the earliest due first; calls without tasks are absent. It takes
// one statement.
func (d *DB) TasksOfCalls(ctx context.Context, callIDs []string) (map[string][]*model.Task, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*model.Task
	if err := s.selectFrom(&rows).ExcludeColumn(unlistedTaskColumns...).Where("task.call_id IN (?)", bun.List(callIDs)).
		OrderExpr("task.call_id, task.due_at NULLS LAST, task.id").Scan(ctx); err != nil {
		return nil, err
	}
	prepareRows(s, rows)
	tasks := make(map[string][]*model.Task, len(callIDs))
	for _, row := range rows {
		tasks[row.CallID] = append(tasks[row.CallID], row)
	}
	return tasks, nil
}

var taskFilterColumns = map[string]filterColumn{
	"ID":        {expr: "task.id"},
	"CallID":    {expr: "task.call_id"},
	"Subject":   {expr: "task.subject", fold: "task.subject_fold"},
	"Status":    {expr: "task.status"},
	"DueAt":     {expr: "task.due_at"},
	"ClosedAt":  {expr: "task.closed_at"},
	"Assignee":  {expr: "task.assignee"},
	"Version":   {expr: "task.version"},
	"CreatedBy": {expr: "task.created_by"},
	"CreatedAt": {expr: "task.created_at"},
	"UpdatedBy": {expr: "task.updated_by"},
	"UpdatedAt": {expr: "task.updated_at"},
}

var taskKeys = map[model.TaskOrderField]sortKey[model.Task]{
	model.TaskOrderFieldID: textKey("id", "task.id",
		func(t *model.Task) *string { return &t.ID }).required(),
	model.TaskOrderFieldCallID: textKey("callId", "task.call_id",
		func(t *model.Task) *string { return &t.CallID }).required(),
	model.TaskOrderFieldSubject: textKey("subject", "task.subject",
		func(t *model.Task) *string { return &t.Subject }).required(),
	model.TaskOrderFieldStatus: enumKey("status", "task.status",
		func(t *model.Task) *model.TaskStatus { return &t.Status }).required(),
	model.TaskOrderFieldDueAt: timeKey("dueAt", "task.due_at",
		func(t *model.Task) *time.Time { return t.DueAt }),
	model.TaskOrderFieldClosedAt: timeKey("closedAt", "task.closed_at",
		func(t *model.Task) *time.Time { return t.ClosedAt }),
	model.TaskOrderFieldAssignee: textKey("assignee", "task.assignee",
		func(t *model.Task) *string { return t.Assignee }),
	model.TaskOrderFieldCreatedAt: timeKey("createdAt", "task.created_at",
		func(t *model.Task) *time.Time { return &t.CreatedAt }).required(),
	model.TaskOrderFieldUpdatedAt: timeKey("updatedAt", "task.updated_at",
		func(t *model.Task) *time.Time { return &t.UpdatedAt }).required(),
}

// defaultTaskOrder is the earliest due first, tasks without a due date last.
var defaultTaskOrder = sortStep[model.Task]{sortKey: taskKeys[model.TaskOrderFieldDueAt]}

func taskSortStep(o *model.TaskOrder) sortStep[model.Task] {
	return newSortStep(taskKeys[o.Field], o.Direction, o.Nulls)
}
