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
	return hangingOnRecords.withRow(ctx, r.db, key, func(ctx context.Context, c db.Columns) (*model.CallRecord, error) {
		return r.db.CallRecord(ctx, key, c)
	})
}

func (r query) CallRecords(ctx context.Context, filter *model.CallRecordFilter, orderBy []*model.CallRecordOrder,
	first *int, after *string, last *int, before *string, offset *int,
) (*model.CallRecordConnection, error) {
	page, err := reported(ctx, r.db.CallRecords, db.RecordQuery{Filter: filter, OrderBy: orderBy,
		Columns: selected(ctx, db.RecordColumns), PageArgs: pageArgs(first, after, last, before, offset)})
	if err == nil {
		hangingOnRecords.ofRows(ctx, r.db, page.Nodes)
		noteListed(ctx, "callRecords", len(page.Nodes), filter)
	}
	return page, err
}

func (r callRecord) Details(ctx context.Context, record *model.CallRecord) ([]*model.CallDetail, error) {
	details, err := loadRow(ctx, r.db, record.RowSet, "details", record, recordID, db.DetailColumns,
		(*db.DB).CallDetails)
	return orEmpty(details), err
}

func (r callRecord) Transcript(
	ctx context.Context, record *model.CallRecord, first *int, after *string,
) (*model.CallDetailConnection, error) {
	args := model.PageArgs{First: first, After: after}
	page, err := loadPage(ctx, r.db, record.RowSet, "transcript", record, recordID, args, db.DetailColumns,
		(*db.DB).DetailPages)
	return &model.CallDetailConnection{Page: page}, err
}

func (r callRecord) Tags(ctx context.Context, record *model.CallRecord) ([]string, error) {
	tags, err := loadOfRow(ctx, r.db, record.RowSet, "tags", record, recordID, (*db.DB).RecordTags)
	return orEmpty(tags), err
}

func (r mutation) SaveCallRecords(
	ctx context.Context, inputs []*model.SaveCallRecordInput,
) (*model.SaveCallRecordsPayload, error) {
	outcomes, err := r.db.SaveCallRecords(ctx, inputs)
	if err != nil {
		change{what: "saveCallRecords"}.note(ctx, nil, err)
		return nil, err
	}
	payload := &model.SaveCallRecordsPayload{Results: db.RecordResults(outcomes)}
	change{what: "saveCallRecords"}.note(ctx, func() int { return countOutcomes(payload.Results) }, nil)
	return payload, nil
}
