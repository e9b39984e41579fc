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

// errRedo says that a batch must be done again without the rows that turned out to be at fault.
var errRedo = errors.New("db: some rows turned out to be at fault")

// AddCallTags adds tags to calls. Of the whole batch it returns BAD_USER_INPUT for tags that are not valid, and
// LIMIT_EXCEEDED; of a row, NOT_FOUND, CONFLICT, and BAD_USER_INPUT where the call would have too many tags. It takes
// three statements beside those that select the calls (see selectCalls). That a call has too many tags is seen only
// once it has them: then the transaction is rolled back and run again without that call.
func (d *DB) AddCallTags(ctx context.Context, selector model.CallSelector, tags []string, b Batch,
) (*model.CallsPayload, error) {
	set, errs := model.NormalizeTags("tags", tags)
	if len(errs) > 0 {
		return nil, errs
	}
	tooMany := map[string]*model.Error{}
	for {
		out, err := runBatch(ctx, d, b, func(ctx context.Context, s scope) (*callOutcomes, error) {
			return s.addCallTags(ctx, selector, set, tooMany)
		})
		if !errors.Is(err, errRedo) {
			return callsPayload(out, err)
		}
	}
}

// addCallTags adds tags to the selected calls that are not in tooMany. It returns errRedo after it has added to
// tooMany.
func (s scope) addCallTags(ctx context.Context, selector model.CallSelector, tags []string,
	tooMany map[string]*model.Error,
) (*callOutcomes, error) {
	sel, err := s.selectCalls(ctx, selector, isLive)
	if err != nil {
		return nil, err
	}
	out := sel.outcomes(checkLive)
	for _, row := range out.rows() {
		if err := tooMany[row.ID]; err != nil {
			out.fail(row.ID, err)
		}
	}
	rows := out.rows()
	if err := checkTagRows(len(rows) * len(tags)); err != nil {
		return nil, err
	}
	delta, err := s.insertTags(ctx, rows, tags)
	if err != nil {
		return nil, err
	}
	after, err := s.applyTagChanges(ctx, "addCallTags", rows, delta, out)
	if err != nil {
		return nil, err
	}
	known := len(tooMany)
	for id, tags := range after {
		if err := model.CheckTagsLength("tags", tags); err != nil {
			tooMany[id] = err
		}
	}
	if len(tooMany) > known {
		return nil, errRedo
	}
	return out, nil
}

// RemoveCallTags removes tags from calls. Of the whole batch it returns BAD_USER_INPUT for tags that are not valid, and
// LIMIT_EXCEEDED; of a row, NOT_FOUND and CONFLICT. It takes three statements beside those that select the calls.
func (d *DB) RemoveCallTags(ctx context.Context, selector model.CallSelector, tags []string, b Batch,
) (*model.CallsPayload, error) {
	set, errs := model.NormalizeTags("tags", tags)
	if len(errs) > 0 {
		return nil, errs
	}
	return callsPayload(runBatch(ctx, d, b, func(ctx context.Context, s scope) (*callOutcomes, error) {
		sel, err := s.selectCalls(ctx, selector, isLive)
		if err != nil {
			return nil, err
		}
		out := sel.outcomes(checkLive)
		rows := out.rows()
		delta := tagDelta{removed: true}
		if len(rows) > 0 && len(set) > 0 {
			q := s.deleteFrom((*model.CallTag)(nil)).Where("call_id IN (?)", bun.List(callEntity.keys(rows))).
				Where("tag IN (?)", bun.List(set)).Returning("call_id, tag")
			if _, err := q.Exec(ctx, &delta.rows); err != nil {
				return nil, err
			}
		}
		_, err = s.applyTagChanges(ctx, "removeCallTags", rows, delta, out)
		return out, err
	}))
}

// tagDelta is the tags that were added to calls, or removed from them.
type tagDelta struct {
	rows    []*model.CallTag
	removed bool
}

// byCall returns the tags of the delta by call.
func (d tagDelta) byCall() map[string][]string {
	tags := map[string][]string{}
	for _, row := range d.rows {
		tags[row.CallID] = append(tags[row.CallID], row.Tag)
	}
	return tags
}

// before returns the tags that a call had, given those that it has and those of its delta.
func (d tagDelta) before(after, delta []string) []string {
	before := slices.Clone(after)
	if d.removed {
		before = append(before, delta...)
		slices.Sort(before)
		return before
	}
	return slices.DeleteFunc(before, func(tag string) bool { return slices.Contains(delta, tag) })
}

// insertTags gives every call every tag, in one statement, and returns those that were missing.
func (s scope) insertTags(ctx context.Context, rows []*model.Call, tags []string) (delta tagDelta, err error) {
	var all []*model.CallTag
	for _, row := range rows {
		for _, tag := range tags {
			all = append(all, newCallTag(row.ID, tag))
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

func newCallTag(callID, tag string) *model.CallTag {
	return &model.CallTag{CallID: callID, Tag: tag, TagFold: text.FoldColumn(&tag)}
}

// applyTagChanges gives the calls of a delta a new version and a history entry, in two statements, sets their
// outcomes to UPDATED, and returns by call the tags that they have now. Without a delta it does nothing and returns
// nil.
func (s scope) applyTagChanges(ctx context.Context, operation string, rows []*model.Call, delta tagDelta,
	out *callOutcomes,
) (map[string][]string, error) {
	prepareRows(s, rows)
	deltas := delta.byCall()
	var changed []*model.Call
	s.summary.tagCalls(delta)
	for _, row := range rows {
		if deltas[row.ID] != nil {
			callEntity.bumpVersion(s, row)
			s.recordChange(model.CallChangeKindUpdated, operation, row)
			out.set(row.ID, row, model.RowOutcomeUpdated)
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
	q := callEntity.updateAudited(s, changed).Returning("id, " + s.dialect.tagsOfCall + " AS tags")
	if _, err := q.Exec(ctx, &now); err != nil {
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

// storeTags writes the new tags of a batch's calls, in at most two statements.
func (s scope) storeTags(ctx context.Context, b *callBatch) error {
	var cleared []string
	var tags []*model.CallTag
	for id, set := range b.newTags {
		if len(b.tags[id]) > 0 {
			cleared = append(cleared, id)
		}
		for _, tag := range set {
			tags = append(tags, newCallTag(id, tag))
		}
	}
	if len(cleared) > 0 {
		q := s.deleteFrom((*model.CallTag)(nil)).Where("call_id IN (?)", bun.List(cleared))
		if _, err := q.Exec(ctx); err != nil {
			return err
		}
	}
	if len(tags) == 0 {
		return nil
	}
	_, err := insertInto(s, tags).Exec(ctx)
	return err
}
