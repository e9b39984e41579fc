package db

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"callbook/model"
)

// selection is the rows that a mutation of many is about, read and locked.
type selection[K string | int64, T any] struct {
	entity   *entity[K, T]
	keys     []K
	expected []*int // versions, by place in keys; nil where the caller names none
	stored   map[K]*T
}

// outcomes returns the outcome of each selected row so far: FAILED with NOT_FOUND where it is missing, with what check
// returns, or with CONFLICT where its version is not the expected one; otherwise UNCHANGED.
func (sel *selection[K, T]) outcomes(check func(*T) *model.Error) *outcomes[K, T] {
	out := newOutcomes[K, T](sel.keys)
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

// chosen is the rows that a selector chooses, by key. They are found by a reader: nothing is locked.
type chosen[K string | int64, T any] struct {
	entity   *entity[K, T]
	keys     []K
	expected []*int    // versions, by place in keys; nil where the caller names none
	matched  int       // how many rows the selector finds in all; more than keys where it has a limit
	filter   cond      // of a selection by filter
	versions map[K]int // that the rows had when a filter found them; nil where the caller names their keys
}

// chooseKeys returns the rows whose keys a selector names. keys, versions and split are as for selectedKeys. It takes
// no statement. It returns LIMIT_EXCEEDED for too many keys.
func chooseKeys[K string | int64, T, V any](e *entity[K, T], keys []K, versions []V, split func(V) (K, *int),
) (*chosen[K, T], error) {
	c := &chosen[K, T]{entity: e}
	c.keys, c.expected = selectedKeys(keys, versions, split)
	c.matched = len(c.keys)
	return c, checkBatchSize("select", "keys", len(c.keys), MaxBatch)
}

// chooseWhere finds the rows of a condition, by key, at most limit: one statement, and another for the count where the
// limit is reached. Nothing is locked, however long it takes: see lockChosen.
func chooseWhere[K string | int64, T any](ctx context.Context, s scope, e *entity[K, T], filter cond, limit int,
) (*chosen[K, T], error) {
	var rows []*T
	q := where(s.selectFrom(&rows).Column("id", "version"), filter).Order("id").Limit(int64(limit))
	if err := q.Scan(ctx); err != nil {
		return nil, err
	}
	c := &chosen[K, T]{entity: e, keys: e.keys(rows), matched: len(rows), filter: filter,
		versions: make(map[K]int, len(rows))}
	for _, row := range rows {
		c.versions[e.key(row)] = *e.audit(row).version
	}
	if len(rows) < limit {
		return c, nil
	}
	n, err := where(s.selectFrom((*T)(nil)), filter).Count(ctx)
	c.matched = max(int(n), len(rows))
	return c, err
}

// part returns the rows at some places; all of them where places is nil.
func (c *chosen[K, T]) part(places []int) *chosen[K, T] {
	if places == nil {
		return c
	}
	part := *c
	part.keys = pickPlaces(c.keys, places)
	if c.expected != nil {
		part.expected = pickPlaces(c.expected, places)
	}
	return &part
}

// pickPlaces returns the elements of a list at some places; the list where places is nil.
func pickPlaces[E any](list []E, places []int) []E {
	if places == nil {
		return list
	}
	picked := make([]E, len(places))
	for i, place := range places {
		picked[i] = list[place]
	}
	return picked
}

// runChosen runs work on the rows that choose finds, and that lock reads and locks by key: see runBatch and lockChosen.
func runChosen[K string | int64, T any, R readRow[T]](ctx context.Context, d *DB, b Batch, e *entity[K, T],
	choose func(context.Context) (*chosen[K, T], error), lock func(scope, context.Context, []K) (map[K]*T, error),
	work func(context.Context, scope, *selection[K, T]) (*outcomes[K, T], error),
) (*outcomes[K, T], error) {
	return runPlanned[K, T, R](ctx, d, b, e, func(ctx context.Context) (p batchPlan[K, T], err error) {
		c, err := choose(ctx)
		if err != nil {
			return p, err
		}
		return batchPlan[K, T]{keys: c.keys, unwritten: c.matched - len(c.keys),
			work: func(ctx context.Context, s scope, places []int) (*outcomes[K, T], error) {
				sel, err := lockChosen(ctx, s, c.part(places), lock)
				if err != nil {
					return nil, err
				}
				return work(ctx, s, sel)
			}}, nil
	})
}

// lockChosen reads the chosen rows by lock, which locks them by key. Rows that a filter has found and that no longer
// match are left out, as if they had not been found. That takes one more statement only where such a row was written
// meanwhile, or where the filter asks for what is stored elsewhere: a row that has the version that it had still
// matches.
func lockChosen[K string | int64, T any](ctx context.Context, s scope, c *chosen[K, T],
	lock func(scope, context.Context, []K) (map[K]*T, error),
) (*selection[K, T], error) {
	stored, err := lock(s, ctx, c.keys)
	if err != nil {
		return nil, err
	}
	sel := &selection[K, T]{entity: c.entity, keys: c.keys, expected: c.expected, stored: stored}
	if c.versions == nil {
		return sel, nil
	}
	var doubtful []K
	for key, row := range stored {
		if c.entity.filtersElsewhere(c.filter) || *c.entity.audit(row).version != c.versions[key] {
			doubtful = append(doubtful, key)
		}
	}
	matching, err := matchingKeys[K, T](ctx, s, c.filter, doubtful)
	if err != nil {
		return nil, err
	}
	for _, key := range doubtful {
		if !matching[key] {
			delete(stored, key)
		}
	}
	sel.keys = slices.DeleteFunc(slices.Clone(c.keys), func(key K) bool { return stored[key] == nil })
	return sel, nil
}

// matchingKeys returns which of some keys are of rows that meet a condition: one statement, none for no keys.
func matchingKeys[K string | int64, T any](ctx context.Context, s scope, c cond, keys []K) (map[K]bool, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	slices.Sort(keys)
	var ids []K
	q := where(s.selectFrom((*T)(nil)).Column("id"), c).Where("?TableAlias.id IN (?)", bun.List(keys))
	if err := q.Scan(ctx, &ids); err != nil {
		return nil, err
	}
	matching := make(map[K]bool, len(ids))
	for _, id := range ids {
		matching[id] = true
	}
	return matching, nil
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
