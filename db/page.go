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
	maxSteps        = maxOrderSteps + 1 // with the key that closes an order
)

// sortKey is an expression that rows can be sorted by.
type sortKey[T any] struct {
	name    string // in cursors, and of the field, as masks name it
	expr    string // ? stands for now, unless there are args
	args    []any
	notNull bool
	falls   bool                  // its indexes have the greatest value first, and nulls last
	value   func(*T) any          // of expr for a row: nil, string, int64, bool or time.Time
	parse   func(any) (any, bool) // reads a value of a cursor, and reports whether it is one of this key
}

// sortStep is a sort key with a direction, and the place of nulls.
type sortStep[T any] struct {
	sortKey[T]
	desc       bool
	nullsFirst bool
}

func newSortStep[T any](key sortKey[T], direction model.OrderDirection, nulls model.NullOrder) sortStep[T] {
	return sortStep[T]{key, direction == model.OrderDirectionDesc, nulls == model.NullOrderFirst}
}

func (o sortStep[T]) reversed() sortStep[T] {
	o.desc, o.nullsFirst = !o.desc, !o.nullsFirst
	return o
}

// sql returns the step as it stands in ORDER BY.
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
	scope   scope
	kind    string // in cursors: a cursor of one list is refused by another
	maxSize int
	cond    cond
	order   []sortStep[T] // ends with a key that is unique
	// rows and asked say which columns are read, needed which of them the list itself needs; all of the struct's where
	// rows is nil.
	rows   *RowColumns
	asked  Columns
	needed Columns
	// fixed names a list whose order and condition, the arguments of that aside, are always the same, so that its
	// statements are made ready; empty for others.
	fixed      string
	prepare    func(scope, []*T)                       // gives rows what is not in their columns; nil for nothing
	shape      func(*bun.SelectQuery) *bun.SelectQuery // joins other tables; nil where there are none
	columns    string                                  // beside the rows' own, where shape joins them
	columnArgs []any
	counting   func(context.Context) (int, error) // counts the rows; nil where their condition says how
}

// window is the part of a list that a page shows.
type window struct {
	size     int
	offset   int
	backward bool  // counted from the end of the list
	cursor   []any // values of the sort keys behind which the page starts; nil where it starts at an end of the list
}

// page reads one page of the list, in one statement. The page carries two closures: Cursor, which makes a row's
// cursor, and Count, which takes one statement more unless the page shows the whole list, so that a total that nobody
// asks for costs nothing. It returns BAD_USER_INPUT for arguments that do not fit together and cursors of other lists,
// and LIMIT_EXCEEDED.
func (l *list[T]) page(ctx context.Context, args model.PageArgs) (model.Page[T], error) {
	w, err := l.window(args)
	if err != nil {
		return model.Page[T]{}, err
	}
	rows, err := l.read(ctx, w)
	if err != nil {
		return model.Page[T]{}, err
	}
	return l.assemble(w, rows), nil
}

// assemble returns the page of the rows that a window's query returned.
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
		l.prepare(l.scope, rows)
	}
	if len(rows) > 0 {
		info.StartCursor = new(l.cursor(rows[0]))
		info.EndCursor = new(l.cursor(rows[len(rows)-1]))
	}
	if rows == nil {
		rows = []*T{}
	}
	return model.Page[T]{Nodes: rows, PageInfo: info, Cursor: l.cursor, Count: l.countBeside(w, len(rows), more)}
}

// countBeside returns the function that counts the list's rows, given that a window shows n of them, and whether there
// are more: it takes no statement where the window reaches the end of the list, and its beginning is known.
func (l *list[T]) countBeside(w window, n int, more bool) func(context.Context) (int, error) {
	if more || w.cursor != nil || n == 0 && w.offset > 0 {
		return l.count
	}
	return func(context.Context) (int, error) { return w.offset + n, nil }
}

// checkPageArgs returns BAD_USER_INPUT for arguments that do not fit together: by Relay's rules, and an offset goes
// with first alone.
func checkPageArgs(a model.PageArgs) error {
	switch {
	case a.First != nil && a.Last != nil:
		return model.BadInput("last", "cannot be combined with first")
	case a.After != nil && a.Before != nil:
		return model.BadInput("before", "cannot be combined with after")
	case a.After != nil && a.Last != nil:
		return model.BadInput("after", "goes with first; last goes with before")
	case a.Before != nil && a.Last == nil:
		return model.BadInput("before", "goes with last; first goes with after")
	case a.Offset != nil && (a.After != nil || a.Last != nil):
		return model.BadInput("offset", "goes with first alone, not with a cursor or last")
	}
	return nil
}

// CheckFirst returns BAD_USER_INPUT and LIMIT_EXCEEDED for the length of a list without pages.
func CheckFirst(first, most int) error {
	if first < 1 {
		return model.BadInput("first", "must be 1 or more")
	}
	if first > most {
		return model.LimitExceeded("first", "is %d; at most %d", first, most)
	}
	return nil
}

// window returns the window that paging arguments mean. It returns BAD_USER_INPUT and LIMIT_EXCEEDED.
func (l *list[T]) window(a model.PageArgs) (w window, err error) {
	if err := checkPageArgs(a); err != nil {
		return w, err
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

// selected returns the columns that the list reads: those that are asked for, that its order needs for cursors, and
// that it needs itself.
func (l *list[T]) selected() Columns {
	columns := l.scope.withCreator(l.rows, l.rows.union([]Columns{l.asked})|l.needed)
	for _, step := range l.order {
		columns |= l.rows.Of(step.name)
	}
	return columns
}

// columnsFor gives a query the columns that the list reads.
func (l *list[T]) columnsFor(q *bun.SelectQuery) *bun.SelectQuery {
	if l.rows == nil {
		return q.ExcludeColumn()
	}
	return q.ColumnExpr(l.rows.list(l.selected()))
}

// query returns the query of a window and one row more, which shows whether there is a next page.
func (l *list[T]) query(w window, rows *[]*T) *bun.SelectQuery {
	order := l.order
	if w.backward {
		order = make([]sortStep[T], len(l.order))
		for i, step := range l.order {
			order[i] = step.reversed()
		}
	}
	apart, nullsApart := l.splitParts(order), l.nullsApart(order)
	if w.cursor == nil && len(apart) == 1 && !nullsApart {
		return l.sorted(where(l.base(rows), l.cond), order, w.size+1).Offset(int64(w.offset))
	}
	if l.shape != nil { // joined columns are not in the rows of a union
		behind := allOf(l.cond, anyOf(l.after(order, w.cursor)...))
		return l.sorted(where(l.base(rows), behind), order, w.size+1)
	}
	behind := []cond{{}}
	switch {
	case w.cursor != nil:
		behind = l.after(order, w.cursor)
	case nullsApart:
		behind = l.nullsAndOthers(order[0])
	}
	var parts []unionPart
	for _, part := range apart {
		for _, after := range behind {
			q := where(l.base(rows), allOf(part.cond, after))
			if part.lead != "" {
				q = q.OrderExpr(part.lead)
			}
			q = l.sorted(q, inIndexOrder(order, nullsApart && after.isNotNull), w.offset+w.size+1)
			parts = append(parts, unionPart{q, part.only})
		}
	}
	if len(parts) == 1 {
		return parts[0].query
	}
	all := l.sorted(l.columnsFor(l.scope.selectUnion(rows, parts)), order, w.size+1).Offset(int64(w.offset))
	return l.cond.split.with(all)
}

// splitParts returns the conditions under which the list's rows are read apart: one where they are read in one go.
func (l *list[T]) splitParts(order []sortStep[T]) []splitPart {
	s := l.cond.split
	if s == nil || l.shape != nil || s.order != "" && s.order != order[0].name {
		return []splitPart{{cond: l.cond}}
	}
	return s.parts
}

func (l *list[T]) base(rows *[]*T) *bun.SelectQuery {
	q := l.columnsFor(l.scope.selectFrom(rows))
	if l.shape != nil {
		q = l.shape(q).ColumnExpr(l.columns, l.columnArgs...)
	}
	return q
}

// stepArguments returns the arguments of a step's expression.
func (l *list[T]) stepArguments(step sortStep[T]) []any {
	if step.args != nil {
		return step.args
	}
	return l.scope.clockArguments(step.expr)
}

func (l *list[T]) sorted(q *bun.SelectQuery, order []sortStep[T], limit int) *bun.SelectQuery {
	for _, step := range order {
		q = q.OrderExpr(step.sql(), l.stepArguments(step)...)
	}
	return q.Limit(int64(limit))
}

// after returns disjoint conditions that together hold for the rows behind a cursor. Each fixes a prefix of the order
// and ranges over the next key, or over its nulls, so that an index serves each, and a page costs the same wherever
// it is.
func (l *list[T]) after(order []sortStep[T], cursor []any) (parts []cond) {
	for i, step := range slices.Backward(order) {
		var prefix []cond
		for j, step := range order[:i] {
			prefix = append(prefix, l.equals(step, cursor[j]))
		}
		for _, behind := range l.behind(step, cursor[i]) {
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
		return expr("("+step.expr+" IS NULL)", l.stepArguments(step)...)
	}
	return expr("("+step.expr+" = ?)", append(slices.Clone(l.stepArguments(step)), value)...)
}

// behind returns the conditions under which a row comes after a value in one step of the order.
func (l *list[T]) behind(step sortStep[T], value any) (parts []cond) {
	if value == nil {
		if step.nullsFirst {
			parts = append(parts, l.nullsAndOthers(step)[0])
		}
		return parts
	}
	operator := " > ?)"
	if step.desc {
		operator = " < ?)"
	}
	beyond := expr("("+step.expr+operator, append(slices.Clone(l.stepArguments(step)), value)...)
	beyond.isNotNull = true
	parts = append(parts, beyond)
	if !step.notNull && !step.nullsFirst {
		parts = append(parts, expr("("+step.expr+" IS NULL)", l.stepArguments(step)...))
	}
	return parts
}

// count counts the rows of the whole list, in one statement.
func (l *list[T]) count(ctx context.Context) (int, error) {
	if l.counting != nil {
		return l.counting(ctx)
	}
	if f := l.cond.fact; f != nil && l.scope.readsSummaries() {
		return l.scope.factCount(ctx, *f)
	}
	q := l.scope.selectFrom((*T)(nil))
	if l.shape != nil {
		q = l.shape(q)
	} else if s := l.cond.split; s != nil && s.count {
		return l.countApart(ctx, s)
	}
	n, err := where(q, l.cond).Count(ctx)
	return int(n), err
}

// countApart counts the rows of the conditions of a split, in one statement.
func (l *list[T]) countApart(ctx context.Context, s *split) (n int, err error) {
	var parts []*bun.SelectQuery
	for _, part := range s.parts {
		q := where(where(l.scope.selectFrom((*T)(nil)), part.cond), part.only)
		parts = append(parts, q.ColumnExpr("COUNT(*) AS rows_counted"))
	}
	err = s.with(l.scope.unionOf(parts)).ColumnExpr("SUM(parts.rows_counted)").Scan(ctx, &n)
	return n, err
}

// orderOf returns the order that a caller asked for, or the default one, with the unique key id at the end. It returns
// LIMIT_EXCEEDED for too many steps, and FORBIDDEN for a key that is masked for the actor.
func orderOf[T, O any](s scope, asked []*O, toStep func(*O) sortStep[T], id sortKey[T], standard sortStep[T],
) ([]sortStep[T], error) {
	if len(asked) > maxOrderSteps {
		return nil, model.LimitExceeded("orderBy", "has %d steps; at most %d", len(asked), maxOrderSteps)
	}
	order := []sortStep[T]{}
	seen := map[string]bool{}
	for _, o := range asked {
		step := toStep(o)
		if s.actor.Visibility.Hides(reflect.TypeFor[T]().Name(), step.name) {
			return nil, model.Forbidden("orderBy", "%s is masked for you, so nothing is sorted by it", step.name)
		}
		if seen[step.name] {
			continue // a later step by the same key has no effect
		}
		seen[step.name] = true
		order = append(order, step)
		if step.name == id.name {
			return order, nil // steps after a unique key have no effect
		}
	}
	if len(order) == 0 {
		order = append(order, standard)
	}
	return append(order, sortStep[T]{sortKey: id}), nil
}
