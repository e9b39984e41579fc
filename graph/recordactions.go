package graph

import (
	"context"
	"fmt"
	"strconv"

	"callbook/db"
	"callbook/model"
)

func (r mutation) SetRealIntentLevel(
	ctx context.Context, ids []string, grade *model.IntentLevel, policy model.BatchPolicy,
) (*model.CallRecordsPayload, error) {
	return r.workOnRecords(ctx, ids, func(keys []int64) ([]db.RecordOutcome, error) {
		return r.db.GradeRecords(ctx, keys, grade, policy)
	})
}

func (r mutation) MarkCallRecords(
	ctx context.Context, ids []string, status model.ReadStatus, policy model.BatchPolicy,
) (*model.CallRecordsPayload, error) {
	return r.workOnRecords(ctx, ids, func(keys []int64) ([]db.RecordOutcome, error) {
		return r.db.MarkRecords(ctx, keys, status, policy)
	})
}

func (r mutation) TagCallRecords(
	ctx context.Context, ids, tags []string, policy model.BatchPolicy,
) (*model.CallRecordsPayload, error) {
	return r.workOnRecords(ctx, ids, func(keys []int64) ([]db.RecordOutcome, error) {
		return r.db.TagRecords(ctx, keys, tags, policy)
	})
}

func (r mutation) UntagCallRecords(
	ctx context.Context, ids, tags []string, policy model.BatchPolicy,
) (*model.CallRecordsPayload, error) {
	return r.workOnRecords(ctx, ids, func(keys []int64) ([]db.RecordOutcome, error) {
		return r.db.UntagRecords(ctx, keys, tags, policy)
	})
}

// workOnRecords parses the keys of records, passes them to work, and returns the payload. Errors: BAD_USER_INPUT for a
// key that is no number, and those of work.
func (r mutation) workOnRecords(
	ctx context.Context, ids []string, work func([]int64) ([]db.RecordOutcome, error),
) (*model.CallRecordsPayload, error) {
	keys := make([]int64, len(ids))
	for i, id := range ids {
		key, err := model.ParseLong(id)
		if err != nil {
			return nil, model.InField(err, fmt.Sprintf("ids.%d", i))
		}
		keys[i] = key
	}
	outcomes, err := work(keys)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	return &model.CallRecordsPayload{Results: recordResults(outcomes), Written: db.Written(outcomes)}, nil
}

func recordResults(outcomes []db.RecordOutcome) []*model.SaveCallRecordResult {
	results := make([]*model.SaveCallRecordResult, len(outcomes))
	for i, o := range outcomes {
		results[i] = &model.SaveCallRecordResult{
			Index: o.Index, ID: strconv.FormatInt(o.Key, 10), Outcome: o.Outcome, CallRecord: o.Row,
			Errors: o.Errors.InputErrors(),
		}
	}
	return results
}
