package graph

import (
	"context"

	"callbook/db"
	"callbook/model"
)

func (r query) CallRecord(ctx context.Context, id string) (*model.CallRecord, error) {
	key, err := model.ParseLong(id)
	if err != nil {
		return nil, model.InField(err, "id")
	}
	return r.db.CallRecord(ctx, key)
}

func (r query) CallRecords(ctx context.Context, filter *model.CallRecordFilter, orderBy []*model.CallRecordOrder,
	first *int, after *string, last *int, before *string, offset *int,
) (*model.CallRecordConnection, error) {
	page, err := r.db.CallRecords(ctx, db.RecordQuery{Filter: filter, OrderBy: orderBy,
		PageArgs: model.PageArgs{First: first, After: after, Last: last, Before: before, Offset: offset}})
	return page, reportAll(ctx, err)
}

func (r callRecord) Details(ctx context.Context, record *model.CallRecord) ([]*model.CallDetail, error) {
	details, err := model.Load(record.RowSet, "details", func(records []*model.CallRecord) (map[int64][]*model.CallDetail, error) {
		return r.db.CallDetails(ctx, recordIDs(records))
	})
	if details[record.ID] == nil {
		return []*model.CallDetail{}, err
	}
	return details[record.ID], err
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

func recordIDs(records []*model.CallRecord) []int64 {
	ids := make([]int64, len(records))
	for i, record := range records {
		ids[i] = record.ID
	}
	return ids
}

func (r mutation) SaveCallRecords(ctx context.Context, inputs []*model.SaveCallRecordInput) (*model.SaveCallRecordsPayload, error) {
	outcomes, err := r.db.SaveCallRecords(ctx, inputs)
	if err != nil {
		return nil, err
	}
	return &model.SaveCallRecordsPayload{Results: recordResults(outcomes)}, nil
}
