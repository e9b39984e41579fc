package graph

import (
	"context"

	"callbook/db"
	"callbook/model"
)

func (r mutation) CreateCalls(
	ctx context.Context, inputs []*model.CreateCallInput, policy model.BatchPolicy,
) (*model.CallsPayload, error) {
	return r.db.CreateCalls(ctx, inputs, db.Batch{Policy: policy})
}

func (r mutation) UpdateCalls(
	ctx context.Context, selectArg model.CallSelector, input model.UpdateCallInput, policy model.BatchPolicy,
	dryRun bool,
) (*model.CallsPayload, error) {
	batch := db.Batch{Policy: policy, DryRun: dryRun}
	payload, err := r.db.UpdateCalls(ctx, "updateCalls", selectArg, input.CallPatch, batch)
	return payload, reportAll(ctx, err)
}

func (r mutation) DeleteCalls(
	ctx context.Context, selectArg model.CallSelector, policy model.BatchPolicy, dryRun bool,
) (*model.CallsPayload, error) {
	payload, err := r.db.DeleteCalls(ctx, selectArg, db.Batch{Policy: policy, DryRun: dryRun})
	return payload, reportAll(ctx, err)
}

func (r mutation) RestoreCalls(
	ctx context.Context, selectArg model.CallSelector, policy model.BatchPolicy, dryRun bool,
) (*model.CallsPayload, error) {
	payload, err := r.db.RestoreCalls(ctx, selectArg, db.Batch{Policy: policy, DryRun: dryRun})
	return payload, reportAll(ctx, err)
}

func (r mutation) PurgeCalls(
	ctx context.Context, selectArg model.CallSelector, policy model.BatchPolicy, dryRun bool,
) (*model.CallsPayload, error) {
	payload, err := r.db.PurgeCalls(ctx, selectArg, db.Batch{Policy: policy, DryRun: dryRun})
	if !dryRun {
		auditErased(ctx, "calls", func() int { return payload.Written }, err)
	}
	return payload, reportAll(ctx, err)
}

func (r mutation) AddCallTags(
	ctx context.Context, selectArg model.CallSelector, tags []string, policy model.BatchPolicy,
) (*model.CallsPayload, error) {
	payload, err := r.db.AddCallTags(ctx, selectArg, tags, db.Batch{Policy: policy})
	return payload, reportAll(ctx, err)
}

func (r mutation) RemoveCallTags(
	ctx context.Context, selectArg model.CallSelector, tags []string, policy model.BatchPolicy,
) (*model.CallsPayload, error) {
	payload, err := r.db.RemoveCallTags(ctx, selectArg, tags, db.Batch{Policy: policy})
	return payload, reportAll(ctx, err)
}

func (r mutation) SetCallTags(
	ctx context.Context, selectArg model.CallSelector, tags []string, policy model.BatchPolicy,
) (*model.CallsPayload, error) {
	if _, errs := model.NormalizeTags("tags", tags); len(errs) > 0 {
		return nil, reportAll(ctx, errs)
	}
	payload, err := r.db.UpdateCalls(ctx, "setCallTags", selectArg, model.TagsPatch(tags), db.Batch{Policy: policy})
	return payload, reportAll(ctx, err)
}
