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

func (r query) CustomerPersons(ctx context.Context, filter *model.CustomerPersonFilter, orderBy []*model.CustomerPersonOrder,
	first *int, after *string, last *int, before *string, offset *int,
) (*model.CustomerPersonConnection, error) {
	page, err := r.db.CustomerPersons(ctx, db.CustomerQuery{Filter: filter, OrderBy: orderBy,
		PageArgs: model.PageArgs{First: first, After: after, Last: last, Before: before, Offset: offset}})
	return page, reportAll(ctx, err)
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
