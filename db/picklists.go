package db

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

// MaxPicklistValues is the greatest number of values of one field that a query may ask for.
const MaxPicklistValues = 1000

// picklistTables are the entities whose fields have picklists, by their GraphQL types.
var picklistTables = map[string]struct {
	model   any
	columns map[string]filterColumn
	where   string
}{
	"Call":           {(*model.Call)(nil), callFilterColumns, isLive},
	"Task":           {(*model.Task)(nil), taskFilterColumns, ofLiveCall},
	"Note":           {(*model.Note)(nil), noteColumns, onLiveCall},
	"CallRecord":     {(*model.CallRecord)(nil), recordFilterColumns, "1 = 1"},
	"CustomerPerson": {(*model.CustomerPerson)(nil), customerFilterColumns, "1 = 1"},
}

// noteColumns are the fields of notes with picklists: notes have no filter.
var noteColumns = map[string]filterColumn{
	"CreatedBy":     {expr: "note.created_by"},
	"CreatedByKind": {expr: "note.created_by_kind"},
	"UpdatedBy":     {expr: "note.updated_by"},
}

// picklistColumn returns the column of a field with a picklist: the one by which filters compare it.
func picklistColumn(field *model.PicklistField) filterColumn {
	name := strings.ToUpper(field.Field[:1]) + field.Field[1:]
	if base, isID := strings.CutSuffix(name, "Id"); isID {
		name = base + "ID"
	}
	return picklistTables[field.TypeName()].columns[name]
}

// ValuesInUse counts the values in use that a query asks for of the fields that list values, by field, the most used
// first, known ones before others. It takes one statement for all fields, none where there are none.
func (d *DB) ValuesInUse(ctx context.Context, fields []*model.PicklistField, query model.PicklistQuery,
) (map[string][]*model.PicklistValue, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var parts []*bun.SelectQuery
	for _, field := range fields {
		if !field.HasValues {
			continue
		}
		if kind := picklistColumn(field).counted; kind != "" && s.readsSummaries() {
			parts = append(parts, s.countedValuesOf(field, kind, query))
		} else {
			parts = append(parts, s.valuesOf(field, query))
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

// countedValuesOf returns what valuesOf does, from a summary.
func (s scope) countedValuesOf(field *model.PicklistField, kind summaryKind, query model.PicklistQuery,
) *bun.SelectQuery {
	parts := s.summaryParts(kind, anyValue)
	switch kind {
	case byOutgoingStatus:
		parts = append(parts, s.overduePart(expr(isOverdue, s.now)))
	case byCallStatus:
		parts = append(parts, s.overduePart(expr(isOverdue+" AND "+isNotMissed, s.now)))
	}
	q := s.unionOf(parts).ColumnExpr("? AS field, parts.value AS value, SUM(parts.n) AS count", field.Key()).
		GroupExpr("parts.value").Having("SUM(parts.n) <> 0").
		OrderExpr("CASE WHEN parts.value IN (?) THEN 0 ELSE 1 END, SUM(parts.n) DESC, 2", bun.List(field.KnownValues())).
		Limit(int64(query.First))
	if query.Prefix != "" {
		q.Where(`LOWER(parts.value) LIKE ? ESCAPE '\'`, escapeLike.Replace(text.LowerASCII(query.Prefix))+"%")
	}
	return q
}

// overduePart returns the query by which calls that are overdue count as that, not as scheduled.
func (s scope) overduePart(overdue cond) *bun.SelectQuery {
	live := where(s.selectFrom((*model.Call)(nil)).Where(isLive), overdue).ColumnExpr("COUNT(*) AS n")
	return s.unionOf([]*bun.SelectQuery{live}).ColumnExpr("moved.value AS value, parts.n * moved.sign AS n").
		Join("CROSS JOIN (SELECT 'OVERDUE' AS value, 1 AS sign UNION ALL SELECT 'SCHEDULED', -1) AS moved")
}

// valuesOf returns the query that counts the values of a field, the known ones first.
func (s scope) valuesOf(field *model.PicklistField, query model.PicklistQuery) *bun.SelectQuery {
	table := picklistTables[field.TypeName()]
	column := picklistColumn(field).expr
	value := bun.SafeQuery("CAST("+column+" AS TEXT)", s.clockArguments(column)...)
	q := s.selectFrom(table.model).ColumnExpr("? AS field, ? AS value, COUNT(*) AS count", field.Key(), value).
		Where(table.where).Where("(?) IS NOT NULL", value).GroupExpr("?", value).
		OrderExpr("CASE WHEN ? IN (?) THEN 0 ELSE 1 END, COUNT(*) DESC, 2", value, bun.List(field.KnownValues())).
		Limit(int64(query.First))
	if query.Prefix != "" { // LOWER knows A to Z alone on both engines, since columns collate by code point
		q.Where(`LOWER(?) LIKE ? ESCAPE '\'`, value, escapeLike.Replace(text.LowerASCII(query.Prefix))+"%")
	}
	return q
}
