package graph

import (
	"context"
	"encoding/json"

	"callbook/db"
	"callbook/model"
)

// loadByKey returns what load returns for the keys of all rows that were read together with the row, by key. It calls
// load once for each name. Rows whose key is nil are left out. load is a method of db.DB.
func loadByKey[T any, K comparable, V any](
	ctx context.Context, d *db.DB, set *model.RowSet[T], name string, key func(*T) *K,
	load func(*db.DB, context.Context, []K) (map[K]V, error),
) (map[K]V, error) {
	return model.Load(set, name, func(rows []*T) (map[K]V, error) { return load(d, ctx, keysOf(rows, key)) })
}

// keysOf returns the keys of rows, without those that are nil.
func keysOf[T any, K comparable](rows []*T, key func(*T) *K) []K {
	keys := make([]K, 0, len(rows))
	for _, row := range rows {
		if k := key(row); k != nil {
			keys = append(keys, *k)
		}
	}
	return keys
}

// loadRows is loadByKey for rows of which only those columns are read that the operation selects where it has the
// current field, wherever it has it: other places may share the rows.
func loadRows[T any, K comparable, V any](
	ctx context.Context, d *db.DB, set *model.RowSet[T], name string, key func(*T) *K, columns *db.RowColumns,
	load func(*db.DB, context.Context, []K, ...db.Columns) (map[K]V, error),
) (map[K]V, error) {
	return model.Load(set, name, func(rows []*T) (map[K]V, error) {
		return load(d, ctx, keysOf(rows, key), selectedAnywhere(ctx, columns))
	})
}

// loadOfRow is loadByKey for one of the rows: it returns what load returns for its key, the zero value where the key is
// nil or nothing has it.
func loadOfRow[T any, K comparable, V any](
	ctx context.Context, d *db.DB, set *model.RowSet[T], name string, row *T, key func(*T) *K,
	load func(*db.DB, context.Context, []K) (map[K]V, error),
) (value V, err error) {
	k := key(row)
	if k == nil {
		return value, nil
	}
	values, err := loadByKey(ctx, d, set, name, key, load)
	return values[*k], err
}

// loadRow is loadOfRow for a row of which only those columns are read that the operation selects: see loadRows.
func loadRow[T any, K comparable, V any](
	ctx context.Context, d *db.DB, set *model.RowSet[T], name string, row *T, key func(*T) *K, columns *db.RowColumns,
	load func(*db.DB, context.Context, []K, ...db.Columns) (map[K]V, error),
) (value V, err error) {
	k := key(row)
	if k == nil {
		return value, nil
	}
	values, err := loadRows(ctx, d, set, name, key, columns, load)
	return values[*k], err
}

// loadPage returns the page of the rows that hang on one row, such as the tasks of a call. load returns the pages of
// all rows that were read together; it gets the arguments of the field, and is called once for each name and arguments.
func loadPage[T any, K comparable, A, C any](
	ctx context.Context, d *db.DB, set *model.RowSet[T], name string, row *T, key func(*T) *K, args A,
	columns *db.RowColumns, load func(*db.DB, context.Context, []K, A, ...db.Columns) (map[K]model.Page[C], error),
) (model.Page[C], error) {
	described, err := json.Marshal(args)
	if err != nil {
		return model.Page[C]{}, err
	}
	pages, err := loadRows(ctx, d, set, name+" "+string(described), key, columns,
		func(d *db.DB, ctx context.Context, keys []K, asked ...db.Columns) (map[K]model.Page[C], error) {
			return load(d, ctx, keys, args, asked...)
		})
	if page, ok := pages[*key(row)]; ok || err != nil {
		return page, err
	}
	return model.EmptyPage[C](), nil
}

// pageArgs returns the paging arguments of a field.
func pageArgs(first *int, after *string, last *int, before *string, offset *int) model.PageArgs {
	return model.PageArgs{First: first, After: after, Last: last, Before: before, Offset: offset}
}

// orEmpty returns a list that is never nil, so that it is written as [] and not as null.
func orEmpty[E any](list []E) []E {
	if list == nil {
		return []E{}
	}
	return list
}

func callID(c *model.Call) *string            { return &c.ID }
func recordID(r *model.CallRecord) *int64     { return &r.ID }
func personID(p *model.CustomerPerson) *int64 { return &p.ID }

func customerOfRecord(r *model.CallRecord) *int64 { return r.CustomerPersonID }
