package db

import (
	"context"
	"time"

	"callbook/model"
)

// MaxTaskPage is the greatest page of tasks.
const MaxTaskPage = 1000

// ofLiveCall is the condition on tasks that their call is not deleted.
const ofLiveCall = "EXISTS (SELECT 1 FROM calls AS owner" +
	" WHERE owner.tenant_id = task.tenant_id AND owner.id = task.call_id AND owner.deleted_at IS NULL)"

// Task returns a task by its key; nil where there is none, or where its call is deleted. Where columns are asked for no
// others are read. It takes one statement.
func (d *DB) Task(ctx context.Context, id string, asked ...Columns) (*model.Task, error) {
	return rowByKey(ctx, d, &taskEntity, id, expr(ofLiveCall), asked)
}

// TasksByID returns tasks by key; those that are missing, or whose calls are deleted, are absent. Where columns are
// asked for no others are read. It takes one statement.
func (d *DB) TasksByID(ctx context.Context, ids []string, asked ...Columns) (map[string]*model.Task, error) {
	return rowsByKey(ctx, d, &taskEntity, ids, expr(ofLiveCall), asked)
}

// TaskQuery says which tasks, in which order.
type TaskQuery struct {
	Filter  *model.TaskFilter
	OrderBy []*model.TaskOrder
	Columns Columns // where they are asked for no others are read
	model.PageArgs
}

// Tasks returns a page of the tasks of calls that are not deleted. It returns BAD_USER_INPUT, and LIMIT_EXCEEDED for
// a page or a filter that is too large. It takes one statement, and one more for the total where it is asked for.
func (d *DB) Tasks(ctx context.Context, q TaskQuery) (*model.TaskConnection, error) {
	l, err := d.taskList(ctx, q)
	if err != nil {
		return nil, err
	}
	l.cond, l.prepare = allOf(expr(ofLiveCall), l.cond), prepareRows[model.Task]
	page, err := l.page(ctx, q.PageArgs)
	return &model.TaskConnection{Page: page}, err
}

// TasksOfCalls returns a page of the tasks of each of many calls, by call; every call has a page. Where columns are
// asked for no others are read. Errors and statements are those of Tasks, the total being one statement for all calls.
func (d *DB) TasksOfCalls(ctx context.Context, callIDs []string, q TaskQuery, asked ...Columns,
) (map[string]model.Page[model.Task], error) {
	l, err := d.taskList(ctx, q)
	if err != nil {
		return nil, err
	}
	l.asked, l.needed = TaskColumns.union(asked), TaskColumns.Of("callId")
	of := children[string, model.Task]{list: l, parent: "task.call_id",
		key: func(t *model.Task) *string { return &t.CallID }, prepareAll: prepareRows[model.Task]}
	return of.pages(ctx, callIDs, q.PageArgs)
}

// taskList returns the list of the tasks that a query asks for, those of deleted calls included.
func (d *DB) taskList(ctx context.Context, q TaskQuery) (*list[model.Task], error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	order, err := orderOf(s, q.OrderBy, taskSortStep, taskKeys[model.TaskOrderFieldID], defaultTaskOrder)
	if err != nil {
		return nil, err
	}
	filtered, err := s.filter(q.Filter, taskFilterColumns)
	l := &list[model.Task]{scope: s, kind: "tasks", maxSize: MaxTaskPage, cond: filtered, order: order,
		rows: TaskColumns, asked: q.Columns}
	if q.Filter == nil && q.OrderBy == nil {
		l.fixed = "page of tasks"
	}
	return l, err
}

var taskFilterColumns = map[string]filterColumn{
	"ID":            {expr: "task.id"},
	"CallID":        {expr: "task.call_id"},
	"Subject":       {expr: "task.subject", fold: "task.subject_fold"},
	"Status":        {expr: "task.status"},
	"DueAt":         {expr: "task.due_at"},
	"ClosedAt":      {expr: "task.closed_at"},
	"Assignee":      {expr: "task.assignee"},
	"Version":       {expr: "task.version"},
	"CreatedBy":     {expr: "task.created_by"},
	"CreatedByKind": {expr: "task.created_by_kind"},
	"CreatedAt":     {expr: "task.created_at"},
	"UpdatedBy":     {expr: "task.updated_by"},
	"UpdatedAt":     {expr: "task.updated_at"},
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
