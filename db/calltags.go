package db

import (
	"context"

	"github.com/uptrace/bun"

	"callbook/model"
)

// MaxTagCounts is the greatest number of tags that CallTagCounts returns.
const MaxTagCounts = 1000

// CallTags returns the tags of calls, by call, sorted; calls without tags are absent. It takes one statement.
func (d *DB) CallTags(ctx context.Context, ids []string) (map[string][]string, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	return readTags[string, model.CallTag](ctx, s, "call_tag.call_id", ids)
}

// readTags returns the tags of rows, by row, sorted; rows without tags are absent. T is the table of tags, column the
// one with the key of what is tagged. It takes one statement, none for no keys.
func readTags[K string | int64, T any](ctx context.Context, s scope, column string, keys []K) (map[K][]string, error) {
	tags := make(map[K][]string, len(keys))
	if len(keys) == 0 {
		return tags, nil
	}
	var rows []struct {
		Key K
		Tag string
	}
	sh := shape{name: column, ofMany: len(keys) != 1}
	err := s.selectReady(ctx, sh, &rows, func(t scope, param func(int) any) *bun.SelectQuery {
		q := t.selectFrom((*T)(nil)).ColumnExpr(column + " AS key, ?TableAlias.tag")
		return where(q, t.amongKeys(sh.ofMany, column, param(0))).OrderExpr(column + ", ?TableAlias.tag")
	}, keyArgument(s, keys))
	for _, row := range rows {
		tags[row.Key] = append(tags[row.Key], row.Tag)
	}
	return tags, err
}

// CallTagCounts returns the tags in use by the calls of a data set that pass a filter, and that begin with prefix,
// the most used first. It returns BAD_USER_INPUT, LIMIT_EXCEEDED, and FORBIDDEN for filters by what is masked. It
// takes one statement.
func (d *DB) CallTagCounts(ctx context.Context, prefix string, dataset model.CallDataset, filter *model.CallFilter,
	first int,
) ([]*model.TagCount, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	if err := CheckFirst(first, MaxTagCounts); err != nil {
		return nil, err
	}
	cond, err := s.callCond(dataset, filter, false)
	if err != nil {
		return nil, err
	}
	t := &filterer{scope: s}
	begins := t.begins(filterColumn{expr: "call_tag.tag", fold: "call_tag.tag_fold"}, "prefix", prefix)
	if err := t.errs.Err(); err != nil {
		return nil, err
	}
	counts := []*model.TagCount{}
	if cond.sql == isLive && prefix == "" && s.readsSummaries() {
		err := s.unionOf([]*bun.SelectQuery{s.summed(s.summaryParts(byCallTag, anyValue))}).
			ColumnExpr("parts.value AS tag, parts.n AS count").OrderExpr("2 DESC, 1").Limit(int64(first)).Scan(ctx, &counts)
		return counts, err
	}
	q := s.selectFrom((*model.CallTag)(nil)).ColumnExpr("call_tag.tag, COUNT(*) AS count").
		Join("JOIN calls AS call ON call.tenant_id = call_tag.tenant_id AND call.id = call_tag.call_id")
	err = where(q, allOf(cond, begins)).Group("call_tag.tag").OrderExpr("COUNT(*) DESC, call_tag.tag").
		Limit(int64(first)).Scan(ctx, &counts)
	return counts, err
}

// tagConds returns the condition on calls by their tags, which are a table of their own.
func tagConds(t *filterer, o listOperators) cond {
	return t.tagged(o, listTable{row: "call.id", from: "call_tags AS listed", key: "listed.call_id", value: "listed.tag",
		kind: byCallTag})
}
