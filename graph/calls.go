package graph

import (
	"context"

	"callbook/db"
	"callbook/model"
)

func (r query) Call(ctx context.Context, id string) (*model.Call, error) { return r.db.Call(ctx, id) }

func (r query) Calls(ctx context.Context, dataset model.CallDataset, filter *model.CallFilter, orderBy []*model.CallOrder,
	first *int, after *string, last *int, before *string, offset *int,
) (*model.CallConnection, error) {
	page, err := r.db.Calls(ctx, db.CallQuery{Dataset: dataset, Filter: filter, OrderBy: orderBy,
		PageArgs: model.PageArgs{First: first, After: after, Last: last, Before: before, Offset: offset}})
	return page, each(ctx, err)
}

func (r call) Tags(ctx context.Context, c *model.Call) ([]string, error) {
	tags, err := model.ForAll(c.Siblings, "tags", func(calls []*model.Call) (map[string][]string, error) {
		return r.db.CallTags(ctx, callIDs(calls))
	})
	if tags[c.ID] == nil {
		return []string{}, err
	}
	return tags[c.ID], err
}

func (r call) Description(ctx context.Context, c *model.Call) (*string, error) {
	if c.DescriptionLoaded {
		return c.Description, nil
	}
	descriptions, err := model.ForAll(c.Siblings, "description", func(calls []*model.Call) (map[string]*string, error) {
		return r.db.CallDescriptions(ctx, callIDs(calls))
	})
	return descriptions[c.ID], err
}

func callIDs(calls []*model.Call) []string {
	ids := make([]string, len(calls))
	for i, c := range calls {
		ids[i] = c.ID
	}
	return ids
}

func (r mutation) CreateCall(ctx context.Context, input model.CreateCallInput) (*model.CreateCallPayload, error) {
	c, err := r.db.CreateCall(ctx, input)
	if err != nil {
		return nil, each(ctx, err)
	}
	return &model.CreateCallPayload{Call: c}, nil
}

func (r mutation) UpdateCall(ctx context.Context, id string, input model.UpdateCallInput, expectedVersion *int) (*model.UpdateCallPayload, error) {
	c, err := r.db.UpdateCall(ctx, id, input, expectedVersion)
	if err != nil {
		return nil, each(ctx, err)
	}
	return &model.UpdateCallPayload{Call: c}, nil
}

func (r mutation) SaveCall(ctx context.Context, input model.CreateCallInput, expectedVersion *int) (*model.SaveCallPayload, error) {
	c, created, err := r.db.SaveCall(ctx, input, expectedVersion)
	if err != nil {
		return nil, each(ctx, err)
	}
	return &model.SaveCallPayload{Call: c, Created: created}, nil
}

func (r mutation) DeleteCalls(ctx context.Context, ids []string) (*model.DeleteCallsPayload, error) {
	if err := checkBatch("ids", len(ids)); err != nil {
		return nil, err
	}
	deleted, err := r.db.DeleteCalls(ctx, ids)
	if err != nil {
		return nil, err
	}
	payload := &model.DeleteCallsPayload{Deleted: len(deleted), Results: make([]*model.DeleteCallResult, len(ids))}
	for i, id := range ids {
		result := &model.DeleteCallResult{Index: i, ID: id, Errors: []*model.InputError{}}
		if !deleted[id] {
			result.Errors = model.Errors{model.NotFound("id", "there is no call with the key %q", id)}.InputErrors()
		}
		payload.Results[i] = result
	}
	return payload, nil
}

// checkBatch refuses a batch with more rows than one mutation may write.
func checkBatch(field string, n int) error {
	if n > db.MaxWriteBatch {
		return model.LimitExceeded(field, "has %d rows; at most %d", n, db.MaxWriteBatch)
	}
	return nil
}
