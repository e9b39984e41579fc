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
	return page, each(ctx, err)
}

func (r query) CustomerPerson(ctx context.Context, id string) (*model.CustomerPerson, error) {
	key, err := model.ParseLong(id)
	if err != nil {
		return nil, model.InField(err, "id")
	}
	return r.db.CustomerPerson(ctx, key)
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

func (r callRecord) CustomerPerson(ctx context.Context, record *model.CallRecord) (*model.CustomerPerson, error) {
	if record.CustomerPersonID == nil {
		return nil, nil
	}
	persons, err := model.Load(record.RowSet, "customerPerson", func(records []*model.CallRecord) (map[int64]*model.CustomerPerson, error) {
		var ids []int64
		for _, record := range records {
			if record.CustomerPersonID != nil {
				ids = append(ids, *record.CustomerPersonID)
			}
		}
		return r.db.CustomerPersonsByID(ctx, ids)
	})
	return persons[*record.CustomerPersonID], err
}

func (r mutation) SaveCallRecords(ctx context.Context, inputs []*model.SaveCallRecordInput) (*model.SaveCallRecordsPayload, error) {
	outcomes, err := r.db.SaveCallRecords(ctx, inputs)
	if err != nil {
		return nil, err
	}
	return &model.SaveCallRecordsPayload{Results: recordResults(outcomes)}, nil
}
