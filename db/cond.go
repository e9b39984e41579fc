package db

import (
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

// cond is a condition on a row. The zero value holds for every row. Its SQL may be NULL, which counts as false; not
// returns a true complement of it.
type cond struct {
	sql   string
	args  []any
	never bool // holds for no row
	// isNotNull says that rows for which it holds have a value of the first key of the order that it was made for.
	isNotNull bool

	fact  *fact // what a summary counts by which it holds for; nil where there is none
	plan  steadiness
	split *split // nil where the rows are best read in one go
}

// split is how the rows of a condition are best read apart: under conditions of which at most one holds for a row, and
// each of which an index serves.
type split struct {
	parts []splitPart
	found *bun.SelectQuery // the table found, to which the parts refer; nil for none
	isLed bool             // it helps although an index has the rows of another condition
	order string           // name of the sort key in whose order the indexes have the rows; empty for any
	count bool             // the rows are counted apart, too
}

// with returns a query of the parts, with the table to which they refer.
func (s *split) with(q *bun.SelectQuery) *bun.SelectQuery {
	if s == nil || s.found == nil {
		return q
	}
	return q.With(found, s.found)
}

type splitPart struct {
	cond
	only cond // on no row: unless it holds, the part has no rows
	// lead is a column that is the same in all rows of the part, and stands before the order in the index that has them:
	// sorted by it first, they are not read by another index. Empty for none.
	lead string
}

// steadiness says how far the best plan of a page in the default order depends on the arguments of a condition.
type steadiness int

const (
	unsteady steadiness = iota // it may depend on them, so that the planner should see them
	steady                     // it does not, where an index has the rows of another condition in that order
	leading                    // it does not: an index has its rows in that order
)

// steadyName returns the name of the condition's ready statements; empty where the planner should see the arguments.
func (c cond) steadyName(list string) string {
	if c.plan != leading || c.split != nil {
		return ""
	}
	return list + " where " + c.sql
}

// maxSplitParts is the greatest number of parts in which rows are read.
const maxSplitParts = 4

// splitBy returns c, to be read apart.
func (c cond) splitBy(s split) cond {
	c.split = &s
	return c
}

// countedBy returns c, which holds for the rows that a summary counts by a fact.
func (c cond) countedBy(f *fact) cond {
	c.fact = f
	return c
}

// withPlan returns c with a steadiness.
func (c cond) withPlan(s steadiness) cond {
	c.plan = s
	return c
}

// splitOf returns how the rows for which all of conds hold are best read apart: as those of the first that is read
// apart.
func splitOf(conds []cond) *split {
	for i, c := range conds {
		if c.split == nil || c.split.found != nil && !c.split.isLed && isLed(conds) {
			continue
		}
		whole := *c.split
		whole.parts = slices.Clone(whole.parts)
		others := slices.Delete(slices.Clone(conds), i, i+1)
		for j, part := range whole.parts {
			all := join(slices.Concat([]cond{part.cond}, others), " AND ")
			whole.parts[j].cond = all
		}
		return &whole
	}
	return nil
}

// isLed reports whether an index has the rows of one of conds: that is quicker than a search in text blocks.
func isLed(conds []cond) bool {
	return slices.ContainsFunc(conds, func(c cond) bool { return c.plan == leading })
}

// planOf returns the steadiness of the condition that all of conds hold.
func planOf(conds []cond) steadiness {
	best := unsteady
	for _, c := range conds {
		if c.plan == unsteady && len(c.args) > 0 {
			return unsteady
		}
		best = max(best, c.plan)
	}
	return best
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
	joined := join(parts, " AND ")
	joined.plan = planOf(parts)
	joined.split = splitOf(parts)
	return joined
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
	case len(c.args) == 0:
		return q.Where(c.sql) // bun warns of an empty list
	}
	return q.Where(c.sql, c.args...)
}
