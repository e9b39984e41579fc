package graph

import (
	"context"

	"callbook/db"
	"callbook/jobs"
	"callbook/model"
)

func (r query) CallTable(
	ctx context.Context, dataset model.CallDataset, filter *model.CallFilter, columns []string,
	orderBy []*model.CallOrder, first *int, after *string,
) (*model.Table, error) {
	q := db.TableQuery{Columns: columns, First: first, After: after}
	table, err := r.db.CallTable(ctx, dataset, filter, orderBy, q)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	return readTable(ctx, table, "callTable", filter)
}

func (r query) CallRecordTable(
	ctx context.Context, filter *model.CallRecordFilter, columns []string, orderBy []*model.CallRecordOrder, first *int,
	after *string,
) (*model.Table, error) {
	q := db.TableQuery{Columns: columns, First: first, After: after}
	table, err := r.db.CallRecordTable(ctx, filter, orderBy, q)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	return readTable(ctx, table, "callRecordTable", filter)
}

// readTable reads a page, rendered as its rows come, and has the audit log told of it.
func readTable(ctx context.Context, table *db.Table, what string, filter any) (*model.Table, error) {
	answer := &model.Table{}
	for _, column := range table.Columns() {
		answer.Columns = append(answer.Columns, &model.TableColumn{Name: column.Field, Type: columnTypes[column.Kind],
			Caption: &column.Caption})
	}
	rows := jobs.NewTableRows(table.Columns())
	var err error
	answer.NextCursor, err = table.Read(ctx, func(cells []db.Cell) error {
		answer.RowCount++
		return rows.Add(cells)
	})
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	answer.Rows, answer.HasMore = rows.JSON(), answer.NextCursor != nil
	noteListed(ctx, what, answer.RowCount, filter)
	return answer, nil
}

// columnTypes are the types of columns by what exports call them.
var columnTypes = map[db.ValueKind]model.TableColumnType{
	db.TextValue:     model.TableColumnTypeString,
	db.KeyValue:      model.TableColumnTypeID,
	db.NumberValue:   model.TableColumnTypeInt,
	db.BoolValue:     model.TableColumnTypeBoolean,
	db.TimeValue:     model.TableColumnTypeDateTime,
	db.JSONValue:     model.TableColumnTypeJSON,
	db.TagsValue:     model.TableColumnTypeJSON,
	db.DurationValue: model.TableColumnTypeString,
}
