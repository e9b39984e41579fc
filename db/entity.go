package db

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

// entity describes a kind of row for the code that treats calls, call records, customers, tasks and notes alike.
type entity[K string | int64, T any] struct {
	name    string // in errors
	key     func(*T) K
	audit   func(*T) audit // nil where the rows have no version
	columns *RowColumns
	// prepare is prepareRows for rows of a batch.
	prepare func(scope, []*T)
	// elsewhere stands in conditions on what is stored in other tables, which may change while the row keeps its version;
	// empty where there are none.
	elsewhere string
}

// filtersElsewhere reports whether a condition may come to hold, or no longer, while a row keeps its version.
func (e *entity[K, T]) filtersElsewhere(c cond) bool {
	return e.elsewhere != "" && strings.Contains(c.sql, e.elsewhere)
}

// audit points to the columns of a row that say which version it is, and who wrote it when.
type audit struct {
	version   *int
	updatedBy *string
	updatedAt *time.Time
}

var (
	callEntity = entity[string, model.Call]{
		name:    "call",
		key:     func(c *model.Call) string { return c.ID },
		audit:   func(c *model.Call) audit { return audit{&c.Version, &c.UpdatedBy, &c.UpdatedAt} },
		columns: CallColumns,
		prepare: prepareRows[model.Call],
	}
	recordEntity = entity[int64, model.CallRecord]{
		name:    "call record",
		key:     func(r *model.CallRecord) int64 { return r.ID },
		audit:   func(r *model.CallRecord) audit { return audit{&r.Version, &r.UpdatedBy, &r.UpdatedAt} },
		columns: RecordColumns,
		prepare: prepareRows[model.CallRecord],

		elsewhere: "customer_person_id IN (", // see filterer.ofCustomer
	}
	customerEntity = entity[int64, model.CustomerPerson]{
		name:    "customer",
		key:     func(p *model.CustomerPerson) int64 { return p.ID },
		columns: CustomerColumns,
	}
	taskEntity = entity[string, model.Task]{
		name:    "task",
		key:     func(t *model.Task) string { return t.ID },
		audit:   func(t *model.Task) audit { return audit{&t.Version, &t.UpdatedBy, &t.UpdatedAt} },
		columns: TaskColumns,
		prepare: prepareRows[model.Task],
	}
	noteEntity = entity[string, model.Note]{
		name:    "note",
		key:     func(n *model.Note) string { return n.ID },
		audit:   func(n *model.Note) audit { return audit{&n.Version, &n.UpdatedBy, &n.UpdatedAt} },
		columns: NoteColumns,
	}
)

// keys returns the keys of rows, in their order.
func (e *entity[K, T]) keys(rows []*T) []K {
	keys := make([]K, len(rows))
	for i, row := range rows {
		keys[i] = e.key(row)
	}
	return keys
}

// byKey returns rows by their keys.
func (e *entity[K, T]) byKey(rows []*T) map[K]*T {
	byKey := make(map[K]*T, len(rows))
	for _, row := range rows {
		byKey[e.key(row)] = row
	}
	return byKey
}

// sorted sorts rows by key in place and returns them, so that concurrent batches lock them in the same order.
func (e *entity[K, T]) sorted(rows []*T) []*T {
	slices.SortFunc(rows, func(a, b *T) int { return cmp.Compare(e.key(a), e.key(b)) })
	return rows
}

// notFound returns the error NOT_FOUND for a key.
func (e *entity[K, T]) notFound(key K) *model.Error {
	return model.NotFound("id", "there is no %s with the key %s", e.name, quoteKey(key))
}

// checkVersion returns CONFLICT where a row has another version than the expected one; nil expects any.
func (e *entity[K, T]) checkVersion(row *T, expected *int) *model.Error {
	a := e.audit(row)
	if expected == nil || *expected == *a.version {
		return nil
	}
	return model.StaleVersion(*expected, *a.version, *a.updatedBy, *a.updatedAt)
}

// bumpVersion marks a row as written by the actor now. The caller stores it.
func (e *entity[K, T]) bumpVersion(s scope, row *T) {
	a := e.audit(row)
	*a.version++
	*a.updatedBy, *a.updatedAt = s.actor.Name, s.now
}

// updateAudited returns an UPDATE of locked rows that stores what bumpVersion has set. The caller adds the other
// columns.
func (e *entity[K, T]) updateAudited(s scope, rows []*T) *bun.UpdateQuery {
	return s.update((*T)(nil)).Set("updated_at = ?", s.now).Set("updated_by = ?", s.actor.Name).
		Set("version = version + 1").Where("id IN (?)", bun.List(e.keys(rows)))
}

// quoteKey returns a key as it stands in errors: text in quotes, numbers as they are.
func quoteKey[K string | int64](key K) string {
	if s, isText := any(key).(string); isText {
		return text.Quote(s)
	}
	return fmt.Sprint(key)
}
