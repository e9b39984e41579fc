package db

import (
	"context"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"callbook/model"
)

type (
	taskOutcome  = Outcome[string, model.Task]
	taskOutcomes = outcomes[string, model.Task]
)

// CreateCallTasks gives every chosen call every task. Of the whole batch it returns BAD_USER_INPUT, with fields such
// as tasks.0.subject, and LIMIT_EXCEEDED; of a call, NOT_FOUND and CONFLICT. It takes one statement beside those that
// choose and lock the calls (see chooseCalls). The calls stay locked, so none is deleted meanwhile.
func (d *DB) CreateCallTasks(ctx context.Context, selector model.CallSelector, inputs []*model.CreateTaskInput, b Batch,
) (*model.CreateCallTasksPayload, error) {
	patterns, err := d.newTasks(inputs)
	if err != nil {
		return nil, err
	}
	var tasks []*model.Task
	b.isWhole = true // the limit on tasks is of all calls together
	out, err := d.changeCalls(ctx, selector, isLive, b,
		func(ctx context.Context, s scope, sel *callSelection) (out *callOutcomes, err error) {
			out = sel.outcomes(checkLive)
			prepareRows(s, out.rows())
			tasks, err = s.createTasks(ctx, out, patterns)
			out.tasks = taskEntity.keys(tasks)
			return out, err
		})
	if err == nil && tasks == nil && len(out.tasks) > 0 {
		tasks, err = d.tasksAgain(ctx, out.tasks)
	}
	payload, err := callsPayload(out, err)
	if err != nil {
		return nil, err
	}
	if payload.Written == 0 || tasks == nil {
		tasks = []*model.Task{}
	}
	return &model.CreateCallTasksPayload{Tasks: tasks, Results: payload.Results}, nil
}

// tasksAgain returns tasks by key, in the order of the keys, without those that are gone. It takes one statement.
func (d *DB) tasksAgain(ctx context.Context, ids []string) (tasks []*model.Task, err error) {
	stored, err := rowsByKey(ctx, d, &taskEntity, ids, cond{}, nil)
	for _, id := range ids {
		if task := stored[id]; task != nil {
			tasks = append(tasks, task)
		}
	}
	return tasks, err
}

// createTasks gives every call that has not failed a copy of every pattern, and sets its outcome to UPDATED.
func (s scope) createTasks(ctx context.Context, out *callOutcomes, patterns []*model.Task) ([]*model.Task, error) {
	tasks := []*model.Task{}
	calls := out.rows()
	if n := len(calls) * len(patterns); n > MaxBatch {
		return nil, model.LimitExceeded("tasks", "would be %d; at most %d", n, MaxBatch)
	}
	for _, call := range calls {
		for _, pattern := range patterns {
			task := *pattern
			task.ID, task.CallID = uuid.Must(uuid.NewV7()).String(), call.ID
			taskEntity.bumpVersion(s, &task)
			task.CreatedBy, task.CreatedByKind, task.CreatedAt = task.UpdatedBy, s.actor.CreatorKind(), task.UpdatedAt
			task.CallCreator = call.Creator()
			s.taskChanged(model.ChangeKindCreated, "createCallTasks", nil, &task)
			tasks = append(tasks, &task)
		}
	}
	if len(tasks) == 0 {
		return tasks, nil
	}
	out.setAll(model.RowOutcomeUpdated)
	prepareRows(s, tasks)
	err := insertRows(ctx, s, tasks)
	return tasks, err
}

// newTasks returns the tasks that inputs describe, without their calls.
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

// UpdateTask patches a task. It returns BAD_USER_INPUT for a task that would break the rules, NOT_FOUND where there
// is none or its call is deleted, and CONFLICT where the version is not the expected one. It takes two statements,
// three where anything changes.
func (d *DB) UpdateTask(ctx context.Context, id string, in model.UpdateTaskInput, expected *int,
) (*model.Task, error) {
	out, err := once(ctx, d, func(ctx context.Context) (out taskOutcome, err error) {
		err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
			if out.Row, err = s.updateTask(ctx, id, in, expected); err == nil {
				s.keep(func() *keptResult { return keptOne(id, model.RowOutcomeUpdated) })
			}
			return err
		})
		return out, err
	}, func(ctx context.Context, kept *keptResult) (taskOutcome, error) {
		return rowAgain(ctx, d, &taskEntity, kept)
	})
	if err != nil {
		return nil, err
	}
	return out.Row, nil
}

func (s scope) updateTask(ctx context.Context, id string, in model.UpdateTaskInput, expected *int,
) (*model.Task, error) {
	rows, err := s.lockTasks(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	task := rows[id]
	if task == nil {
		return nil, taskEntity.notFound(id)
	}
	if err := taskEntity.checkVersion(task, expected); err != nil {
		return nil, err
	}
	prepareRows(s, []*model.Task{task})
	before := new(*task)
	changed, errs := in.Apply(task, s.now)
	if len(errs) > 0 {
		return nil, errs
	}
	if !changed {
		return task, nil
	}
	taskEntity.bumpVersion(s, task)
	s.taskChanged(model.ChangeKindUpdated, "updateTask", before, task)
	return task, upsertRows(ctx, s, []*model.Task{task})
}

// CompleteTasks sets tasks DONE. Of the whole batch it returns BAD_USER_INPUT and LIMIT_EXCEEDED; of a task,
// NOT_FOUND, also where its call is deleted, CONFLICT where the version is not the expected one, and BAD_USER_INPUT
// where its key has come before. It takes two statements, three where anything changes.
func (d *DB) CompleteTasks(ctx context.Context, selector model.TaskSelector, policy model.BatchPolicy,
) (*model.TasksPayload, error) {
	return d.changeTasks(ctx, selector, policy, scope.completeTasks)
}

// DeleteTasks removes tasks permanently. Errors and statements are those of CompleteTasks.
func (d *DB) DeleteTasks(ctx context.Context, selector model.TaskSelector, policy model.BatchPolicy,
) (*model.TasksPayload, error) {
	return d.changeTasks(ctx, selector, policy, scope.deleteTasks)
}

// changeTasks runs change on the tasks that a selector chooses, which are found and locked.
func (d *DB) changeTasks(ctx context.Context, selector model.TaskSelector, policy model.BatchPolicy,
	change func(scope, context.Context, *taskOutcomes) error,
) (*model.TasksPayload, error) {
	if err := checkSelector(selector.Ids != nil, selector.Versions != nil); err != nil {
		return nil, err
	}
	tasks, err := chooseKeys(&taskEntity, selector.Ids, selector.Versions, versionInput)
	if err != nil {
		return nil, err
	}
	b := Batch{Policy: policy}
	out, err := runChosen(ctx, d, b, &taskEntity, func(context.Context) (*chosen[string, model.Task], error) {
		return tasks, nil
	}, scope.lockTasks, func(ctx context.Context, s scope, sel *selection[string, model.Task]) (*taskOutcomes, error) {
		out := sel.outcomes(anyRow)
		if b.rejects(out.anyFailed()) {
			return out, nil
		}
		return out, change(s, ctx, out)
	})
	if err != nil {
		return nil, err
	}
	payload := &model.TasksPayload{Written: out.written, Results: make([]*model.TaskResult, len(out.list))}
	for i, o := range out.list {
		result := &model.TaskResult{
			Index: o.Index, TaskID: o.Key, TaskNodeID: model.NodeID("Task", o.Key), Outcome: o.Outcome, Task: o.Row,
			Errors: o.Errors.InputErrors(),
		}
		if o.isGone() {
			result.DeletedNodeID = &result.TaskNodeID
		}
		payload.Results[i] = result
	}
	return payload, nil
}

// deleteTasks removes the tasks that have not failed, in two statements; none where there are none.
func (s scope) deleteTasks(ctx context.Context, out *taskOutcomes) error {
	out.setAll(model.RowOutcomePurged)
	rows := out.rows()
	if len(rows) == 0 {
		return nil
	}
	keys, calls := taskEntity.keys(rows), make([]string, len(rows))
	for i, row := range rows {
		calls[i] = row.CallID
		s.taskChanged(model.ChangeKindPurged, "deleteTasks", nil, row)
	}
	if err := s.execWrite(ctx, s.deleteFrom((*model.Task)(nil)).Where("id IN (?)", bun.List(keys))); err != nil {
		return err
	}
	return s.eraseEvents(ctx, []model.ChangeEntity{model.ChangeEntityTask}, calls, keys)
}

// completeTasks sets the tasks that have not failed DONE, in one statement; none where nothing changes.
func (s scope) completeTasks(ctx context.Context, out *taskOutcomes) error {
	rows := out.rows()
	prepareRows(s, rows)
	done := model.CompleteTaskPatch()
	var changed []*model.Task
	for _, row := range rows {
		before := new(*row)
		if isChanged, _ := done.Apply(row, s.now); isChanged {
			taskEntity.bumpVersion(s, row)
			s.taskChanged(model.ChangeKindUpdated, "completeTasks", before, row)
			out.set(row.ID, row, model.RowOutcomeUpdated)
			changed = append(changed, row)
		}
	}
	return upsertRows(ctx, s, taskEntity.sorted(changed))
}

// lockTasks reads tasks by key, those whose calls are not deleted, and locks them against writers and their calls
// against deletion: two statements, none for no keys.
func (s scope) lockTasks(ctx context.Context, ids []string) (map[string]*model.Task, error) {
	rows, err := lockKeys[string, model.Task](ctx, s, "lockTasks", ids, func(t scope, rows any) *bun.SelectQuery {
		return t.lockForUpdate(rows).Where(ofLiveCall)
	})
	if err != nil {
		return nil, err
	}
	calls := make([]string, len(rows))
	for i, row := range rows {
		calls[i] = row.CallID
	}
	live, err := s.lockLiveCalls(ctx, calls)
	tasks := make(map[string]*model.Task, len(rows))
	for _, row := range rows {
		if call := live[row.CallID]; call != nil {
			row.CallCreator = call.Creator()
			tasks[row.ID] = row
		}
	}
	return tasks, err
}
