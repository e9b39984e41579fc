package db

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

// MaxTagCounts is how many tags CallTagCounts answers at the most.
const MaxTagCounts = 1000

// CallTagCounts are the tags in use by the calls of a data set that pass a filter, the most used first.
func (d *DB) CallTagCounts(ctx context.Context, prefix string, dataset model.CallDataset, filter *model.CallFilter, first int) ([]*model.TagCount, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	if first < 1 {
		return nil, model.BadInput("first", "must be 1 or more")
	}
	if first > MaxTagCounts {
		return nil, model.LimitExceeded("first", "is %d; at most %d", first, MaxTagCounts)
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
	q := s.selectFrom((*model.CallTag)(nil)).ColumnExpr("call_tag.tag, COUNT(*) AS count").
		Join("JOIN calls AS call ON call.tenant_id = call_tag.tenant_id AND call.id = call_tag.call_id")
	err = where(q, allOf(cond, begins)).Group("call_tag.tag").OrderExpr("COUNT(*) DESC, call_tag.tag").Limit(int64(first)).Scan(ctx, &counts)
	return counts, err
}

// errRedo says that a batch must be done again without the rows that turned out to be at fault.
var errRedo = errors.New("db: some rows turned out to be at fault")

// AddCallTags adds tags to calls, in four statements. That a call would have too many is seen only once it has them: then
// all is undone, and done again without it.
func (d *DB) AddCallTags(ctx context.Context, selector model.CallSelector, tags []string, b Batch) (*model.CallsPayload, error) {
	set, errs := model.NormalizeTags("tags", tags)
	if len(errs) > 0 {
		return nil, errs
	}
	tooMany := map[string]*model.Error{}
	for {
		payload, err := d.writeBatch(ctx, b, func(ctx context.Context, s scope) (int, []CallOutcome, error) {
			sel, err := s.selectCalls(ctx, selector)
			if err != nil {
				return 0, nil, err
			}
			rows, out := sel.live()
			rows = slices.DeleteFunc(rows, func(c *model.Call) bool { return tooMany[c.ID] != nil })
			for i, o := range out {
				if err := tooMany[o.ID]; err != nil && o.Errors == nil {
					out[i] = failed(o.ID, err)
				}
			}
			if err := checkTagRows(len(rows) * len(set)); err != nil {
				return 0, nil, err
			}
			delta, err := s.insertTags(ctx, rows, set)
			if err != nil {
				return 0, nil, err
			}
			after, err := s.retagged(ctx, "addCallTags", rows, delta, out)
			if err != nil {
				return 0, nil, err
			}
			known := len(tooMany)
			for id, tags := range after {
				if err := model.CheckTagsLength("tags", tags); err != nil {
					tooMany[id] = err
				}
			}
			if len(tooMany) > known {
				return 0, nil, errRedo
			}
			return sel.matched, out, nil
		})
		if !errors.Is(err, errRedo) {
			return payload, err
		}
	}
}

// RemoveCallTags removes tags from calls, in four statements.
func (d *DB) RemoveCallTags(ctx context.Context, selector model.CallSelector, tags []string, b Batch) (*model.CallsPayload, error) {
	set, errs := model.NormalizeTags("tags", tags)
	if len(errs) > 0 {
		return nil, errs
	}
	return d.writeBatch(ctx, b, func(ctx context.Context, s scope) (int, []CallOutcome, error) {
		sel, err := s.selectCalls(ctx, selector)
		if err != nil {
			return 0, nil, err
		}
		rows, out := sel.live()
		delta := tagDelta{removed: true}
		if len(rows) > 0 && len(set) > 0 {
			if _, err := s.deleteFrom((*model.CallTag)(nil)).Where("call_id IN (?)", bun.List(callIDs(rows))).Where("tag IN (?)", bun.List(set)).
				Returning("call_id, tag").Exec(ctx, &delta.rows); err != nil {
				return 0, nil, err
			}
		}
		_, err = s.retagged(ctx, "removeCallTags", rows, delta, out)
		return sel.matched, out, err
	})
}

// tagDelta is the tags that were added to calls, or removed from them.
type tagDelta struct {
	rows    []*model.CallTag
	removed bool
}

// byCall are the tags of the delta by call.
func (d tagDelta) byCall() map[string][]string {
	tags := map[string][]string{}
	for _, row := range d.rows {
		tags[row.CallID] = append(tags[row.CallID], row.Tag)
	}
	return tags
}

// before is the tags that a call had, given those it has and those of its delta.
func (d tagDelta) before(after, delta []string) []string {
	before := slices.Clone(after)
	if d.removed {
		before = append(before, delta...)
		slices.Sort(before)
		return before
	}
	return slices.DeleteFunc(before, func(tag string) bool { return slices.Contains(delta, tag) })
}

// insertTags gives every call every tag, and answers those that were missing.
func (s scope) insertTags(ctx context.Context, rows []*model.Call, tags []string) (delta tagDelta, err error) {
	var all []*model.CallTag
	for _, row := range rows {
		for _, tag := range tags {
			all = append(all, &model.CallTag{CallID: row.ID, Tag: tag, TagFold: text.FoldColumn(&tag)})
		}
	}
	if len(all) == 0 {
		return delta, nil
	}
	slices.SortFunc(all, func(a, b *model.CallTag) int {
		return cmp.Or(cmp.Compare(a.CallID, b.CallID), cmp.Compare(a.Tag, b.Tag))
	})
	_, err = insertInto(s, all).On("CONFLICT DO NOTHING").Returning("call_id, tag").Exec(ctx, &delta.rows)
	return delta, err
}

// retagged marks the calls of a delta as written, keeps its history, and answers the tags they have now.
func (s scope) retagged(ctx context.Context, operation string, rows []*model.Call, delta tagDelta, out []CallOutcome) (map[string][]string, error) {
	s.asRead(rows)
	deltas := delta.byCall()
	var changed []*model.Call
	for _, row := range rows {
		if deltas[row.ID] != nil {
			s.stamp(row)
			s.note(model.CallChangeKindUpdated, operation, row)
			changed = append(changed, row)
		}
	}
	if changed == nil {
		return nil, nil
	}
	var now []struct {
		ID   string
		Tags model.JSONList[string]
	}
	if _, err := s.touch(changed).Returning("id, "+s.dialect.tagsOfCall+" AS tags").Exec(ctx, &now); err != nil {
		return nil, err
	}
	after := make(map[string][]string, len(now))
	for _, row := range now {
		slices.Sort(row.Tags.V)
		after[row.ID] = row.Tags.V
	}
	var history []*model.CallHistoryEntry
	for _, row := range changed {
		change := tagChange(delta.before(after[row.ID], deltas[row.ID]), after[row.ID])
		history = append(history, s.historyEntry(operation, row, []*model.FieldChange{change}))
	}
	for i := range out {
		if out[i].Errors == nil && deltas[out[i].ID] != nil {
			out[i].Outcome = model.RowOutcomeUpdated
		}
	}
	return after, s.storeHistory(ctx, history)
}

func tagChange(from, to []string) *model.FieldChange {
	if from == nil {
		from = []string{}
	}
	if to == nil {
		to = []string{}
	}
	return &model.FieldChange{Field: "tags", From: from, To: to}
}

// tagged combines conditions on tags in a table of their own; in selects the keys of the rows that have a tag.
func (t *filterer) tagged(o listOperators, in, key string) cond {
	tenant := t.scope.actor.TenantID
	hasAny := func(tags []string) cond { return expr(in+" AND tagged.tag IN (?))", tenant, bun.List(tags)) }
	hasAll := func(tags []string) cond {
		return expr(in+" AND tagged.tag IN (?) GROUP BY "+key+" HAVING COUNT(*) = ?)", tenant, bun.List(tags), len(tags))
	}
	c := listConds(o, hasAny, hasAll, not(expr(in+")", tenant)))
	if o.Contains == nil {
		return c
	}
	contains := t.contains(filterColumn{expr: "tagged.tag", fold: "tagged.tag_fold"}, o.field+".contains", *o.Contains)
	if contains.never || contains.always() {
		return allOf(c, contains)
	}
	return allOf(c, expr(in+" AND "+contains.sql+")", append([]any{tenant}, contains.args...)...))
}

// storeTags writes the new tags of a batch's calls.
func (s scope) storeTags(ctx context.Context, b *callBatch) error {
	var cleared []string
	var tags []*model.CallTag
	for id, set := range b.retagged {
		if len(b.tags[id]) > 0 {
			cleared = append(cleared, id)
		}
		for _, tag := range set {
			tags = append(tags, &model.CallTag{CallID: id, Tag: tag, TagFold: text.FoldColumn(&tag)})
		}
	}
	if len(cleared) > 0 {
		if _, err := s.deleteFrom((*model.CallTag)(nil)).Where("call_id IN (?)", bun.List(cleared)).Exec(ctx); err != nil {
			return err
		}
	}
	if len(tags) == 0 {
		return nil
	}
	_, err := insertInto(s, tags).Exec(ctx)
	return err
}
