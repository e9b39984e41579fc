package db

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"callbook/model"
)

// selection is the rows that a mutation of many is about, found and locked.
type selection[K string | int64, T any] struct {
	entity   *entity[K, T]
	keys     []K
	expected []*int // versions, by place in keys; nil where the caller names none
	stored   map[K]*T
	matched  int // how many rows the selector finds in all; more than keys where it has a limit
}

// outcomes returns the outcome of each selected row so far: FAILED with NOT_FOUND where it is missing, with what check
// returns, or with CONFLICT where its version is not the expected one; otherwise UNCHANGED.
func (sel *selection[K, T]) outcomes(check func(*T) *model.Error) *outcomes[K, T] {
	out := newOutcomes[K, T](sel.keys)
	out.matched = sel.matched
	for i, key := range sel.keys {
		if out.hasFailed(i) {
			continue
		}
		if err := sel.check(i, check); err != nil {
			out.failAt(i, err)
		} else {
			out.set(key, sel.stored[key], model.RowOutcomeUnchanged)
		}
	}
	return out
}

func (sel *selection[K, T]) check(i int, check func(*T) *model.Error) *model.Error {
	row := sel.stored[sel.keys[i]]
	if row == nil {
		return sel.entity.notFound(sel.keys[i])
	}
	if err := check(row); err != nil {
		return err
	}
	return sel.entity.checkVersion(row, sel.expectedVersion(i))
}

// expectedVersion returns the version expected of the row at a place in keys; nil where there is none.
func (sel *selection[K, T]) expectedVersion(i int) *int {
	if sel.expected == nil {
		return nil
	}
	return sel.expected[i]
}

// anyRow accepts every row of a selection.
func anyRow[T any](*T) *model.Error { return nil }

// selectedKeys returns the keys that a selector names, and by place the versions that it expects of them; at most one
// of keys and versions is given. split returns the two parts of a version.
func selectedKeys[K string | int64, V any](keys []K, versions []V, split func(V) (K, *int)) ([]K, []*int) {
	if versions == nil {
		return keys, nil
	}
	keys = make([]K, len(versions))
	expected := make([]*int, len(versions))
	for i, v := range versions {
		keys[i], expected[i] = split(v)
	}
	return keys, expected
}

func versionInput(v *model.VersionInput) (string, *int)        { return v.ID, &v.ExpectedVersion }
func longVersionInput(v *model.LongVersionInput) (int64, *int) { return v.ID, &v.ExpectedVersion }

// selectByKey finds the rows whose keys a selector names by lock, which locks them. keys, versions and split are as for
// selectedKeys. It returns LIMIT_EXCEEDED for too many keys.
func selectByKey[K string | int64, T, V any](
	ctx context.Context, e *entity[K, T], keys []K, versions []V, split func(V) (K, *int),
	lock func(context.Context, []K) (map[K]*T, error),
) (sel *selection[K, T], err error) {
	sel = &selection[K, T]{entity: e}
	sel.keys, sel.expected = selectedKeys(keys, versions, split)
	sel.matched = len(sel.keys)
	if err := checkBatchSize("select", "keys", len(sel.keys), MaxBatch); err != nil {
		return nil, err
	}
	sel.stored, err = lock(ctx, sel.keys)
	return sel, err
}

// checkSelector returns BAD_USER_INPUT unless exactly one field of a selector is given.
func checkSelector(given ...bool) error {
	n := 0
	for _, isGiven := range given {
		if isGiven {
			n++
		}
	}
	if n != 1 {
		return model.BadInput("select", "must have exactly one field")
	}
	return nil
}

// selectionCond returns the condition of a selection by filter. It returns BAD_USER_INPUT also for a filter without any
// condition, and LIMIT_EXCEEDED.
func selectionCond[F any](s scope, filter *F, columns map[string]filterColumn, limit int) (cond, error) {
	const field = "select.where."
	if limit < 1 {
		return never, model.BadInput(field+"limit", "must be 1 or more")
	}
	if limit > MaxBatch {
		return never, model.LimitExceeded(field+"limit", "is %d; at most %d", limit, MaxBatch)
	}
	filtered, err := s.filterAt(field+"filter", filter, columns)
	if err != nil {
		return never, err
	}
	if filtered.always() {
		return never, model.BadInput(field+"filter",
			"comes down to no condition, so it would choose all rows; say which")
	}
	return filtered, nil
}

// selectWhere finds and locks the rows of a condition, by key, at most limit: two statements, and a third for the count
// where the limit is reached.
func selectWhere[K string | int64, T any](ctx context.Context, s scope, e *entity[K, T], c cond, limit int,
) (*selection[K, T], error) {
	var rows []*T
	if err := where(s.lockForUpdate(&rows), c).Order("id").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, err
	}
	isLimited := len(rows) == limit
	rows, err := stillMatching(ctx, s, e, rows, c)
	if err != nil {
		return nil, err
	}
	sel := &selection[K, T]{entity: e, keys: e.keys(rows), stored: e.byKey(rows), matched: len(rows)}
	if isLimited {
		var n int64
		n, err = where(s.selectFrom((*T)(nil)), c).Count(ctx)
		sel.matched = int(n)
	}
	return sel, err
}

// stillMatching returns the locked rows that still match. While PostgreSQL waits for a lock, another transaction may
// change what a condition reads in other tables; PostgreSQL then checks the condition again on the locked row alone.
func stillMatching[K string | int64, T any](ctx context.Context, s scope, e *entity[K, T], rows []*T, c cond,
) ([]*T, error) {
	if len(rows) == 0 {
		return rows, nil
	}
	var ids []K
	q := where(s.selectFrom((*T)(nil)).Column("id"), c).Where("?TableAlias.id IN (?)", bun.List(e.keys(rows)))
	if err := q.Scan(ctx, &ids); err != nil {
		return nil, err
	}
	matching := make(map[K]bool, len(ids))
	for _, id := range ids {
		matching[id] = true
	}
	return slices.DeleteFunc(rows, func(row *T) bool { return !matching[e.key(row)] }), nil
}
