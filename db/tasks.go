package db

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

const (
	// MaxTaskPage is the greatest page of tasks.
	MaxTaskPage = 1000
	// MaxTaskBatch is the greatest number of tasks of one mutation.
	MaxTaskBatch = 10000
)

// ofLiveCall holds for tasks whose call is not deleted.
const ofLiveCall = "EXISTS (SELECT 1 FROM calls AS owner WHERE owner.tenant_id = task.tenant_id AND owner.id = task.call_id AND owner.deleted_at IS NULL)"

// Task is one task by its key; nil where there is none, or where its call is deleted.
func (d *DB) Task(ctx context.Context, id string) (*model.Task, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*model.Task
	if err := s.selectFrom(&rows).Where("task.id = ?", id).Where(ofLiveCall).Scan(ctx); err != nil {
		return nil, err
	}
	taskSiblings(rows)
	return first(rows), nil
}

func taskSiblings(rows []*model.Task) {
	set := &model.RowSet[model.Task]{Rows: rows}
	for _, row := range rows {
		row.RowSet = set
	}
}

// TaskQuery says which tasks, in which order.
type TaskQuery struct {
	Filter  *model.TaskFilter
	OrderBy []*model.TaskOrder
	model.PageArgs
}

// Tasks is a page of tasks of calls that are not deleted: one statement, and one more for the total where it is asked for.
func (d *DB) Tasks(ctx context.Context, q TaskQuery) (*model.TaskConnection, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	order, err := orderOf(s, q.OrderBy, taskSortStep, taskKeys[model.TaskOrderFieldID], sortStep[model.Task]{sortKey: taskKeys[model.TaskOrderFieldDueAt]})
	if err != nil {
		return nil, err
	}
	filtered, err := s.filter(q.Filter, taskFilterColumns)
	if err != nil {
		return nil, err
	}
	l := &list[model.Task]{scope: s, kind: "tasks", maxSize: MaxTaskPage, cond: allOf(expr(ofLiveCall), filtered), order: order,
		exclude: []string{"subject_fold"}, prepare: taskSiblings}
	page, err := l.page(ctx, q.PageArgs)
	return &model.TaskConnection{Page: page}, err
}

// TasksOfCalls are the tasks of calls, by call, the earliest due first: one statement.
func (d *DB) TasksOfCalls(ctx context.Context, callIDs []string) (map[string][]*model.Task, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*model.Task
	if err := s.selectFrom(&rows).ExcludeColumn("subject_fold").Where("task.call_id IN (?)", bun.List(callIDs)).
		OrderExpr("task.call_id, task.due_at NULLS LAST, task.id").Scan(ctx); err != nil {
		return nil, err
	}
	taskSiblings(rows)
	tasks := make(map[string][]*model.Task, len(callIDs))
	for _, row := range rows {
		tasks[row.CallID] = append(tasks[row.CallID], row)
	}
	return tasks, nil
}

// CreateCallTasks gives every chosen call every task, in two statements. No task is left without its call.
func (d *DB) CreateCallTasks(ctx context.Context, selector model.CallSelector, inputs []*model.CreateTaskInput, b Batch) (*model.CreateCallTasksPayload, error) {
	patterns, err := d.newTasks(inputs)
	if err != nil {
		return nil, err
	}
	var tasks []*model.Task
	payload, err := d.writeBatch(ctx, b, func(ctx context.Context, s scope) (int, []CallOutcome, error) {
		sel, err := s.selectCalls(ctx, selector)
		if err != nil {
			return 0, nil, err
		}
		rows, out := sel.live()
		s.asRead(rows)
		tasks = []*model.Task{}
		if n := len(rows) * len(patterns); n > MaxTaskBatch {
			return 0, nil, model.LimitExceeded("tasks", "would be %d; at most %d", n, MaxTaskBatch)
		}
		for _, row := range rows {
			for _, pattern := range patterns {
				task := *pattern
				task.ID, task.CallID = uuid.Must(uuid.NewV7()).String(), row.ID
				s.stampTask(&task)
				task.CreatedBy, task.CreatedAt = task.UpdatedBy, task.UpdatedAt
				tasks = append(tasks, &task)
			}
		}
		if len(tasks) == 0 {
			return sel.matched, out, nil
		}
		_, err = insertInto(s, tasks).Exec(ctx)
		return sel.matched, decide(out, model.RowOutcomeUpdated), err
	})
	if err != nil {
		return nil, err
	}
	if payload.Written == 0 {
		tasks = []*model.Task{}
	}
	taskSiblings(tasks)
	return &model.CreateCallTasksPayload{Tasks: tasks, Results: payload.Results}, nil
}

// newTasks are the tasks that inputs describe, without their calls.
func (d *DB) newTasks(inputs []*model.CreateTaskInput) ([]*model.Task, error) {
	var all model.Errors
	tasks := make([]*model.Task, len(inputs))
	for i, in := range inputs {
		tasks[i] = &model.Task{}
		patch := in.Patch()
		_, errs := patch.Apply(tasks[i], model.Canonical(d.now()))
		all = append(all, errs.Under("tasks", i)...)
	}
	return tasks, all.Err()
}

func (s scope) stampTask(t *model.Task) {
	t.Version++
	t.UpdatedBy, t.UpdatedAt = s.actor.Name, s.now
}

// UpdateTask patches a task. It answers NOT_FOUND, also where its call is deleted, and CONFLICT where the version is not the
// expected one.
func (d *DB) UpdateTask(ctx context.Context, id string, in model.UpdateTaskInput, expected *int) (task *model.Task, err error) {
	err = d.write(ctx, func(ctx context.Context, s scope) error {
		rows, err := s.lockTasks(ctx, []string{id})
		if err != nil {
			return err
		}
		if task = rows[id]; task == nil {
			return noTask(id)
		}
		if expected != nil && *expected != task.Version {
			return model.StaleVersion(*expected, task.Version, task.UpdatedBy, task.UpdatedAt)
		}
		changed, errs := in.Apply(task, s.now)
		if len(errs) > 0 {
			return errs
		}
		if !changed {
			return nil
		}
		s.stampTask(task)
		_, err = upsert(s, []*model.Task{task}, "id").Exec(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	taskSiblings([]*model.Task{task})
	return task, nil
}

func noTask(id string) *model.Error {
	return model.NotFound("id", "there is no task with the key %s", text.Quote(id))
}

// TaskOutcome is what became of one task of a batch.
type TaskOutcome struct {
	ID      string
	Task    *model.Task
	Outcome model.RowOutcome
	Errors  model.Errors
}

// CompleteTasks sets tasks DONE, in three statements.
func (d *DB) CompleteTasks(ctx context.Context, selector model.TaskSelector, policy model.BatchPolicy) (out []TaskOutcome, err error) {
	ids, expected, err := keysOfTasks(selector)
	if err != nil {
		return nil, err
	}
	done := model.CompleteTaskPatch()
	err = d.write(ctx, func(ctx context.Context, s scope) error {
		rows, err := s.lockTasks(ctx, ids)
		if err != nil {
			return err
		}
		out = make([]TaskOutcome, len(ids))
		seen := map[string]int{}
		var answered, changed []*model.Task
		failures := false
		for i, id := range ids {
			if place, twice := seen[id]; twice {
				out[i] = failedTask(id, twiceError(id, place))
			} else {
				seen[id] = i
				out[i] = completeTask(s, rows[id], id, expected[i], done)
			}
			failures = failures || out[i].Errors != nil
			if out[i].Task != nil {
				answered = append(answered, out[i].Task)
			}
			if out[i].Outcome == model.RowOutcomeUpdated {
				changed = append(changed, out[i].Task)
			}
		}
		if failures && policy == model.BatchPolicyAllOrNothing {
			for i := range out {
				if out[i].Errors == nil {
					out[i] = TaskOutcome{ID: out[i].ID, Outcome: model.RowOutcomeSkipped}
				}
			}
			return nil
		}
		taskSiblings(answered)
		if len(changed) == 0 {
			return nil
		}
		_, err = upsert(s, byID(changed, func(t *model.Task) string { return t.ID }), "id").Exec(ctx)
		return err
	})
	return out, err
}

func keysOfTasks(selector model.TaskSelector) (ids []string, expected []*int, err error) {
	if (selector.Ids == nil) == (selector.Versions == nil) {
		return nil, nil, model.BadInput("select", "must have exactly one of ids and versions")
	}
	if n := len(selector.Ids) + len(selector.Versions); n > MaxTaskBatch {
		return nil, nil, model.LimitExceeded("select", "has %d keys; at most %d", n, MaxTaskBatch)
	}
	ids, expected = selector.Ids, make([]*int, len(selector.Ids)+len(selector.Versions))
	for i, v := range selector.Versions {
		ids = append(ids, v.ID)
		expected[i] = &v.ExpectedVersion
	}
	return ids, expected, nil
}

func failedTask(id string, err *model.Error) TaskOutcome {
	return TaskOutcome{ID: id, Outcome: model.RowOutcomeFailed, Errors: model.Errors{err}}
}

func completeTask(s scope, row *model.Task, id string, expected *int, done model.UpdateTaskInput) TaskOutcome {
	switch {
	case row == nil:
		return failedTask(id, noTask(id))
	case expected != nil && *expected != row.Version:
		return failedTask(id, model.StaleVersion(*expected, row.Version, row.UpdatedBy, row.UpdatedAt))
	}
	if changed, _ := done.Apply(row, s.now); !changed {
		return TaskOutcome{ID: id, Task: row, Outcome: model.RowOutcomeUnchanged}
	}
	s.stampTask(row)
	return TaskOutcome{ID: id, Task: row, Outcome: model.RowOutcomeUpdated}
}

func (s scope) lockTasks(ctx context.Context, ids []string) (map[string]*model.Task, error) {
	tasks := make(map[string]*model.Task, len(ids))
	if len(ids) == 0 {
		return tasks, nil
	}
	var rows []*model.Task
	if err := s.lockForUpdate(&rows).Where("task.id IN (?)", bun.List(ids)).Where(ofLiveCall).Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	calls := make([]string, len(rows))
	for i, row := range rows {
		calls[i] = row.CallID
	}
	live, err := s.lockLive(ctx, calls)
	for _, row := range rows {
		if live[row.CallID] {
			tasks[row.ID] = row
		}
	}
	return tasks, err
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
	model.TaskOrderFieldID:        textKey("id", "task.id", func(t *model.Task) *string { return &t.ID }).required(),
	model.TaskOrderFieldCallID:    textKey("callId", "task.call_id", func(t *model.Task) *string { return &t.CallID }).required(),
	model.TaskOrderFieldSubject:   textKey("subject", "task.subject", func(t *model.Task) *string { return &t.Subject }).required(),
	model.TaskOrderFieldStatus:    enumKey("status", "task.status", func(t *model.Task) *model.TaskStatus { return &t.Status }).required(),
	model.TaskOrderFieldDueAt:     timeKey("dueAt", "task.due_at", func(t *model.Task) *time.Time { return t.DueAt }),
	model.TaskOrderFieldClosedAt:  timeKey("closedAt", "task.closed_at", func(t *model.Task) *time.Time { return t.ClosedAt }),
	model.TaskOrderFieldAssignee:  textKey("assignee", "task.assignee", func(t *model.Task) *string { return t.Assignee }),
	model.TaskOrderFieldCreatedAt: timeKey("createdAt", "task.created_at", func(t *model.Task) *time.Time { return &t.CreatedAt }).required(),
	model.TaskOrderFieldUpdatedAt: timeKey("updatedAt", "task.updated_at", func(t *model.Task) *time.Time { return &t.UpdatedAt }).required(),
}

func taskSortStep(o *model.TaskOrder) sortStep[model.Task] {
	return sortStep[model.Task]{taskKeys[o.Field], o.Direction == model.OrderDirectionDesc, o.Nulls == model.NullOrderFirst}
}
