package graph

import (
	"context"
	"slices"
	"time"

	"callbook/db"
	"callbook/model"
)

func (r query) Call(ctx context.Context, id string, includeDeleted bool) (*model.Call, error) {
	return hangingOnCalls.withRow(ctx, r.db, id, func(ctx context.Context, c db.Columns) (*model.Call, error) {
		return r.db.Call(ctx, id, includeDeleted, c)
	})
}

func (r query) Calls(
	ctx context.Context, dataset model.CallDataset, filter *model.CallFilter, includeDeleted bool,
	orderBy []*model.CallOrder, first *int, after *string, last *int, before *string, offset *int,
) (*model.CallConnection, error) {
	page, err := reported(ctx, r.db.Calls, db.CallQuery{Dataset: dataset, Filter: filter, IncludeDeleted: includeDeleted,
		OrderBy: orderBy, Columns: selected(ctx, db.CallColumns), PageArgs: pageArgs(first, after, last, before, offset)})
	if err == nil {
		hangingOnCalls.ofRows(ctx, r.db, page.Nodes)
		noteListed(ctx, "calls", len(page.Nodes), filter)
	}
	return page, err
}

func (r query) CheckCallKey(ctx context.Context, id string) (*model.CallKeyCheck, error) {
	state, err := r.db.CallKeyState(ctx, id)
	if err != nil {
		return nil, err
	}
	return &model.CallKeyCheck{State: state, Code: slices.Index(model.AllCallKeyState, state)}, nil
}

func (r query) CallDraft(ctx context.Context, input model.CreateCallInput) (*model.CallDraft, error) {
	c, errs, err := r.db.CallDraft(ctx, input)
	if err != nil {
		return nil, err
	}
	return &model.CallDraft{Call: c, Errors: errs.InputErrors()}, nil
}

func (r query) CallTags(
	ctx context.Context, prefix *string, dataset model.CallDataset, filter *model.CallFilter, first int,
) ([]*model.TagCount, error) {
	begins := ""
	if prefix != nil {
		begins = *prefix
	}
	counts, err := r.db.CallTagCounts(ctx, begins, dataset, filter, first)
	return counts, reportAll(ctx, err)
}

func (r call) Tags(ctx context.Context, c *model.Call) ([]string, error) {
	tags, err := loadOfRow(ctx, r.db, c.RowSet, "tags", c, callID, (*db.DB).CallTags)
	return orEmpty(tags), err
}

func (r call) Description(ctx context.Context, c *model.Call) (*string, error) {
	if c.DescriptionLoaded {
		return c.Description, nil
	}
	return loadOfRow(ctx, r.db, c.RowSet, "description", c, callID, (*db.DB).CallDescriptions)
}

func (r call) History(
	ctx context.Context, c *model.Call, first *int, after *string,
) (*model.CallHistoryConnection, error) {
	args := model.PageArgs{First: first, After: after}
	page, err := loadPage(ctx, r.db, c.RowSet, "history", c, callID, args, db.HistoryColumns, (*db.DB).CallHistory)
	return &model.CallHistoryConnection{Page: page}, err
}

func (r callPreview) Tags(ctx context.Context, p *model.CallPreview) ([]string, error) {
	if p.WrittenTags != nil {
		return p.WrittenTags, nil
	}
	return call(r).Tags(ctx, p.Call)
}

func (r callPreview) Description(ctx context.Context, p *model.CallPreview) (*string, error) {
	return call(r).Description(ctx, p.Call)
}

func (r mutation) CreateCall(ctx context.Context, input model.CreateCallInput) (*model.CreateCallPayload, error) {
	return created(ctx, input, r.db.CreateCall)
}

// created is the payload of a mutation that creates one call.
func created(
	ctx context.Context, input model.CreateCallInput,
	create func(context.Context, model.CreateCallInput) (*model.Call, error),
) (*model.CreateCallPayload, error) {
	c, err := create(ctx, input)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	return &model.CreateCallPayload{Call: c}, nil
}

func (r mutation) UpdateCall(
	ctx context.Context, id string, input model.UpdateCallInput, expectedVersion *int,
) (*model.UpdateCallPayload, error) {
	return r.patchCall(ctx, "updateCall", id, input.CallPatch, expectedVersion)
}

// patchCall is updateCall and the conveniences over it; the history says which it was.
func (r mutation) patchCall(
	ctx context.Context, operation, id string, patch model.CallPatch, expectedVersion *int,
) (*model.UpdateCallPayload, error) {
	c, err := r.db.UpdateCall(ctx, operation, id, patch, expectedVersion)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	return &model.UpdateCallPayload{Call: c}, nil
}

func (r mutation) SaveCall(
	ctx context.Context, input model.CreateCallInput, expectedVersion *int,
) (*model.SaveCallPayload, error) {
	c, created, err := r.db.SaveCall(ctx, input, expectedVersion)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	return &model.SaveCallPayload{Call: c, Created: created}, nil
}

func (r mutation) DeleteCall(ctx context.Context, id string, expectedVersion *int) (*model.DeleteCallPayload, error) {
	if err := r.db.DeleteCall(ctx, id, expectedVersion); err != nil {
		return nil, reportAll(ctx, err)
	}
	return &model.DeleteCallPayload{CallID: id, DeletedNodeID: model.NodeID("Call", id)}, nil
}

func (r mutation) ScheduleCall(ctx context.Context, input model.CreateCallInput) (*model.CreateCallPayload, error) {
	return created(ctx, input, r.db.ScheduleCall)
}

func (r mutation) LogCall(ctx context.Context, input model.CreateCallInput) (*model.CreateCallPayload, error) {
	return created(ctx, input, r.db.LogCall)
}

func (r mutation) CompleteCall(
	ctx context.Context, id string, input model.CompleteCallInput, expectedVersion *int,
) (*model.UpdateCallPayload, error) {
	return r.patchCall(ctx, "completeCall", id, input.Patch(), expectedVersion)
}

func (r mutation) CancelCall(ctx context.Context, id string, expectedVersion *int) (*model.UpdateCallPayload, error) {
	return r.patchCall(ctx, "cancelCall", id, model.CancelPatch(), expectedVersion)
}

func (r mutation) RescheduleCall(
	ctx context.Context, id string, callStartTime time.Time, reminder *string, expectedVersion *int,
) (*model.UpdateCallPayload, error) {
	return r.patchCall(ctx, "rescheduleCall", id, model.ReschedulePatch(callStartTime, reminder), expectedVersion)
}
