package graph

import (
	"context"

	"callbook/auth"
	"callbook/db"
	"callbook/model"
)

func (r mutation) SetRealIntentLevel(
	ctx context.Context, selectArg model.CallRecordSelector, grade *model.IntentLevel, policy model.BatchPolicy,
	dryRun bool,
) (*model.CallRecordsPayload, error) {
	payload, err := r.db.GradeRecords(ctx, selectArg, grade, db.Batch{Policy: policy, DryRun: dryRun})
	return payload, reportAll(ctx, err)
}

func (r mutation) MarkCallRecords(
	ctx context.Context, selectArg model.CallRecordSelector, status model.ReadStatus, policy model.BatchPolicy,
	dryRun bool,
) (*model.CallRecordsPayload, error) {
	payload, err := r.db.MarkRecords(ctx, selectArg, status, db.Batch{Policy: policy, DryRun: dryRun})
	return payload, reportAll(ctx, err)
}

func (r mutation) TagCallRecords(
	ctx context.Context, selectArg model.CallRecordSelector, tags []string, policy model.BatchPolicy, dryRun bool,
) (*model.CallRecordsPayload, error) {
	payload, err := r.db.TagRecords(ctx, selectArg, tags, db.Batch{Policy: policy, DryRun: dryRun})
	return payload, reportAll(ctx, err)
}

func (r mutation) UntagCallRecords(
	ctx context.Context, selectArg model.CallRecordSelector, tags []string, policy model.BatchPolicy, dryRun bool,
) (*model.CallRecordsPayload, error) {
	payload, err := r.db.UntagRecords(ctx, selectArg, tags, db.Batch{Policy: policy, DryRun: dryRun})
	return payload, reportAll(ctx, err)
}

func (r mutation) DeleteCallRecords(
	ctx context.Context, selectArg model.CallRecordSelector, policy model.BatchPolicy, dryRun bool,
) (*model.CallRecordsPayload, error) {
	payload, err := r.db.DeleteRecords(ctx, selectArg, db.Batch{Policy: policy, DryRun: dryRun})
	if !dryRun {
		auditErased(ctx, "callRecords", func() int { return payload.Written }, err)
	}
	return payload, reportAll(ctx, err)
}

// auditErased writes to the audit log how many rows of a kind the caller has removed for good; nothing for none.
// written returns their number where there is no error; after some errors it is not known.
func auditErased(ctx context.Context, kind string, written func() int, err error) {
	actor, _ := model.ActorFrom(ctx)
	switch {
	case db.MayHaveBeenDone(err):
		auth.Audit(ctx, "erased", actor, kind, "some, or none", "requestId", RequestID(ctx))
	case err == nil && written() > 0:
		auth.Audit(ctx, "erased", actor, kind, written(), "requestId", RequestID(ctx))
	}
}
