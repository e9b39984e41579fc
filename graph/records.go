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
	return r.db.CallRecord(ctx, key, selected(ctx, db.RecordColumns))
}

func (r query) CallRecords(ctx context.Context, filter *model.CallRecordFilter, orderBy []*model.CallRecordOrder,
	first *int, after *string, last *int, before *string, offset *int,
) (*model.CallRecordConnection, error) {
	page, err := r.db.CallRecords(ctx, db.RecordQuery{
		Filter: filter, OrderBy: orderBy, Columns: selected(ctx, db.RecordColumns),
		PageArgs: model.PageArgs{First: first, After: after, Last: last, Before: before, Offset: offset},
	})
	return page, reportAll(ctx, err)
}

func (r callRecord) Details(ctx context.Context, record *model.CallRecord) ([]*model.CallDetail, error) {
	details, err := loadRows(ctx, r.db, record.RowSet, "details", recordID, db.DetailColumns, (*db.DB).CallDetails)
	return orEmpty(details[record.ID]), err
}

func (r callRecord) Tags(ctx context.Context, record *model.CallRecord) ([]string, error) {
	tags, err := loadByKey(ctx, r.db, record.RowSet, "tags", recordID, (*db.DB).RecordTags)
	return orEmpty(tags[record.ID]), err
}

func (r mutation) SaveCallRecords(
	ctx context.Context, inputs []*model.SaveCallRecordInput,
) (*model.SaveCallRecordsPayload, error) {
	outcomes, err := r.db.SaveCallRecords(ctx, inputs)
	if err != nil {
		return nil, err
	}
	return &model.SaveCallRecordsPayload{Results: db.RecordResults(outcomes)}, nil
}
