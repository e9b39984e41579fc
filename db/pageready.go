package db

import (
	"context"
	"slices"

	"github.com/uptrace/bun"
)

// windowShape is what the text of a page depends on, beside its list.
type windowShape struct {
	size     int
	backward bool
	isBehind bool           // a cursor
	nulls    [maxSteps]bool // which values of the cursor are null
}

// shapeOf returns the shape of the list's statements, and the values of the window's cursor that are their arguments.
func (l *list[T]) shapeOf(w window) (sh shape, args []any) {
	sh = shape{name: l.fixed, selected: l.selected(),
		window: windowShape{size: w.size, backward: w.backward, isBehind: w.cursor != nil}}
	for i, value := range w.cursor {
		if value == nil {
			sh.window.nulls[i] = true
		} else {
			args = append(args, value)
		}
	}
	return sh, args
}

// inScope returns the list in a scope, and the window with parameters in place of the values of its cursor, the first
// of which is the n-th.
func (l *list[T]) inScope(t scope, w window, param func(int) any, n int) (*list[T], window) {
	inScope := *l
	inScope.scope = t
	cursor := w.cursor
	w.cursor = slices.Clone(cursor)
	for i, value := range cursor {
		if value != nil {
			w.cursor[i] = param(n)
			n++
		}
	}
	return &inScope, w
}

// read reads the rows of a window and one more where there are any, in one statement.
func (l *list[T]) read(ctx context.Context, w window) (rows []*T, err error) {
	if l.fixed == "" || w.offset > 0 { // each offset would be a text of its own
		err = l.query(w, &rows).Scan(ctx)
		return rows, err
	}
	sh, args := l.shapeOf(w)
	err = l.scope.selectReady(ctx, sh, &rows, func(t scope, param func(int) any) *bun.SelectQuery {
		in, w := l.inScope(t, w, param, len(l.cond.args))
		in.cond.args = nil
		for i := range l.cond.args {
			in.cond.args = append(in.cond.args, param(i))
		}
		var none []*T
		return in.query(w, &none)
	}, slices.Concat(l.cond.args, args)...)
	return rows, err
}
