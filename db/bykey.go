package db

import (
	"context"

	"github.com/uptrace/bun"
)

// rowByKey returns the row with a key that the actor sees and that meets a condition, nil where there is none. It takes
// one statement.
func rowByKey[K string | int64, T any, R readRow[T]](ctx context.Context, d *DB, e *entity[K, T], key K, c cond,
	asked []Columns,
) (row R, err error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := e.read(ctx, s, []K{key}, c, s.withCreator(e.columns, e.columns.union(asked)))
	if err != nil {
		return nil, err
	}
	prepareRows[T, R](s, rows)
	return firstRow(rows), nil
}

// rowsByKey returns the rows with keys that the actor sees and that meet a condition, by key; the others are absent. It
// takes one statement, none for no keys.
func rowsByKey[K string | int64, T any, R readRow[T]](ctx context.Context, d *DB, e *entity[K, T], keys []K, c cond,
	asked []Columns,
) (map[K]R, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	byKey := make(map[K]R, len(keys))
	if len(keys) == 0 {
		return byKey, nil
	}
	rows, err := e.read(ctx, s, keys, c, s.withCreator(e.columns, e.columns.union(asked)))
	if err != nil {
		return nil, err
	}
	prepareRows[T, R](s, rows)
	for _, row := range rows {
		byKey[e.key(row)] = row
	}
	return byKey, nil
}

// read reads columns of the rows with keys that meet a condition, which is the same for all rows of the entity, in one
// statement.
func (e *entity[K, T]) read(ctx context.Context, s scope, keys []K, c cond, selected Columns) (rows []*T, err error) {
	sh := shape{name: e.name, selected: selected, ofMany: len(keys) != 1}
	err = s.selectReady(ctx, sh, &rows, func(t scope, param func(int) any) *bun.SelectQuery {
		q := t.selectFrom((*T)(nil)).ColumnExpr(e.columns.list(selected))
		return where(q, allOf(t.amongKeys(sh.ofMany, "?TableAlias.id", param(0)), c))
	}, keyArgument(s, keys))
	return rows, err
}
