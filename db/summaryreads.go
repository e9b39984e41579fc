package db

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
)

// anyValue is the condition that holds for every value.
var anyValue cond

// readsSummaries reports whether the actor sees all rows of the tenant, as summaries count them.
func (s scope) readsSummaries() bool { return !s.actor.OwnOnly }

// summaryParts returns the queries of the counts of a kind and of the deltas that are not added to them yet: columns
// value and n. c is a condition on value.
func (s scope) summaryParts(kind summaryKind, c cond) []*bun.SelectQuery {
	counts := s.selectAny((*summaryCount)(nil)).Where("summary_count.kind = ?", kind)
	deltas := s.selectAny((*summaryDeltaRow)(nil)).Join("CROSS JOIN "+
		strings.Replace(s.dialect.jsonValues, "?", "summary_delta.changes", 1)).
		Where("change.value->>0 = ?", kind)
	valueOf := func(sql string) cond { return cond{sql: strings.ReplaceAll(c.sql, "{value}", sql), args: c.args} }
	return []*bun.SelectQuery{
		where(counts, valueOf("summary_count.value")).
			ColumnExpr("summary_count.value AS value, summary_count.row_count AS n"),
		where(deltas, valueOf(s.dialect.changedValue)).
			ColumnExpr(s.dialect.changedValue + " AS value, CAST(change.value->>2 AS bigint) AS n"),
	}
}

// summed returns the query of value and the sum of n, where that is not 0, over what parts return.
func (s scope) summed(parts []*bun.SelectQuery) *bun.SelectQuery {
	return s.unionOf(parts).ColumnExpr("parts.value AS value, SUM(parts.n) AS n").GroupExpr("parts.value").
		Having("SUM(parts.n) <> 0")
}

// summaryValue is a value of a kind and how many rows have it.
type summaryValue struct {
	Value string
	N     int
}

// factCount returns how many rows are counted by a fact, in one statement.
func (s scope) factCount(ctx context.Context, f fact) (n int, err error) {
	if f.kind.isText() {
		return s.textCount(ctx, textSearch{f.kind, f.value})
	}
	parts := s.summaryParts(f.kind, expr("{value} = ?", f.value))
	err = s.unionOf(parts).ColumnExpr("COALESCE(SUM(parts.n), 0)").Scan(ctx, &n)
	return n, err
}
