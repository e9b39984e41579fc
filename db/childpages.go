package db

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"callbook/model"
)

// children describes a list of rows that hang on other rows, such as the tasks of calls. Each parent has a page of it.
type children[K string | int64, T any] struct {
	*list[T]
	parent string // the column with the parent's key
	key    func(*T) *K
	// prepareAll gives the rows of all pages at once what is not in their columns. The list's own prepare must be nil: it
	// would give the rows of each page a row set of their own.
	prepareAll func(scope, []*T)
}

// pages returns the page of each parent; every parent has one. It takes one statement, and one more for the totals of
// all parents together where one is asked for. It returns BAD_USER_INPUT and LIMIT_EXCEEDED as page does.
func (c *children[K, T]) pages(ctx context.Context, parents []K, args model.PageArgs) (map[K]model.Page[T], error) {
	w, err := c.window(args)
	if err != nil {
		return nil, err
	}
	byParent, err := c.rows(ctx, parents, w)
	if err != nil {
		return nil, err
	}
	set := &model.RowSet[K]{}
	pages := make(map[K]model.Page[T], len(parents))
	for _, parent := range parents {
		page := c.assemble(w, byParent[parent])
		page.Count = func(ctx context.Context) (int, error) {
			totals, err := model.Load(set, "total", func([]*K) (map[K]int, error) {
				return c.totals(ctx, parents)
			})
			return totals[parent], err
		}
		pages[parent] = page
	}
	return pages, nil
}

// rows returns the rows of each parent in a window, and one more where there are any.
func (c *children[K, T]) rows(ctx context.Context, parents []K, w window) (map[K][]*T, error) {
	rows, err := c.readAll(ctx, parents, w)
	if err != nil {
		return nil, err
	}
	byParent := make(map[K][]*T, len(parents))
	shown := rows[:0:0]
	for _, row := range rows {
		key := *c.key(row)
		if byParent[key] = append(byParent[key], row); len(byParent[key]) <= w.size {
			shown = append(shown, row)
		}
	}
	c.prepareAll(c.scope, shown)
	return byParent, nil
}

// readAll reads what rows returns, in one statement.
func (c *children[K, T]) readAll(ctx context.Context, parents []K, w window) (rows []*T, err error) {
	if c.fixed == "" {
		err = c.query(c.parentIn(parents), w).Scan(ctx, &rows)
		return rows, err
	}
	sh, args := c.shapeOf(w)
	sh.name, sh.ofMany = c.parent, len(parents) != 1
	err = c.scope.selectReady(ctx, sh, &rows, func(t scope, param func(int) any) *bun.SelectQuery {
		in, w := *c, w
		in.list, w = c.inScope(t, w, param, 1)
		return in.query(t.amongKeys(sh.ofMany, c.parent, param(0)), w)
	}, append([]any{keyArgument(c.scope, parents)}, args...)...)
	return rows, err
}

// query returns the query of the rows of parents in a window, and one more of each. Keys alone are numbered, so that
// the long texts of rows beyond the window are not read.
func (c *children[K, T]) query(ofParents cond, w window) *bun.SelectQuery {
	shownKeys := c.scope.unionOf([]*bun.SelectQuery{c.numbered(ofParents, w)}).
		ColumnExpr("parts.parent_key, parts.row_key").Where("parts.place <= ?", w.size+1)
	q := c.columnsFor(c.of(ofParents)).Where("("+c.parent+", "+c.rowKey()+") IN (?)", shownKeys)
	for _, step := range c.order {
		q = q.OrderExpr(step.sql(), c.stepArguments(step)...)
	}
	return q
}

// rowKey returns the column that is unique among the rows of a parent: the one that closes the order.
func (c *children[K, T]) rowKey() string { return c.order[len(c.order)-1].expr }

// numbered returns the query of the keys of the parents' rows behind the window's cursor, each with its place in its
// parent's list.
func (c *children[K, T]) numbered(ofParents cond, w window) *bun.SelectQuery {
	var steps []string
	var stepArgs []any
	for _, step := range c.order {
		steps, stepArgs = append(steps, step.sql()), append(stepArgs, c.stepArguments(step)...)
	}
	cond := c.cond
	if w.cursor != nil {
		cond = allOf(cond, anyOf(c.after(c.order, w.cursor)...))
	}
	return where(c.of(ofParents), cond).
		ColumnExpr(c.parent+" AS parent_key, "+c.rowKey()+" AS row_key, ROW_NUMBER() OVER (PARTITION BY "+c.parent+
			" ORDER BY "+strings.Join(steps, ", ")+") AS place", stepArgs...)
}

// parentIn returns the condition on rows that they are of parents.
func (c *children[K, T]) parentIn(parents []K) cond {
	return expr("("+c.parent+" IN (?))", bun.List(parents))
}

// of returns a query of the rows of parents.
func (c *children[K, T]) of(ofParents cond) *bun.SelectQuery {
	return where(c.scope.selectFrom((*T)(nil)), ofParents)
}

// totals counts the rows of each parent on all pages, in one statement; parents without rows are absent.
func (c *children[K, T]) totals(ctx context.Context, parents []K) (map[K]int, error) {
	return countBy[K](ctx, where(c.of(c.parentIn(parents)), c.cond), c.parent)
}

// countBy counts the rows of a query by a column.
func countBy[K string | int64](ctx context.Context, q *bun.SelectQuery, column string) (map[K]int, error) {
	var rows []struct {
		Key   K
		Count int
	}
	if err := q.ColumnExpr(column+" AS key, COUNT(*) AS count").GroupExpr(column).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	counts := make(map[K]int, len(rows))
	for _, row := range rows {
		counts[row.Key] = row.Count
	}
	return counts, nil
}
