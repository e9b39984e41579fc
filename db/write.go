package db

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

// insertNew inserts rows that were not there a moment ago; a duplicate key means that a race was lost.
func (s scope) insertNew(ctx context.Context, q *bun.InsertQuery) error {
	_, err := q.Exec(ctx)
	if s.dialect.isDuplicate(err) {
		return errRace
	}
	return err
}

// upsert writes whole rows over the ones with their keys: one statement for rows that each have values of their own.
func upsert[T tenanted](s scope, rows []T, key ...string) *bun.InsertQuery {
	q := insertInto(s, rows).On("CONFLICT (tenant_id, ?) DO UPDATE", bun.Safe(strings.Join(key, ", ")))
	for _, field := range q.DB().Table(reflect.TypeFor[T]().Elem()).DataFields {
		q = q.Set("? = EXCLUDED.?", bun.Ident(field.Name), bun.Ident(field.Name))
	}
	return q
}

// byID sorts rows by key, so that concurrent batches lock them in the same order.
func byID[T any, K string | int64](rows []*T, key func(*T) K) []*T {
	slices.SortFunc(rows, func(a, b *T) int {
		if key(a) < key(b) {
			return -1
		}
		return 1
	})
	return rows
}
