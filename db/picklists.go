package db

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"callbook/model"
)

// maxValuesInUse is the greatest number of values of one field that are counted.
const maxValuesInUse = 200

// picklistTables are the entities whose fields have picklists, by their GraphQL types.
var picklistTables = map[string]struct {
	model   any
	columns map[string]filterColumn
	where   string
}{
	"Call":           {(*model.Call)(nil), callFilterColumns, isLive},
	"Task":           {(*model.Task)(nil), taskFilterColumns, ofLiveCall},
	"CallRecord":     {(*model.CallRecord)(nil), recordFilterColumns, "1 = 1"},
	"CustomerPerson": {(*model.CustomerPerson)(nil), customerFilterColumns, "1 = 1"},
}

// picklistColumn returns the expression of a field with a picklist: the one by which filters compare it.
func picklistColumn(field *model.PicklistField) string {
	name := strings.ToUpper(field.Field[:1]) + field.Field[1:]
	return picklistTables[field.Type].columns[name].expr
}

// ValuesInUse counts the values of fields in use, by field, the most used first, at most 200 of a field, known ones
// before others. Fields without a list of values are skipped. It takes one statement for all fields, none where all
// are skipped.
func (d *DB) ValuesInUse(ctx context.Context, fields []*model.PicklistField,
) (map[string][]*model.PicklistValue, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var parts []*bun.SelectQuery
	for _, field := range fields {
		if field.Kind != nil {
			parts = append(parts, s.valuesOf(field))
		}
	}
	used := map[string][]*model.PicklistValue{}
	if parts == nil {
		return used, nil
	}
	var rows []struct {
		Field, Value string
		Count        int
	}
	if err := s.unionOf(parts).OrderExpr("field, count DESC, value").Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("counting values in use: %w", err)
	}
	for _, row := range rows {
		used[row.Field] = append(used[row.Field], &model.PicklistValue{Value: row.Value, Count: row.Count,
			Caption: &model.Caption{En: row.Value, Zh: row.Value}})
	}
	return used, nil
}

// valuesOf returns the query that counts the values of a field, the known ones first.
func (s scope) valuesOf(field *model.PicklistField) *bun.SelectQuery {
	table := picklistTables[field.Type]
	column := picklistColumn(field)
	value := bun.SafeQuery(column, s.clockArguments(column)...)
	return s.selectFrom(table.model).ColumnExpr("? AS field, ? AS value, COUNT(*) AS count", field.Key(), value).
		Where(table.where).Where("(?) IS NOT NULL", value).GroupExpr("?", value).
		OrderExpr("CASE WHEN ? IN (?) THEN 0 ELSE 1 END, COUNT(*) DESC, 2", value, bun.List(field.KnownValues())).
		Limit(maxValuesInUse)
}
