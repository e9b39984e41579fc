package graph

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"callbook/db"
	"callbook/model"
)

// hangingFields are the fields of rows of a type that hang on them: without arguments, and read by the same statements
// for all rows of a set. Several are read in one round trip, and their resolvers find the values in the row set.
type hangingFields[T any, K comparable] struct {
	rows   *db.RowColumns
	set    func(*T) *model.RowSet[T]
	fields []hanging[T, K]
}

// hanging is one of hangingFields.
type hanging[T any, K comparable] struct {
	field   string         // also the name in the row set
	columns *db.RowColumns // of what it returns; nil where that has no columns to choose from
	// ofKey reads the value of the row with a key, ofRows those of rows.
	ofKey  func(ctx context.Context, d *db.DB, key K, columns db.Columns) (any, error)
	ofRows func(ctx context.Context, d *db.DB, rows []*T, columns db.Columns) (any, error)
}

// hangingOf returns a field that load reads by the keys of the rows.
func hangingOf[T any, K comparable, V any](field string, columns *db.RowColumns, key func(*T) *K,
	load func(*db.DB, context.Context, []K, ...db.Columns) (map[K]V, error),
) (h hanging[T, K]) {
	h.field, h.columns = field, columns
	h.ofKey = func(ctx context.Context, d *db.DB, key K, c db.Columns) (any, error) {
		return load(d, ctx, []K{key}, c)
	}
	h.ofRows = func(ctx context.Context, d *db.DB, rows []*T, c db.Columns) (any, error) {
		return load(d, ctx, keysOf(rows, key), c)
	}
	return h
}

// withoutColumns is load for hangingOf, where what it returns has no columns to choose from.
func withoutColumns[K comparable, V any](load func(*db.DB, context.Context, []K) (map[K]V, error),
) func(*db.DB, context.Context, []K, ...db.Columns) (map[K]V, error) {
	return func(d *db.DB, ctx context.Context, keys []K, _ ...db.Columns) (map[K]V, error) {
		return load(d, ctx, keys)
	}
}

var hangingOnCalls = hangingFields[model.Call, string]{
	rows: db.CallColumns,
	set:  func(c *model.Call) *model.RowSet[model.Call] { return c.RowSet },
	fields: []hanging[model.Call, string]{
		hangingOf("tags", nil, callID, withoutColumns((*db.DB).CallTags)),
		hangingOf("relatedCounts", nil, callID, withoutColumns((*db.DB).RelatedCounts)),
	},
}

var hangingOnRecords = hangingFields[model.CallRecord, int64]{
	rows: db.RecordColumns,
	set:  func(r *model.CallRecord) *model.RowSet[model.CallRecord] { return r.RowSet },
	fields: []hanging[model.CallRecord, int64]{
		hangingOf("details", db.DetailColumns, recordID, (*db.DB).CallDetails),
		hangingOf("tags", nil, recordID, withoutColumns((*db.DB).RecordTags)),
		hangingOf("call", db.CallColumns, recordID, (*db.DB).CallsOfRecords),
		{field: "customerPerson", columns: db.CustomerColumns, ofKey: customerOfKey, ofRows: customersOfRows},
	},
}

func customerOfKey(ctx context.Context, d *db.DB, recordID int64, columns db.Columns) (any, error) {
	return d.CustomersOfRecords(ctx, []int64{recordID}, columns)
}

func customersOfRows(ctx context.Context, d *db.DB, rows []*model.CallRecord, columns db.Columns) (any, error) {
	return d.CustomerPersonsByID(ctx, keysOf(rows, customerOfRecord), columns)
}

// selectedHanging is a field that the current operation selects, with the columns of it that it needs.
type selectedHanging[T any, K comparable] struct {
	*hanging[T, K]
	needs db.Columns
}

// selected returns those of the fields that the current field's selection has, and that the caller may read.
func (h *hangingFields[T, K]) selected(ctx context.Context) (selected []selectedHanging[T, K]) {
	operation, current := currentField(ctx)
	if current == nil {
		return nil
	}
	eachSelected(operation, h.rows, current.Definition.Type.Name(), current.Selections, func(f *graphql.CollectedField) {
		i := slices.IndexFunc(h.fields, func(h hanging[T, K]) bool { return h.field == f.Name })
		isKnown := func(s selectedHanging[T, K]) bool { return s.field == f.Name }
		if i < 0 || slices.ContainsFunc(selected, isKnown) || !mayRead(ctx, f.Definition) {
			return
		}
		s := selectedHanging[T, K]{hanging: &h.fields[i]}
		if s.columns != nil {
			s.needs = selectedByField(operation, f.Definition, s.columns)
		}
		selected = append(selected, s)
	})
	return selected
}

// mayRead reports whether @permission lets the caller read a field.
func mayRead(ctx context.Context, field *ast.FieldDefinition) bool {
	directive := field.Directives.ForName("permission")
	if directive == nil {
		return true
	}
	actor, _ := model.ActorFrom(ctx)
	var allOf, anyOf []model.Permission
	for _, argument := range directive.Arguments {
		for _, child := range argument.Value.Children {
			if argument.Name == "allOf" {
				allOf = append(allOf, model.Permission(child.Value.Raw))
			} else {
				anyOf = append(anyOf, model.Permission(child.Value.Raw))
			}
		}
	}
	return missingPermission(actor, allOf, anyOf) == ""
}

// withRow returns the row with a key, which read reads, and with it in one round trip what hangs on it and the current
// field's selection has. What cannot be read is left to the resolvers, which report why.
func (h *hangingFields[T, K]) withRow(ctx context.Context, d *db.DB, key K,
	read func(context.Context, db.Columns) (*T, error),
) (row *T, err error) {
	columns, fields := selected(ctx, h.rows), h.selected(ctx)
	if len(fields) == 0 {
		return read(ctx, columns)
	}
	values := readTogether(ctx, d, fields, func(ctx context.Context) { row, err = read(ctx, columns) },
		func(ctx context.Context, s selectedHanging[T, K]) (any, error) { return s.ofKey(ctx, d, key, s.needs) })
	if row != nil {
		storeAll(h.set(row), fields, values)
	}
	return row, err
}

// ofRows reads what hangs on rows that were read together and the current field's selection has, in one round trip,
// unless there is but one such field. What cannot be read is left to the resolvers, which report why.
func (h *hangingFields[T, K]) ofRows(ctx context.Context, d *db.DB, rows []*T) {
	if len(rows) == 0 {
		return
	}
	fields := h.selected(ctx)
	if len(fields) < 2 {
		return
	}
	values := readTogether(ctx, d, fields, nil, func(ctx context.Context, s selectedHanging[T, K]) (any, error) {
		return s.ofRows(ctx, d, rows, s.needs)
	})
	storeAll(h.set(rows[0]), fields, values)
}

// readTogether calls first, which may be nil, and read for each of the fields together, and returns the values; nil of
// those that could not be read.
func readTogether[T any, K comparable](ctx context.Context, d *db.DB, fields []selectedHanging[T, K],
	first func(context.Context), read func(context.Context, selectedHanging[T, K]) (any, error),
) (values []any) {
	values = make([]any, len(fields))
	reads := make([]func(context.Context), 0, 1+len(fields))
	if first != nil {
		reads = append(reads, first)
	}
	for i, s := range fields {
		reads = append(reads, func(ctx context.Context) {
			if value, err := read(ctx, s); err == nil {
				values[i] = value
			}
		})
	}
	d.Together(ctx, reads...)
	return values
}

func storeAll[T any, K comparable](set *model.RowSet[T], fields []selectedHanging[T, K], values []any) {
	for i, s := range fields {
		if values[i] != nil {
			set.Store(s.field, values[i])
		}
	}
}
