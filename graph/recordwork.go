package graph

import (
	"context"
	"fmt"
	"strconv"

	"callbook/db"
	"callbook/model"
)

func (r query) CustomerPersons(ctx context.Context, filter *model.CustomerPersonFilter, orderBy []*model.CustomerPersonOrder,
	first *int, after *string, last *int, before *string, offset *int,
) (*model.CustomerPersonConnection, error) {
	page, err := r.db.CustomerPersons(ctx, db.CustomerQuery{Filter: filter, OrderBy: orderBy,
		PageArgs: model.PageArgs{First: first, After: after, Last: last, Before: before, Offset: offset}})
	return page, each(ctx, err)
}

func (r customer) CallRecords(ctx context.Context, p *model.CustomerPerson, first int) ([]*model.CallRecord, error) {
	records, err := model.Load(p.RowSet, fmt.Sprint("callRecords ", first), func(persons []*model.CustomerPerson) (map[int64][]*model.CallRecord, error) {
		ids := make([]int64, len(persons))
		for i, p := range persons {
			ids[i] = p.ID
		}
		return r.db.LatestCallRecords(ctx, ids, first)
	})
	if records[p.ID] == nil {
		return []*model.CallRecord{}, err
	}
	return records[p.ID], err
}

func (r callRecord) Tags(ctx context.Context, record *model.CallRecord) ([]string, error) {
	tags, err := model.Load(record.RowSet, "tags", func(records []*model.CallRecord) (map[int64][]string, error) {
		return r.db.RecordTags(ctx, recordIDs(records))
	})
	if tags[record.ID] == nil {
		return []string{}, err
	}
	return tags[record.ID], err
}

func (r callRecord) Call(ctx context.Context, record *model.CallRecord) (*model.Call, error) {
	calls, err := model.Load(record.RowSet, "call", func(records []*model.CallRecord) (map[int64]*model.Call, error) {
		return r.db.CallsOfRecords(ctx, recordIDs(records))
	})
	return calls[record.ID], err
}

func (r call) CallRecord(ctx context.Context, c *model.Call) (*model.CallRecord, error) {
	if c.CallRecordID == nil {
		return nil, nil
	}
	records, err := model.Load(c.RowSet, "callRecord", func(calls []*model.Call) (map[int64]*model.CallRecord, error) {
		var ids []int64
		for _, c := range calls {
			if c.CallRecordID != nil {
				ids = append(ids, *c.CallRecordID)
			}
		}
		return r.db.CallRecordsByID(ctx, ids)
	})
	return records[*c.CallRecordID], err
}

func (r query) JobStats(ctx context.Context, robotCallJobID *string, filter *model.CallRecordFilter, timeZone string) (*model.JobStats, error) {
	var job *int64
	if robotCallJobID != nil {
		key, err := model.ParseLong(*robotCallJobID)
		if err != nil {
			return nil, model.InField(err, "robotCallJobId")
		}
		job = &key
	}
	stats, err := r.db.JobStats(ctx, job, filter, timeZone)
	return stats, each(ctx, err)
}

func recordIDs(records []*model.CallRecord) []int64 {
	ids := make([]int64, len(records))
	for i, record := range records {
		ids[i] = record.ID
	}
	return ids
}

func (r mutation) SetRealIntentLevel(ctx context.Context, ids []string, grade *model.IntentLevel, policy model.BatchPolicy) (*model.CallRecordsPayload, error) {
	return r.workOnRecords(ctx, ids, func(keys []int64) ([]db.RecordOutcome, error) {
		return r.db.GradeRecords(ctx, keys, grade, policy)
	})
}

func (r mutation) MarkCallRecords(ctx context.Context, ids []string, status model.ReadStatus, policy model.BatchPolicy) (*model.CallRecordsPayload, error) {
	return r.workOnRecords(ctx, ids, func(keys []int64) ([]db.RecordOutcome, error) {
		return r.db.MarkRecords(ctx, keys, status, policy)
	})
}

func (r mutation) TagCallRecords(ctx context.Context, ids, tags []string, policy model.BatchPolicy) (*model.CallRecordsPayload, error) {
	return r.workOnRecords(ctx, ids, func(keys []int64) ([]db.RecordOutcome, error) {
		return r.db.TagRecords(ctx, keys, tags, policy)
	})
}

func (r mutation) UntagCallRecords(ctx context.Context, ids, tags []string, policy model.BatchPolicy) (*model.CallRecordsPayload, error) {
	return r.workOnRecords(ctx, ids, func(keys []int64) ([]db.RecordOutcome, error) {
		return r.db.UntagRecords(ctx, keys, tags, policy)
	})
}

// workOnRecords reads the keys, does the work, and answers for each record.
func (r mutation) workOnRecords(ctx context.Context, ids []string, work func([]int64) ([]db.RecordOutcome, error)) (*model.CallRecordsPayload, error) {
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
		return nil, each(ctx, err)
	}
	return &model.CallRecordsPayload{Results: recordResults(outcomes), Written: db.Written(outcomes)}, nil
}

func recordResults(outcomes []db.RecordOutcome) []*model.SaveCallRecordResult {
	results := make([]*model.SaveCallRecordResult, len(outcomes))
	for i, o := range outcomes {
		results[i] = &model.SaveCallRecordResult{Index: o.Index, ID: strconv.FormatInt(o.Key, 10), Outcome: o.Outcome,
			CallRecord: o.Row, Errors: o.Errors.InputErrors()}
	}
	return results
}

func (r mutation) CreateCallFromRecord(ctx context.Context, callRecordID string) (*model.CreateCallFromRecordPayload, error) {
	key, err := model.ParseLong(callRecordID)
	if err != nil {
		return nil, model.InField(err, "callRecordId")
	}
	c, created, err := r.db.CreateCallFromRecord(ctx, key)
	if err != nil {
		return nil, each(ctx, err)
	}
	return &model.CreateCallFromRecordPayload{Call: c, Created: created}, nil
}
