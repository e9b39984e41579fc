package graph

import (
	"context"

	"callbook/db"
	"callbook/model"
)

func (r call) Tasks(ctx context.Context, c *model.Call, filter *model.TaskFilter, orderBy []*model.TaskOrder,
	first *int, after *string,
) (*model.TaskConnection, error) {
	q := db.TaskQuery{Filter: filter, OrderBy: orderBy, PageArgs: model.PageArgs{First: first, After: after}}
	page, err := loadPage(ctx, r.db, c.RowSet, "tasks", c, callID, q, db.TaskColumns, (*db.DB).TasksOfCalls)
	return &model.TaskConnection{Page: page}, reportAll(ctx, err)
}

func (r task) Call(ctx context.Context, t *model.Task) (*model.Call, error) {
	ofCall := func(t *model.Task) *string { return &t.CallID }
	return loadRow(ctx, r.db, t.RowSet, "call", t, ofCall, db.CallColumns, (*db.DB).CallsByID)
}

func (r query) Task(ctx context.Context, id string) (*model.Task, error) {
	return r.db.Task(ctx, id, selected(ctx, db.TaskColumns))
}

func (r query) Tasks(ctx context.Context, filter *model.TaskFilter, orderBy []*model.TaskOrder,
	first *int, after *string, last *int, before *string, offset *int,
) (*model.TaskConnection, error) {
	page, err := reported(ctx, r.db.Tasks, db.TaskQuery{Filter: filter, OrderBy: orderBy,
		Columns: selected(ctx, db.TaskColumns), PageArgs: pageArgs(first, after, last, before, offset)})
	if err == nil {
		noteListed(ctx, "tasks", len(page.Nodes), filter)
	}
	return page, err
}

func (r mutation) CreateCallTasks(
	ctx context.Context, selectArg model.CallSelector, tasks []*model.CreateTaskInput, policy model.BatchPolicy,
) (*model.CreateCallTasksPayload, error) {
	payload, err := r.db.CreateCallTasks(ctx, selectArg, tasks, db.Batch{Policy: policy})
	change{"createCallTasks", filterOfCalls(selectArg), false}.note(ctx, func() int { return len(payload.Tasks) }, err)
	return payload, reportAll(ctx, err)
}

func (r mutation) UpdateTask(
	ctx context.Context, id string, input model.UpdateTaskInput, expectedVersion *int,
) (*model.UpdateTaskPayload, error) {
	t, err := r.db.UpdateTask(ctx, id, input, expectedVersion)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	return &model.UpdateTaskPayload{Task: t}, nil
}

func (r mutation) CompleteTasks(
	ctx context.Context, selectArg model.TaskSelector, policy model.BatchPolicy,
) (*model.TasksPayload, error) {
	payload, err := r.db.CompleteTasks(ctx, selectArg, policy)
	change{what: "completeTasks"}.note(ctx, func() int { return payload.Written }, err)
	return payload, err
}

func (r mutation) DeleteTasks(
	ctx context.Context, selectArg model.TaskSelector, policy model.BatchPolicy,
) (*model.TasksPayload, error) {
	payload, err := r.db.DeleteTasks(ctx, selectArg, policy)
	noteErased(ctx, "tasks", func() []string { return goneTasks(payload.Results) }, err)
	return payload, err
}

// goneTasks returns the keys of the tasks that a mutation has removed.
func goneTasks(results []*model.TaskResult) (ids []string) {
	for _, result := range results {
		if result.DeletedNodeID != nil {
			ids = append(ids, result.TaskID)
		}
	}
	return ids
}
