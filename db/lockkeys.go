package db

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/uptrace/bun"
)

// lockKeys reads the rows with keys by a ready statement, sorted by key, and locks them: one statement, none for
// no keys. name tells statements apart; start begins the query, in lock.
func lockKeys[K string | int64, T any](ctx context.Context, s scope, name string, keys []K,
	start func(t scope, rows any) *bun.SelectQuery,
) (rows []*T, err error) {
	if len(keys) == 0 {
		return nil, nil
	}
	defer s.locks.begin()
	sh := shape{name: name + " " + reflect.TypeFor[T]().Name()}
	if s.locksNothing() {
		sh.columns = "without a lock"
	}
	if len(keys) == 1 {
		sh.name += " by one key"
		err = s.selectReady(ctx, sh, &rows, func(t scope, param func(int) any) *bun.SelectQuery {
			return start(t, (*T)(nil)).Where("?TableAlias.id = ?", param(0))
		}, keys[0])
		return rows, err
	}
	err = s.selectReady(ctx, sh, &rows, func(t scope, param func(int) any) *bun.SelectQuery {
		return start(t, (*T)(nil)).Where("?TableAlias.id "+inKeys[K](s.dialect), param(0)).Order("id")
	}, keysArgument(s.dialect, keys))
	return rows, err
}

// inKeys returns the condition that a column is among keys, which are one argument: see keysArgument.
func inKeys[K string | int64](d *dialect) string {
	if d.forUpdate {
		return "= ANY(CAST(? AS " + sqlTypes[reflect.TypeFor[K]().Kind()] + "[]))"
	}
	return "IN (" + selectKeys[K](d) + ")"
}

// selectKeys returns the query of keys that are one argument.
func selectKeys[K string | int64](d *dialect) string {
	if d.forUpdate {
		return "SELECT unnest(CAST(? AS " + sqlTypes[reflect.TypeFor[K]().Kind()] + "[]))"
	}
	return "SELECT value FROM json_each(?)"
}

// keysArgument returns keys as one argument.
func keysArgument[K string | int64](d *dialect, keys []K) string {
	if d.forUpdate {
		return arrayOf(keys)
	}
	text, err := json.Marshal(keys)
	if err != nil {
		panic(err) // texts and numbers are always JSON
	}
	return string(text)
}

// foldsArgument returns texts, which may be nil, as one argument.
func foldsArgument(d *dialect, folds []*string) string {
	if d.forUpdate {
		array := arrayText{}
		for _, fold := range folds {
			if fold == nil {
				array.add(nil)
			} else {
				array.add(*fold)
			}
		}
		return array.text()
	}
	text, err := json.Marshal(folds)
	if err != nil {
		panic(err) // texts are always JSON
	}
	return string(text)
}

// anyActors returns a scope in which statements ignore whether the actor sees the rows, as selectAny does.
func (s scope) anyActors() scope {
	s.actor.OwnOnly = false
	return s
}
