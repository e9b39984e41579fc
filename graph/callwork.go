package graph

import (
	"context"
	"fmt"

	"callbook/db"
	"callbook/model"
)

func (r call) RelatedCounts(ctx context.Context, c *model.Call) (*model.CallRelatedCounts, error) {
	counts, err := model.Load(c.RowSet, "relatedCounts", func(calls []*model.Call) (map[string]*model.CallRelatedCounts, error) {
		return r.db.RelatedCounts(ctx, callIDs(calls))
	})
	if err != nil {
		return nil, err
	}
	withAttachments := *counts[c.ID]
	withAttachments.Attachments = len(c.Attachments())
	return &withAttachments, nil
}

func (r call) Tasks(ctx context.Context, c *model.Call) ([]*model.Task, error) {
	tasks, err := model.Load(c.RowSet, "tasks", func(calls []*model.Call) (map[string][]*model.Task, error) {
		return r.db.TasksOfCalls(ctx, callIDs(calls))
	})
	if tasks[c.ID] == nil {
		return []*model.Task{}, err
	}
	return tasks[c.ID], err
}

func (r call) Notes(ctx context.Context, c *model.Call) ([]*model.Note, error) {
	notes, err := model.Load(c.RowSet, "notes", func(calls []*model.Call) (map[string][]*model.Note, error) {
		return r.db.NotesOfCalls(ctx, callIDs(calls))
	})
	if notes[c.ID] == nil {
		return []*model.Note{}, err
	}
	return notes[c.ID], err
}

func (r call) History(ctx context.Context, c *model.Call, first *int, after *string) (*model.CallHistoryConnection, error) {
	args := model.PageArgs{First: first, After: after}
	pages, err := model.Load(c.RowSet, "history "+describePage(args), func(calls []*model.Call) (map[string]*model.CallHistoryConnection, error) {
		return r.db.CallHistory(ctx, callIDs(calls), args)
	})
	return pages[c.ID], err
}

// describePage tells pages of the same field apart.
func describePage(a model.PageArgs) string {
	first, after := "", ""
	if a.First != nil {
		first = fmt.Sprint(*a.First)
	}
	if a.After != nil {
		after = *a.After
	}
	return first + " " + after
}

func (r task) Call(ctx context.Context, t *model.Task) (*model.Call, error) {
	calls, err := model.Load(t.RowSet, "call", func(tasks []*model.Task) (map[string]*model.Call, error) {
		ids := make([]string, len(tasks))
		for i, t := range tasks {
			ids[i] = t.CallID
		}
		return r.db.CallsByID(ctx, ids)
	})
	return calls[t.CallID], err
}

func (r query) Tasks(ctx context.Context, filter *model.TaskFilter, orderBy []*model.TaskOrder,
	first *int, after *string, last *int, before *string, offset *int,
) (*model.TaskConnection, error) {
	page, err := r.db.Tasks(ctx, db.TaskQuery{Filter: filter, OrderBy: orderBy,
		PageArgs: model.PageArgs{First: first, After: after, Last: last, Before: before, Offset: offset}})
	return page, each(ctx, err)
}

func (r mutation) CreateCallTasks(ctx context.Context, selectArg model.CallSelector, tasks []*model.CreateTaskInput, policy model.BatchPolicy) (*model.CreateCallTasksPayload, error) {
	payload, err := r.db.CreateCallTasks(ctx, selectArg, tasks, db.Batch{Policy: policy})
	return payload, each(ctx, err)
}

func (r mutation) UpdateTask(ctx context.Context, id string, input model.UpdateTaskInput, expectedVersion *int) (*model.UpdateTaskPayload, error) {
	t, err := r.db.UpdateTask(ctx, id, input, expectedVersion)
	if err != nil {
		return nil, each(ctx, err)
	}
	return &model.UpdateTaskPayload{Task: t}, nil
}

func (r mutation) CompleteTasks(ctx context.Context, selectArg model.TaskSelector, policy model.BatchPolicy) (*model.CompleteTasksPayload, error) {
	outcomes, err := r.db.CompleteTasks(ctx, selectArg, policy)
	if err != nil {
		return nil, err
	}
	payload := &model.CompleteTasksPayload{Results: make([]*model.TaskResult, len(outcomes))}
	for i, o := range outcomes {
		payload.Results[i] = &model.TaskResult{Index: o.Index, ID: o.Key, Outcome: o.Outcome, Task: o.Row, Errors: o.Errors.InputErrors()}
	}
	return payload, nil
}

func (r mutation) AddNote(ctx context.Context, callID, text string) (*model.NotePayload, error) {
	n, err := r.db.AddNote(ctx, callID, text)
	if err != nil {
		return nil, err
	}
	return &model.NotePayload{Note: n}, nil
}

func (r mutation) UpdateNote(ctx context.Context, id, text string, expectedVersion *int) (*model.NotePayload, error) {
	n, err := r.db.UpdateNote(ctx, id, text, expectedVersion)
	if err != nil {
		return nil, err
	}
	return &model.NotePayload{Note: n}, nil
}

func (r mutation) DeleteNote(ctx context.Context, id string, expectedVersion *int) (*model.DeleteNotePayload, error) {
	if err := r.db.DeleteNote(ctx, id, expectedVersion); err != nil {
		return nil, err
	}
	return &model.DeleteNotePayload{ID: id}, nil
}
