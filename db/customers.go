package db

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

// MaxCustomerPage is the greatest page of customers.
const MaxCustomerPage = 1000

// CustomerQuery says which customers, in which order.
type CustomerQuery struct {
	Filter  *model.CustomerPersonFilter
	OrderBy []*model.CustomerPersonOrder
	Columns Columns // where they are asked for no others are read
	model.PageArgs
}

// CustomerPersons returns a page of customers. It returns BAD_USER_INPUT, LIMIT_EXCEEDED for a page or a filter that
// is too large, and FORBIDDEN for a filter or an order by what is masked. It takes one statement, and one more for
// the total where it is asked for.
func (d *DB) CustomerPersons(ctx context.Context, q CustomerQuery) (*model.CustomerPersonConnection, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	id := customerKeys[model.CustomerPersonOrderFieldID]
	order, err := orderOf(s, q.OrderBy, customerSortStep, id, defaultCustomerOrder)
	if err != nil {
		return nil, err
	}
	cond, err := s.filter(q.Filter, customerFilterColumns)
	if err != nil {
		return nil, err
	}
	l := &list[model.CustomerPerson]{scope: s, kind: "customerPersons", maxSize: MaxCustomerPage, cond: cond, order: order,
		rows: CustomerColumns, asked: q.Columns, prepare: prepareRows[model.CustomerPerson]}
	if q.Filter == nil && q.OrderBy == nil {
		l.fixed = "page of customers"
	}
	page, err := l.page(ctx, q.PageArgs)
	return &model.CustomerPersonConnection{Page: page}, err
}

// CustomerPersonsByID returns customers by key; those that are missing are absent. Where columns are asked for no
// others are read. It takes one statement, none for no keys.
func (d *DB) CustomerPersonsByID(ctx context.Context, ids []int64, asked ...Columns,
) (map[int64]*model.CustomerPerson, error) {
	return rowsByKey(ctx, d, &customerEntity, ids, cond{}, asked)
}

// CustomersOfRecords returns the customers of records, by their own keys. Where columns are asked for no others are
// read. It takes one statement, none for no keys.
func (d *DB) CustomersOfRecords(ctx context.Context, recordIDs []int64, asked ...Columns,
) (map[int64]*model.CustomerPerson, error) {
	s, err := d.read(ctx)
	if err != nil || len(recordIDs) == 0 {
		return map[int64]*model.CustomerPerson{}, err
	}
	var rows []*model.CustomerPerson
	selected := s.withCreator(CustomerColumns, CustomerColumns.union(asked))
	sh := shape{name: "customers of records", selected: selected, ofMany: len(recordIDs) != 1}
	err = s.selectReady(ctx, sh, &rows, func(t scope, param func(int) any) *bun.SelectQuery {
		records := where(t.selectFrom((*model.CallRecord)(nil)).Column("customer_person_id"),
			t.amongKeys(sh.ofMany, "call_record.id", param(0)))
		return t.selectFrom((*model.CustomerPerson)(nil)).ColumnExpr(CustomerColumns.list(sh.selected)).
			Where("customer_person.id IN (?)", records)
	}, keyArgument(s, recordIDs))
	prepareRows(s, rows)
	return customerEntity.byKey(rows), err
}

// CustomerPerson returns a customer by its key; nil where there is none. Where columns are asked for no others are
// read. It takes one statement.
func (d *DB) CustomerPerson(ctx context.Context, id int64, asked ...Columns) (*model.CustomerPerson, error) {
	return rowByKey(ctx, d, &customerEntity, id, cond{}, asked)
}

// CallRecordsOfCustomers returns a page of the records of calls to each of many customers, by customer; every customer
// has a page. Where columns are asked for no others are read. Errors and statements are those of CallRecords, the total
// being one statement for all customers.
func (d *DB) CallRecordsOfCustomers(ctx context.Context, customerIDs []int64, q RecordQuery, asked ...Columns,
) (map[int64]model.Page[model.CallRecord], error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	l, err := s.recordList(q)
	if err != nil {
		return nil, err
	}
	l.asked, l.needed = RecordColumns.union(asked), RecordColumns.Of("customerPersonId")
	of := children[int64, model.CallRecord]{list: l, parent: "call_record.customer_person_id",
		key:        func(r *model.CallRecord) *int64 { return r.CustomerPersonID },
		prepareAll: prepareRows[model.CallRecord]}
	return of.pages(ctx, customerIDs, q.PageArgs)
}

var customerFilterColumns = map[string]filterColumn{
	"ID":                {expr: "customer_person.id"},
	"CreationTime":      {expr: "customer_person.creation_time"},
	"CustomerGroupID":   {expr: "customer_person.customer_group_id"},
	"CustomerGroupName": {expr: "customer_person.customer_group_name"},
	"Name": {expr: "customer_person.name", fold: "customer_person.name_fold", lines: byCustomerName,
		isShort: true},
	"PhoneNumber":      {expr: "customer_person.phone_number", fold: "customer_person.phone_number_fold", isShort: true},
	"Phone":            {expr: "customer_person.phone_digits", convert: digits, isPhone: true},
	"WechatNumber":     {expr: "customer_person.wechat_number"},
	"Source":           {expr: "customer_person.source"},
	"Gender":           {expr: "customer_person.gender"},
	"LastFollowTime":   {expr: "customer_person.last_follow_time"},
	"LastChatDuration": {expr: "customer_person.last_chat_duration"},
	"LastStartTime":    {expr: "customer_person.last_start_time"},
	"LastIntentLevel":  {expr: "customer_person.last_intent_level"},
	"LastDialStatus":   {expr: "customer_person.last_dial_status"},
	"AssignTime":       {expr: "customer_person.assign_time"},
}

var customerKeys = map[model.CustomerPersonOrderField]sortKey[model.CustomerPerson]{
	model.CustomerPersonOrderFieldID: longKey("id", "customer_person.id",
		func(p *model.CustomerPerson) *int64 { return &p.ID }).required(),
	model.CustomerPersonOrderFieldName: textKey("name", "customer_person.name",
		func(p *model.CustomerPerson) *string { return p.Name }),
	model.CustomerPersonOrderFieldPhoneNumber: textKey("phoneNumber", "customer_person.phone_number",
		func(p *model.CustomerPerson) *string { return p.StoredPhoneNumber }),
	model.CustomerPersonOrderFieldCustomerGroupID: longKey("customerGroupId", "customer_person.customer_group_id",
		func(p *model.CustomerPerson) *int64 { return p.CustomerGroupID }),
	model.CustomerPersonOrderFieldCreationTime: timeKey("creationTime", "customer_person.creation_time",
		func(p *model.CustomerPerson) *time.Time { return p.CreationTime }),
	model.CustomerPersonOrderFieldLastStartTime: timeKey("lastStartTime", "customer_person.last_start_time",
		func(p *model.CustomerPerson) *time.Time { return p.LastStartTime }),
	model.CustomerPersonOrderFieldLastFollowTime: timeKey("lastFollowTime", "customer_person.last_follow_time",
		func(p *model.CustomerPerson) *time.Time { return p.LastFollowTime }),
	model.CustomerPersonOrderFieldLastChatDuration: intKey("lastChatDuration", "customer_person.last_chat_duration",
		func(p *model.CustomerPerson) *int { return p.LastChatDuration }),
	model.CustomerPersonOrderFieldLastIntentLevel: enumKey("lastIntentLevel", "customer_person.last_intent_level",
		func(p *model.CustomerPerson) *model.IntentLevel { return p.LastIntentLevel }),
}

// defaultCustomerOrder is the latest call first, customers without a call last.
var defaultCustomerOrder = sortStep[model.CustomerPerson]{
	sortKey: customerKeys[model.CustomerPersonOrderFieldLastStartTime], desc: true,
}

func customerSortStep(o *model.CustomerPersonOrder) sortStep[model.CustomerPerson] {
	return newSortStep(customerKeys[o.Field], o.Direction, o.Nulls)
}
