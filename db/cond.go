package db

import (
	"strings"

	"github.com/uptrace/bun"
)

// cond is a condition on a row. The zero value holds for every row. Its SQL may be NULL, which counts as false; not
// returns a true complement of it.
type cond struct {
	sql   string
	args  []any
	never bool // holds for no row
}

var never = cond{never: true}

// always reports whether the condition holds for every row.
func (c cond) always() bool { return c.sql == "" && !c.never }

func expr(sql string, args ...any) cond { return cond{sql: sql, args: args} }

// allOf returns the condition that all of conds hold; of none it holds for every row.
func allOf(conds ...cond) cond {
	var parts []cond
	for _, c := range conds {
		if c.never {
			return never
		}
		if !c.always() {
			parts = append(parts, c)
		}
	}
	return join(parts, " AND ")
}

// anyOf returns the condition that one of conds holds; of none it holds for no row.
func anyOf(conds ...cond) cond {
	var parts []cond
	for _, c := range conds {
		if c.always() {
			return c
		}
		if !c.never {
			parts = append(parts, c)
		}
	}
	if len(parts) == 0 {
		return never
	}
	return join(parts, " OR ")
}

func join(conds []cond, operator string) cond {
	if len(conds) == 1 {
		return conds[0]
	}
	var joined cond
	var parts []string
	for _, c := range conds {
		parts = append(parts, c.sql)
		joined.args = append(joined.args, c.args...)
	}
	if len(parts) > 0 {
		joined.sql = "(" + strings.Join(parts, operator) + ")"
	}
	return joined
}

// not returns the condition that c does not hold: it is false or NULL.
func not(c cond) cond {
	switch {
	case c.never:
		return cond{}
	case c.always():
		return never
	}
	return cond{sql: "((" + c.sql + ") IS NOT TRUE)", args: c.args}
}

// where adds a condition to a query.
func where(q *bun.SelectQuery, c cond) *bun.SelectQuery {
	switch {
	case c.never:
		return q.Where("FALSE")
	case c.always():
		return q
	}
	return q.Where(c.sql, c.args...)
}
