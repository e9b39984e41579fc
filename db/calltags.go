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
	return s.callTags(ctx, ids)
}

func (s scope) callTags(ctx context.Context, ids []string) (map[string][]string, error) {
	var rows []*model.CallTag
	if err := s.selectFrom(&rows).ExcludeColumn("tag_fold").Where("call_tag.call_id IN (?)", bun.List(ids)).
		Order("call_id", "tag").Scan(ctx); err != nil {
		return nil, err
	}
	tags := make(map[string][]string, len(ids))
	for _, row := range rows {
		tags[row.CallID] = append(tags[row.CallID], row.Tag)
	}
	return tags, nil
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
