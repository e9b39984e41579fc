package graph

import (
	"context"
	"fmt"

	"callbook/db"
	"callbook/model"
)

func (r query) CustomerPerson(ctx context.Context, id string) (*model.CustomerPerson, error) {
	key, err := model.ParseLong(id)
	if err != nil {
		return nil, model.InField(err, "id")
	}
	return r.db.CustomerPerson(ctx, key)
}

func (r query) CustomerPersons(
	ctx context.Context, filter *model.CustomerPersonFilter, orderBy []*model.CustomerPersonOrder,
	first *int, after *string, last *int, before *string, offset *int,
) (*model.CustomerPersonConnection, error) {
	page, err := r.db.CustomerPersons(ctx, db.CustomerQuery{
		Filter: filter, OrderBy: orderBy,
		PageArgs: model.PageArgs{First: first, After: after, Last: last, Before: before, Offset: offset},
	})
	return page, reportAll(ctx, err)
}

func (r customer) CallRecords(ctx context.Context, p *model.CustomerPerson, first int) ([]*model.CallRecord, error) {
	load := func(d *db.DB, ctx context.Context, ids []int64) (map[int64][]*model.CallRecord, error) {
		return d.LatestCallRecords(ctx, ids, first)
	}
	records, err := loadByKey(ctx, r.db, p.RowSet, fmt.Sprint("callRecords ", first), personID, load)
	return orEmpty(records[p.ID]), err
}

func (r callRecord) CustomerPerson(ctx context.Context, record *model.CallRecord) (*model.CustomerPerson, error) {
	if record.CustomerPersonID == nil {
		return nil, nil
	}
	ofCustomer := func(record *model.CallRecord) *int64 { return record.CustomerPersonID }
	persons, err := loadByKey(ctx, r.db, record.RowSet, "customerPerson", ofCustomer, (*db.DB).CustomerPersonsByID)
	return persons[*record.CustomerPersonID], err
}
