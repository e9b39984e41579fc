package db

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

// maxFound is how many rows are looked up by the keys that a search finds in text blocks. To find those of more
// frequent terms, pages walk along the order of the list, and look which rows match.
const maxFound = 2000

// found is the name of the keys that a search finds in text blocks: a column id, of at most maxFound + 1 rows.
const found = "found"

// textSearch is a search for a part of a text in blocks.
type textSearch struct {
	kind summaryKind
	term string
}

// canSearch reports whether blocks tell all that have a folded term.
func (s scope) canSearch(kind summaryKind, term string) bool {
	return kind != "" && s.readsSummaries() && !strings.ContainsAny(term, "\n"+textBreak)
}

// foundKeys returns the query of the keys of all rows that may have a text with a term: column id. The rows that have
// one are among them.
func (s scope) foundKeys(search textSearch) *bun.SelectQuery {
	blocks := s.selectAny((*textBlock)(nil)).Join("CROSS JOIN "+s.dialect.linesOfBlock, search.term).
		Where("text_block.kind = ? AND text_block.sign = 1", search.kind).
		Where(s.dialect.hasLines, search.term)
	deltas := s.changedLines(search)
	return s.unionOf([]*bun.SelectQuery{
		blocks.ColumnExpr(search.keyOf("line.value", s.dialect) + " AS id"),
		deltas.ColumnExpr(search.keyOf(s.dialect.changedKey, s.dialect) + " AS id"),
	}).ColumnExpr("parts.id")
}

// changedLines returns the query of the deltas' changes of lines with a term.
func (s scope) changedLines(search textSearch) *bun.SelectQuery {
	return s.selectAny((*summaryDeltaRow)(nil)).Join("CROSS JOIN "+
		strings.Replace(s.dialect.jsonValues, "?", "summary_delta.changes", 1)).
		Where("change.value->>0 = ?", search.kind).
		Where(s.dialect.position+"("+s.dialect.changedText+", ?) > 0", search.term)
}

// keyOf returns the expression of a row's key, given that of a line's.
func (t textSearch) keyOf(key string, d *dialect) string {
	if t.kind != byCallName {
		return "CAST(" + key + " AS bigint)"
	}
	char := d.columnTypes.Char
	return "replace(replace(" + key + ", " + char + "(65534) || '1', " + char + "(10)), " +
		char + "(65534) || '0', " + char + "(65534))"
}

// textCount returns how many rows of the tenant have a text with a term, in one statement.
func (s scope) textCount(ctx context.Context, search textSearch) (n int, err error) {
	blocks := s.selectAny((*textBlock)(nil)).Where("text_block.kind = ?", search.kind).
		ColumnExpr("text_block.sign * "+s.dialect.linesWith+" AS n", search.term)
	deltas := s.changedLines(search).ColumnExpr("CAST(change.value->>2 AS bigint) AS n")
	err = s.unionOf([]*bun.SelectQuery{blocks, deltas}).ColumnExpr("COALESCE(SUM(parts.n), 0)").Scan(ctx, &n)
	return n, err
}

// byFound returns a condition that holds for rows of few keys, found as keys says, to be read by these keys where they
// are few, and as it is where there are many. key is the column with the row's key.
func (s scope) byFound(c cond, key string, keys *bun.SelectQuery) cond {
	few := expr("((SELECT COUNT(*) FROM "+found+") <= ?)", maxFound)
	many := expr("((SELECT COUNT(*) FROM "+found+") > ?)", maxFound)
	byKey := allOf(expr(key+s.dialect.amongFound), c)
	return c.splitBy(split{found: keys.Limit(maxFound + 1), count: true,
		parts: []splitPart{{cond: byKey, only: few}, {cond: c, only: many}}})
}

// byNamedCustomers returns the condition on records that one of others holds, or named of their customer. Where few
// customers are found, they are read by key.
func (t *filterer) byNamedCustomers(others []cond, named cond) cond {
	whole := anyOf(append(others, t.ofCustomer(named))...)
	if named.split == nil {
		return whole
	}
	apart := *named.split
	apart.isLed = true
	apart.parts = slices.Clone(apart.parts)
	for i, part := range apart.parts {
		apart.parts[i].cond = anyOf(append(slices.Clone(others), t.ofCustomer(part.cond))...)
	}
	return whole.splitBy(apart)
}
