package db

import (
	"context"
	"database/sql"
	"reflect"
	"slices"
	"strings"

	"callbook/model"
	"callbook/text"
)

// AddCallTags adds tags to calls. Of the whole batch it returns BAD_USER_INPUT for tags that are not valid, and
// LIMIT_EXCEEDED; of a row, NOT_FOUND, CONFLICT, and BAD_USER_INPUT where the call would have too many tags. It takes
// three statements beside those that choose and lock the calls (see chooseCalls). That a call has too many tags is seen
// only once it has them: then the transaction is rolled back and run again without that call.
func (d *DB) AddCallTags(ctx context.Context, selector model.CallSelector, tags []string, b Batch,
) (*model.CallsPayload, error) {
	set, errs := model.NormalizeTags("tags", tags)
	if len(errs) > 0 {
		return nil, errs
	}
	tooMany := map[string]*model.Error{}
	return callsPayload(d.changeCalls(ctx, selector, isLive, b,
		func(ctx context.Context, s scope, sel *callSelection) (*callOutcomes, error) {
			return s.addCallTags(ctx, sel, set, tooMany)
		}))
}

// addCallTags adds tags to the selected calls that are not in tooMany. It returns errRedo after it has added to
// tooMany.
func (s scope) addCallTags(ctx context.Context, sel *callSelection, tags []string, tooMany map[string]*model.Error,
) (*callOutcomes, error) {
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
// LIMIT_EXCEEDED; of a row, NOT_FOUND and CONFLICT. It takes three statements beside those that choose and lock the
// calls.
func (d *DB) RemoveCallTags(ctx context.Context, selector model.CallSelector, tags []string, b Batch,
) (*model.CallsPayload, error) {
	set, errs := model.NormalizeTags("tags", tags)
	if len(errs) > 0 {
		return nil, errs
	}
	return callsPayload(d.changeCalls(ctx, selector, isLive, b,
		func(ctx context.Context, s scope, sel *callSelection) (out *callOutcomes, err error) {
			out = sel.outcomes(checkLive)
			rows := out.rows()
			delta := tagDelta{removed: true}
			if delta.rows, err = s.deleteTags(ctx, rows, set); err != nil {
				return nil, err
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

// after returns the tags that a call will have, given those that it has and those of its delta.
func (d tagDelta) after(before, delta []string) []string {
	return tagDelta{removed: !d.removed}.before(before, delta)
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

// insertTags gives every call every tag, in one statement, in the order of their keys, and returns those that were
// missing.
func (s scope) insertTags(ctx context.Context, rows []*model.Call, tags []string) (delta tagDelta, err error) {
	if len(rows) == 0 || len(tags) == 0 {
		return delta, nil
	}
	if s.isDryRun {
		return delta, s.compareTags(ctx, rows, tags, func(id, tag string, isThere bool) {
			if !isThere {
				delta.rows = append(delta.rows, &model.CallTag{CallID: id, Tag: tag})
			}
		})
	}
	folds := make([]*string, len(tags))
	for i, tag := range tags {
		folds[i] = text.FoldColumn(&tag)
	}
	sh := writeShape{name: "insertTags", row: reflect.TypeFor[model.CallTag]()}
	build := func() string { return s.dialect.insertTags }
	scan := scanTags(&delta.rows)
	ids, names := keysArgument(s.dialect, callEntity.keys(rows)), keysArgument(s.dialect, tags)
	return delta, s.queryReady(ctx, sh, build, scan, ids, names, foldsArgument(s.dialect, folds))
}

// deleteTags takes tags from calls, in one statement, and returns those that they had.
func (s scope) deleteTags(ctx context.Context, rows []*model.Call, tags []string,
) (deleted []*model.CallTag, err error) {
	if len(rows) == 0 || len(tags) == 0 {
		return nil, nil
	}
	if s.isDryRun {
		return deleted, s.compareTags(ctx, rows, tags, func(id, tag string, isThere bool) {
			if isThere {
				deleted = append(deleted, &model.CallTag{CallID: id, Tag: tag})
			}
		})
	}
	sh := writeShape{name: "deleteTags", row: reflect.TypeFor[model.CallTag]()}
	build := func() string {
		in := inKeys[string](s.dialect)
		return "DELETE FROM call_tags WHERE tenant_id = $1 AND call_id " + strings.Replace(in, "?", "$2", 1) +
			" AND tag " + strings.Replace(in, "?", "$3", 1) + " RETURNING call_id, tag"
	}
	ids, names := keysArgument(s.dialect, callEntity.keys(rows)), keysArgument(s.dialect, tags)
	return deleted, s.queryReady(ctx, sh, build, scanTags(&deleted), ids, names)
}

// compareTags reads the tags of calls in a dry run, and tells of every call and tag whether the call has the tag.
func (s scope) compareTags(ctx context.Context, rows []*model.Call, tags []string,
	tell func(id, tag string, isThere bool),
) error {
	stored, err := s.tagsToChange(ctx, callEntity.keys(rows))
	for _, row := range rows {
		for _, tag := range tags {
			tell(row.ID, tag, slices.Contains(stored[row.ID], tag))
		}
	}
	return err
}

// scanTags returns what appends the row of a call's tag.
func scanTags(tags *[]*model.CallTag) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		tag := &model.CallTag{}
		*tags = append(*tags, tag)
		return rows.Scan(&tag.CallID, &tag.Tag)
	}
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
	before := map[string]*model.Call{}
	s.summary.tagCalls(delta)
	for _, row := range rows {
		if deltas[row.ID] != nil {
			before[row.ID] = new(*row)
			callEntity.bumpVersion(s, row)
			out.set(row.ID, row, model.RowOutcomeUpdated)
			changed = append(changed, row)
		}
	}
	if changed == nil {
		return nil, nil
	}
	after, err := s.storeVersions(ctx, changed, delta)
	if err != nil {
		return nil, err
	}
	var history []*model.CallHistoryEntry
	for _, row := range changed {
		tagsBefore := append([]string{}, delta.before(after[row.ID], deltas[row.ID])...)
		s.callChanged(model.ChangeKindUpdated, operation, before[row.ID], row, tagsBefore)
		change := tagChange(tagsBefore, after[row.ID])
		history = append(history, s.historyEntry(operation, row, []*model.FieldChange{change}))
	}
	return after, s.storeHistory(ctx, history)
}

// storeVersions stores the new versions of calls, in one statement, and returns by call the tags that they have now.
// A dry run reads the tags, and applies the delta to them.
func (s scope) storeVersions(ctx context.Context, rows []*model.Call, delta tagDelta) (map[string][]string, error) {
	if s.isDryRun {
		stored, err := s.tagsToChange(ctx, callEntity.keys(rows))
		for id, changed := range delta.byCall() {
			stored[id] = delta.after(stored[id], changed)
		}
		return stored, err
	}
	sh := writeShape{name: "storeVersions", row: reflect.TypeFor[model.Call]()}
	build := func() string {
		return "UPDATE calls AS call SET updated_at = $2, updated_by = $3, version = version + 1" +
			" WHERE call.tenant_id = $1 AND call.id " + strings.Replace(inKeys[string](s.dialect), "?", "$4", 1) +
			" RETURNING id, " + s.dialect.tagsOfCall + " AS tags"
	}
	after := make(map[string][]string, len(rows))
	scan := func(r *sql.Rows) error {
		var id string
		var joined sql.NullString // no tag has a comma
		err := r.Scan(&id, &joined)
		tags := []string{}
		if joined.Valid {
			tags = strings.Split(joined.String, ",")
		}
		slices.Sort(tags)
		after[id] = tags
		return err
	}
	ids := keysArgument(s.dialect, callEntity.keys(rows))
	return after, s.queryReady(ctx, sh, build, scan, s.now, s.actor.Name, ids)
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
