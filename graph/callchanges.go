package graph

import (
	"context"

	"callbook/db"
	"callbook/model"
)

// CallChanged sends the changes of calls that the caller sees. It ends with LIMIT_EXCEEDED where the client falls too
// far behind.
func (r subscription) CallChanged(ctx context.Context, id *string, kinds []model.CallChangeKind,
	filter *model.CallFilter, dataset model.CallDataset, after *string,
) (<-chan *model.CallChange, error) {
	watch := db.CallWatch{ID: id, Kinds: kinds, Filter: filter, Dataset: dataset, After: after}
	watcher, err := r.db.WatchCalls(ctx, watch)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	return deliver(ctx, r.feed, watcher.Next), nil
}

// CallRecordChanged is CallChanged for call records.
func (r subscription) CallRecordChanged(ctx context.Context, kinds []model.ChangeKind, filter *model.CallRecordFilter,
	after *string,
) (<-chan *model.CallRecordChange, error) {
	watcher, err := r.db.WatchRecords(ctx, db.RecordWatch{Kinds: kinds, Filter: filter, After: after})
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	return deliver(ctx, r.feed, watcher.Next), nil
}

// TaskChanged is CallChanged for tasks.
func (r subscription) TaskChanged(ctx context.Context, kinds []model.ChangeKind, filter *model.TaskFilter,
	after *string,
) (<-chan *model.TaskChange, error) {
	watcher, err := r.db.WatchTasks(ctx, db.TaskWatch{Kinds: kinds, Filter: filter, After: after})
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	return deliver(ctx, r.feed, watcher.Next), nil
}

func (r query) Changes(ctx context.Context, after *string, entities []model.ChangeEntity, first int,
) (*model.ChangePage, error) {
	return r.db.Changes(ctx, after, entities, first)
}
