package db

import (
	"context"
	"reflect"
	"slices"

	"github.com/uptrace/bun"

	"callbook/model"
)

const (
	defaultPageSize = 20
	maxOrderSteps   = 8
)

// sortKey is something rows can be sorted by.
type sortKey[T any] struct {
	name    string // in cursors
	expr    string // ? stands for now, unless there are args
	args    []any
	notNull bool
	value   func(*T) any // what expr is for a row: nil, string, int64, bool or time.Time
	parse   func(any) (any, bool)
}

// sortStep is a sort key with a direction.
type sortStep[T any] struct {
	sortKey[T]
	desc       bool
	nullsFirst bool
}

func (o sortStep[T]) reversed() sortStep[T] {
	o.desc, o.nullsFirst = !o.desc, !o.nullsFirst
	return o
}

// sql is the step as it stands in ORDER BY.
func (o sortStep[T]) sql() string {
	sql := o.expr
	if o.desc {
		sql += " DESC"
	}
	switch {
	case o.notNull:
		return sql
	case o.nullsFirst:
		return sql + " NULLS FIRST"
	}
	return sql + " NULLS LAST"
}

// list describes a list that can be paged: how its rows are found, sorted and counted.
type list[T any] struct {
	scope      scope
	kind       string // in cursors: those of one list mean nothing to another
	maxSize    int
	cond       cond
	order      []sortStep[T]                           // closes with a key that is unique
	exclude    []string                                // columns not to read
	prepare    func([]*T)                              // gives rows what is not in their columns
	shape      func(*bun.SelectQuery) *bun.SelectQuery // joins other tables; nil where there are none
	columns    string                                  // beside the rows' own, where shape joins them
	columnArgs []any
}

// window is the part of the list that a page shows.
type window struct {
	size     int
	offset   int
	backward bool  // counted from the back
	cursor   []any // values of the sort keys the page starts behind; nil: at the end of the list
}

// page reads one page of the list, in one statement.
func (l *list[T]) page(ctx context.Context, args model.PageArgs) (model.Page[T], error) {
	w, err := l.window(args)
	if err != nil {
		return model.Page[T]{}, err
	}
	rows := []*T{}
	if err := l.query(w, &rows).Scan(ctx); err != nil {
		return model.Page[T]{}, err
	}
	return l.assemble(w, rows), nil
}

// assemble makes a page of the rows that a window's query answered.
func (l *list[T]) assemble(w window, rows []*T) model.Page[T] {
	more := len(rows) > w.size
	if more {
		rows = rows[:w.size]
	}
	info := &model.PageInfo{HasNextPage: more, HasPreviousPage: w.cursor != nil || w.offset > 0}
	if w.backward {
		slices.Reverse(rows)
		info.HasNextPage, info.HasPreviousPage = w.cursor != nil, more
	}
	if l.prepare != nil {
		l.prepare(rows)
	}
	if len(rows) > 0 {
		info.StartCursor = new(l.cursor(rows[0]))
		info.EndCursor = new(l.cursor(rows[len(rows)-1]))
	}
	if rows == nil {
		rows = []*T{}
	}
	return model.Page[T]{Nodes: rows, PageInfo: info, Cursor: l.cursor, Count: l.count}
}

// window checks the paging arguments. Relay's rules, and: a page by number knows no cursor.
func (l *list[T]) window(a model.PageArgs) (w window, err error) {
	switch {
	case a.First != nil && a.Last != nil:
		return w, model.BadInput("last", "cannot be combined with first")
	case a.After != nil && a.Before != nil:
		return w, model.BadInput("before", "cannot be combined with after")
	case a.After != nil && a.Last != nil:
		return w, model.BadInput("after", "goes with first; last goes with before")
	case a.Before != nil && a.Last == nil:
		return w, model.BadInput("before", "goes with last; first goes with after")
	case a.Offset != nil && (a.After != nil || a.Last != nil):
		return w, model.BadInput("offset", "goes with first alone, not with a cursor or last")
	}
	w.size = defaultPageSize
	size, field := a.First, "first"
	if a.Last != nil {
		size, field, w.backward = a.Last, "last", true
	}
	if size != nil {
		w.size = *size
	}
	if w.size < 0 {
		return w, model.BadInput(field, "must be 0 or more")
	}
	if w.size > l.maxSize {
		return w, model.LimitExceeded(field, "is %d; at most %d a page", w.size, l.maxSize)
	}
	if a.Offset != nil {
		if w.offset = *a.Offset; w.offset < 0 {
			return w, model.BadInput("offset", "must be 0 or more")
		}
	}
	if a.After != nil {
		w.cursor, err = l.parseCursor("after", *a.After)
	} else if a.Before != nil {
		w.cursor, err = l.parseCursor("before", *a.Before)
	}
	return w, err
}

// query reads one row more than the page has, which tells whether there is a next one.
func (l *list[T]) query(w window, rows *[]*T) *bun.SelectQuery {
	order := l.order
	if w.backward {
		order = make([]sortStep[T], len(l.order))
		for i, step := range l.order {
			order[i] = step.reversed()
		}
	}
	if w.cursor == nil {
		return l.sorted(where(l.base(rows), l.cond), order, w.size+1).Offset(int64(w.offset))
	}
	if l.shape != nil { // what is joined is not in a union's rows
		return l.sorted(where(l.base(rows), allOf(l.cond, anyOf(l.after(order, w.cursor)...))), order, w.size+1)
	}
	var parts []*bun.SelectQuery
	for _, after := range l.after(order, w.cursor) {
		parts = append(parts, l.sorted(where(l.base(rows), allOf(l.cond, after)), order, w.size+1))
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return l.sorted(l.scope.selectUnion(rows, parts).ExcludeColumn(l.exclude...), order, w.size+1)
}

func (l *list[T]) base(rows *[]*T) *bun.SelectQuery {
	q := l.scope.selectFrom(rows).ExcludeColumn(l.exclude...)
	if l.shape != nil {
		q = l.shape(q).ColumnExpr(l.columns, l.columnArgs...)
	}
	return q
}

// nows are the arguments of a step's expression.
func (l *list[T]) nows(step sortStep[T]) []any {
	if step.args != nil {
		return step.args
	}
	return l.scope.nows(step.expr)
}

func (l *list[T]) sorted(q *bun.SelectQuery, order []sortStep[T], limit int) *bun.SelectQuery {
	for _, step := range order {
		q = q.OrderExpr(step.sql(), l.nows(step)...)
	}
	return q.Limit(int64(limit))
}

// after are disjoint conditions that together hold for the rows behind a cursor. Each fixes a prefix of the order and
// ranges over the next key, or over its nulls, so that an index serves each: the page costs the same wherever it is.
func (l *list[T]) after(order []sortStep[T], cursor []any) (parts []cond) {
	for i := len(order) - 1; i >= 0; i-- {
		var prefix []cond
		for j, step := range order[:i] {
			prefix = append(prefix, l.equals(step, cursor[j]))
		}
		for _, behind := range l.behind(order[i], cursor[i]) {
			parts = append(parts, allOf(append(slices.Clone(prefix), behind)...))
		}
	}
	if len(parts) == 0 {
		return []cond{never}
	}
	return parts
}

func (l *list[T]) equals(step sortStep[T], value any) cond {
	if value == nil {
		return expr("("+step.expr+" IS NULL)", l.nows(step)...)
	}
	return expr("("+step.expr+" = ?)", append(slices.Clone(l.nows(step)), value)...)
}

// behind are the conditions under which a row comes after a value in one step of the order.
func (l *list[T]) behind(step sortStep[T], value any) (parts []cond) {
	if value == nil {
		if step.nullsFirst {
			parts = append(parts, expr("("+step.expr+" IS NOT NULL)", l.nows(step)...))
		}
		return parts
	}
	operator := " > ?)"
	if step.desc {
		operator = " < ?)"
	}
	parts = append(parts, expr("("+step.expr+operator, append(slices.Clone(l.nows(step)), value)...))
	if !step.notNull && !step.nullsFirst {
		parts = append(parts, expr("("+step.expr+" IS NULL)", l.nows(step)...))
	}
	return parts
}

func (l *list[T]) count(ctx context.Context) (int, error) {
	q := l.scope.selectFrom((*T)(nil))
	if l.shape != nil {
		q = l.shape(q)
	}
	n, err := where(q, l.cond).Count(ctx)
	return int(n), err
}

// orderOf is the order a caller asked for, or the default, closed by the key that is unique.
func orderOf[T, O any](sc scope, asked []*O, step func(*O) sortStep[T], id sortKey[T], standard sortStep[T]) ([]sortStep[T], error) {
	if len(asked) > maxOrderSteps {
		return nil, model.LimitExceeded("orderBy", "has %d steps; at most %d", len(asked), maxOrderSteps)
	}
	order := []sortStep[T]{}
	seen := map[string]bool{}
	for _, o := range asked {
		s := step(o)
		if sc.actor.Visibility.Hides(reflect.TypeFor[T]().Name(), s.name) {
			return nil, model.Forbidden("orderBy", "%s is masked for you, so nothing is sorted by it", s.name)
		}
		if seen[s.name] {
			continue // a later step by the same key decides nothing
		}
		seen[s.name] = true
		order = append(order, s)
		if s.name == id.name {
			return order, nil // nothing after a unique key decides anything
		}
	}
	if len(order) == 0 {
		order = append(order, standard)
	}
	return append(order, sortStep[T]{sortKey: id}), nil
}
