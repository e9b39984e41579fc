package graph

import (
	"context"

	"callbook/db"
	"callbook/model"
)

func (r query) CustomerPerson(ctx context.Context, id string) (*model.CustomerPerson, error) {
	return byNumericKey(ctx, id, db.CustomerColumns, r.db.CustomerPerson)
}

func (r query) CustomerPersons(
	ctx context.Context, filter *model.CustomerPersonFilter, orderBy []*model.CustomerPersonOrder,
	first *int, after *string, last *int, before *string, offset *int,
) (*model.CustomerPersonConnection, error) {
	page, err := reported(ctx, r.db.CustomerPersons, db.CustomerQuery{Filter: filter, OrderBy: orderBy,
		Columns: selected(ctx, db.CustomerColumns), PageArgs: pageArgs(first, after, last, before, offset)})
	if err == nil {
		noteListed(ctx, "customerPersons", len(page.Nodes), filter)
	}
	return page, err
}

func (r customer) CallRecords(ctx context.Context, p *model.CustomerPerson, filter *model.CallRecordFilter,
	orderBy []*model.CallRecordOrder, first *int, after *string,
) (*model.CallRecordConnection, error) {
	q := db.RecordQuery{Filter: filter, OrderBy: orderBy, PageArgs: model.PageArgs{First: first, After: after}}
	page, err := loadPage(ctx, r.db, p.RowSet, "callRecords", p, personID, q, db.RecordColumns,
		(*db.DB).CallRecordsOfCustomers)
	if err == nil {
		noteListed(ctx, "CustomerPerson.callRecords", len(page.Nodes), filter)
	}
	return &model.CallRecordConnection{Page: page}, reportAll(ctx, err)
}

func (r callRecord) CustomerPerson(ctx context.Context, record *model.CallRecord) (*model.CustomerPerson, error) {
	return loadRow(ctx, r.db, record.RowSet, "customerPerson", record, customerOfRecord, db.CustomerColumns,
		(*db.DB).CustomerPersonsByID)
}

func (r mutation) SaveCustomerPerson(
	ctx context.Context, input model.SaveCustomerPersonInput,
) (*model.SaveCustomerPersonPayload, error) {
	person, created, err := r.db.SaveCustomerPerson(ctx, input)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	return &model.SaveCustomerPersonPayload{CustomerPerson: person, Created: created}, nil
}
