package graph

import (
	"context"

	"callbook/db"
	"callbook/model"
)

func (r mutation) CreateCalls(
	ctx context.Context, inputs []*model.CreateCallInput, policy model.BatchPolicy,
) (*model.CallsPayload, error) {
	payload, err := r.db.CreateCalls(ctx, inputs, db.Batch{Policy: policy})
	change{what: "createCalls"}.note(ctx, func() int { return payload.Written }, err)
	return payload, err
}

func (r mutation) UpdateCalls(
	ctx context.Context, selectArg model.CallSelector, input model.UpdateCallInput, policy model.BatchPolicy,
	dryRun bool,
) (*model.CallsPayload, error) {
	batch := db.Batch{Policy: policy, DryRun: dryRun}
	payload, err := r.db.UpdateCalls(ctx, "updateCalls", selectArg, input.CallPatch, batch)
	change{"updateCalls", filterOfCalls(selectArg), dryRun}.note(ctx, func() int { return payload.Written }, err)
	return payload, reportAll(ctx, err)
}

func (r mutation) DeleteCalls(
	ctx context.Context, selectArg model.CallSelector, policy model.BatchPolicy, dryRun bool,
) (*model.CallsPayload, error) {
	payload, err := r.db.DeleteCalls(ctx, selectArg, db.Batch{Policy: policy, DryRun: dryRun})
	change{"deleteCalls", filterOfCalls(selectArg), dryRun}.note(ctx, func() int { return payload.Written }, err)
	return payload, reportAll(ctx, err)
}

func (r mutation) RestoreCalls(
	ctx context.Context, selectArg model.CallSelector, policy model.BatchPolicy, dryRun bool,
) (*model.CallsPayload, error) {
	payload, err := r.db.RestoreCalls(ctx, selectArg, db.Batch{Policy: policy, DryRun: dryRun})
	change{"restoreCalls", filterOfCalls(selectArg), dryRun}.note(ctx, func() int { return payload.Written }, err)
	return payload, reportAll(ctx, err)
}

func (r mutation) PurgeCalls(
	ctx context.Context, selectArg model.CallSelector, policy model.BatchPolicy, dryRun bool,
) (*model.CallsPayload, error) {
	payload, err := r.db.PurgeCalls(ctx, selectArg, db.Batch{Policy: policy, DryRun: dryRun})
	if !dryRun {
		noteErased(ctx, "calls", func() []string { return goneCalls(payload.Results) }, err)
	}
	return payload, reportAll(ctx, err)
}

func (r mutation) AddCallTags(
	ctx context.Context, selectArg model.CallSelector, tags []string, policy model.BatchPolicy,
) (*model.CallsPayload, error) {
	payload, err := r.db.AddCallTags(ctx, selectArg, tags, db.Batch{Policy: policy})
	change{"addCallTags", filterOfCalls(selectArg), false}.note(ctx, func() int { return payload.Written }, err)
	return payload, reportAll(ctx, err)
}

func (r mutation) RemoveCallTags(
	ctx context.Context, selectArg model.CallSelector, tags []string, policy model.BatchPolicy,
) (*model.CallsPayload, error) {
	payload, err := r.db.RemoveCallTags(ctx, selectArg, tags, db.Batch{Policy: policy})
	change{"removeCallTags", filterOfCalls(selectArg), false}.note(ctx, func() int { return payload.Written }, err)
	return payload, reportAll(ctx, err)
}

func (r mutation) SetCallTags(
	ctx context.Context, selectArg model.CallSelector, tags []string, policy model.BatchPolicy,
) (*model.CallsPayload, error) {
	if _, errs := model.NormalizeTags("tags", tags); len(errs) > 0 {
		return nil, reportAll(ctx, errs)
	}
	payload, err := r.db.UpdateCalls(ctx, "setCallTags", selectArg, model.TagsPatch(tags), db.Batch{Policy: policy})
	change{"setCallTags", filterOfCalls(selectArg), false}.note(ctx, func() int { return payload.Written }, err)
	return payload, reportAll(ctx, err)
}

// goneCalls returns the keys of the calls that a mutation has removed.
func goneCalls(results []*model.CallResult) (ids []string) {
	for _, result := range results {
		if result.DeletedNodeID != nil {
			ids = append(ids, result.CallID)
		}
	}
	return ids
}
