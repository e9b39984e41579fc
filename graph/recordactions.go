package graph

import (
	"context"

	"callbook/db"
	"callbook/model"
)

func (r mutation) SetRealIntentLevel(
	ctx context.Context, selectArg model.CallRecordSelector, grade *model.IntentLevel, policy model.BatchPolicy,
	dryRun bool,
) (*model.CallRecordsPayload, error) {
	payload, err := r.db.GradeRecords(ctx, selectArg, grade, db.Batch{Policy: policy, DryRun: dryRun})
	change{"setRealIntentLevel", filterOfRecords(selectArg), dryRun}.note(ctx, func() int { return payload.Written }, err)
	return payload, reportAll(ctx, err)
}

func (r mutation) MarkCallRecords(
	ctx context.Context, selectArg model.CallRecordSelector, status model.ReadStatus, policy model.BatchPolicy,
	dryRun bool,
) (*model.CallRecordsPayload, error) {
	payload, err := r.db.MarkRecords(ctx, selectArg, status, db.Batch{Policy: policy, DryRun: dryRun})
	change{"markCallRecords", filterOfRecords(selectArg), dryRun}.note(ctx, func() int { return payload.Written }, err)
	return payload, reportAll(ctx, err)
}

func (r mutation) TagCallRecords(
	ctx context.Context, selectArg model.CallRecordSelector, tags []string, policy model.BatchPolicy, dryRun bool,
) (*model.CallRecordsPayload, error) {
	payload, err := r.db.TagRecords(ctx, selectArg, tags, db.Batch{Policy: policy, DryRun: dryRun})
	change{"tagCallRecords", filterOfRecords(selectArg), dryRun}.note(ctx, func() int { return payload.Written }, err)
	return payload, reportAll(ctx, err)
}

func (r mutation) UntagCallRecords(
	ctx context.Context, selectArg model.CallRecordSelector, tags []string, policy model.BatchPolicy, dryRun bool,
) (*model.CallRecordsPayload, error) {
	payload, err := r.db.UntagRecords(ctx, selectArg, tags, db.Batch{Policy: policy, DryRun: dryRun})
	change{"untagCallRecords", filterOfRecords(selectArg), dryRun}.note(ctx, func() int { return payload.Written }, err)
	return payload, reportAll(ctx, err)
}

func (r mutation) DeleteCallRecords(
	ctx context.Context, selectArg model.CallRecordSelector, policy model.BatchPolicy, dryRun bool,
) (*model.CallRecordsPayload, error) {
	payload, err := r.db.DeleteRecords(ctx, selectArg, db.Batch{Policy: policy, DryRun: dryRun})
	if !dryRun {
		noteErased(ctx, "callRecords", func() []string { return goneRecords(payload.Results) }, err)
	}
	return payload, reportAll(ctx, err)
}

// goneRecords returns the keys of the records that a mutation has removed.
func goneRecords(results []*model.SaveCallRecordResult) (ids []string) {
	for _, result := range results {
		if result.DeletedNodeID != nil {
			ids = append(ids, result.CallRecordID)
		}
	}
	return ids
}
