package db

import (
	"context"
	"reflect"
	"strings"

	"github.com/uptrace/bun"
)

// rowByKey returns the row with a key that the actor sees, nil where there is none. Columns that exclude names are not
// read. It takes one statement.
func rowByKey[K string | int64, T any, R readRow[T]](ctx context.Context, d *DB, key K, exclude []string,
) (row R, err error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*T
	sh := shape{name: "rowByKey " + reflect.TypeFor[T]().Name(), columns: strings.Join(exclude, " ")}
	err = s.selectReady(ctx, sh, &rows, func(t scope, param func(int) any) *bun.SelectQuery {
		return t.selectFrom((*T)(nil)).ExcludeColumn(exclude...).Where("?TableAlias.id = ?", param(0))
	}, key)
	if err != nil {
		return nil, err
	}
	prepareRows[T, R](s, rows)
	return firstRow(rows), nil
}

// rowsByKey returns the rows with keys that the actor sees and that meet a condition, by key; the others are absent.
// Columns that exclude names are not read. It takes one statement, none for no keys.
func rowsByKey[K string | int64, T any, R readRow[T]](ctx context.Context, d *DB, e *entity[K, T], keys []K, c cond,
	exclude []string,
) (map[K]R, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	byKey := make(map[K]R, len(keys))
	if len(keys) == 0 {
		return byKey, nil
	}
	var rows []*T
	q := s.selectFrom(&rows).ExcludeColumn(exclude...).Where("?TableAlias.id IN (?)", bun.List(keys))
	if err := where(q, c).Scan(ctx); err != nil {
		return nil, err
	}
	prepareRows[T, R](s, rows)
	for _, row := range rows {
		byKey[e.key(row)] = row
	}
	return byKey, nil
}
