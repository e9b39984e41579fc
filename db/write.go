package db

import (
	"context"
	"reflect"
	"strings"

	"github.com/uptrace/bun"
)

// insertNew inserts rows that did not exist when the transaction looked. It returns errRace for a duplicate key, so
// that the transaction runs again.
func (s scope) insertNew(ctx context.Context, q *bun.InsertQuery) error {
	_, err := q.Exec(ctx)
	if s.dialect.isDuplicate(err) {
		return errRace
	}
	return err
}

// upsert returns the INSERT that writes whole rows over those with their keys: one statement for rows with different
// values.
func upsert[T tenanted](s scope, rows []T, key ...string) *bun.InsertQuery {
	q := insertInto(s, rows).On("CONFLICT (tenant_id, ?) DO UPDATE", bun.Safe(strings.Join(key, ", ")))
	for _, field := range q.DB().Table(reflect.TypeFor[T]().Elem()).DataFields {
		q = q.Set("? = EXCLUDED.?", bun.Ident(field.Name), bun.Ident(field.Name))
	}
	return q
}
