package db

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

const (
	maxBatchBytes = 32 << 20 // of text in one batch
	maxTagRows    = 100000   // written by one batch
)

type writeMode int

const (
	create writeMode = iota // the key must be free
	update                  // the call must exist
	save                    // either; a deleted call is restored
)

// callWrite is one call to be written.
type callWrite struct {
	id       string
	patch    *model.CallPatch
	mode     writeMode
	strict   bool // under the rules of a call made through the API
	expected *int // version the caller has seen

	createdBy *string // of an import
	createdAt *time.Time
	recordID  *int64 // the robot's record it is made of
}

type callOutcomes = outcomes[string, model.Call]

// callBatch is a batch of writes under way.
type callBatch struct {
	operation string
	existing  map[string]*model.Call
	tags      map[string][]string // of existing calls whose tags are written
	created   []*model.Call
	changed   []callChange
	addedTags []*model.CallTag
	goneTags  []*model.CallTag // of calls whose tags change
	history   []*model.CallHistoryEntry
	size      int // bytes of text to write
}

// callChange is a stored call before and after a write.
type callChange struct{ before, after *model.Call }

// lockAndWriteCalls is writeCalls for calls that are not locked yet, in one statement more.
func (s scope) lockAndWriteCalls(ctx context.Context, operation string, writes []callWrite) (*callOutcomes, error) {
	existing, err := s.lockCalls(ctx, writeKeys(writes))
	if err != nil {
		return nil, err
	}
	return s.writeCalls(ctx, operation, writes, existing)
}

func writeKeys(writes []callWrite) []string {
	keys := make([]string, len(writes))
	for i, w := range writes {
		keys[i] = w.id
	}
	return keys
}

// writeCalls writes the valid rows of a batch whose existing rows are locked, in at most six statements, however many
// rows there are. Of the whole batch it returns LIMIT_EXCEEDED where there are too much text or too many tags.
func (s scope) writeCalls(ctx context.Context, operation string, writes []callWrite, existing map[string]*model.Call,
) (*callOutcomes, error) {
	b := &callBatch{operation: operation, existing: existing}
	if err := s.readTags(ctx, b, writes); err != nil {
		return nil, err
	}
	out := newOutcomes[string, model.Call](writeKeys(writes))
	for i, w := range writes {
		if out.hasFailed(i) {
			continue
		}
		row, outcome, errs := s.applyCall(b, w)
		if len(errs) > 0 {
			out.fail(w.id, errs...)
			continue
		}
		row.DescriptionLoaded = true
		out.set(w.id, row, outcome)
		if err := b.checkSize(row, outcome); err != nil {
			return nil, err
		}
	}
	prepareRows(s, out.rows())
	return out, s.storeCalls(ctx, b)
}

// checkSize bounds the memory and the time that the batch's statements take, as soon as a row is too much.
func (b *callBatch) checkSize(row *model.Call, outcome model.RowOutcome) error {
	if outcome != model.RowOutcomeUnchanged {
		b.size += row.TextSize()
	}
	if b.size > maxBatchBytes {
		return model.LimitExceeded("", "the calls of the batch have more than %d bytes of text in all", maxBatchBytes)
	}
	return checkTagRows(len(b.addedTags))
}

// checkTagRows returns LIMIT_EXCEEDED where a batch would write n tags, and that is too many.
func checkTagRows(n int) error {
	if n > maxTagRows {
		return model.LimitExceeded("tags", "would be more than %d on all calls together", maxTagRows)
	}
	return nil
}

// readTags reads the tags of the existing calls whose tags are written, or that are restored and count under their tags
// again: one statement, none where there are no such calls.
func (s scope) readTags(ctx context.Context, b *callBatch, writes []callWrite) (err error) {
	var ids []string
	for _, w := range writes {
		if row := b.existing[w.id]; row != nil && (w.patch.Tags.IsSet() || row.DeletedAt != nil && w.mode == save) {
			ids = append(ids, w.id)
		}
	}
	if ids != nil {
		b.tags, err = s.tagsToChange(ctx, ids)
	}
	return err
}

// tagsToChange returns the tags of calls, by call, sorted, in one statement.
func (s scope) tagsToChange(ctx context.Context, ids []string) (map[string][]string, error) {
	var rows []*model.CallTag
	s = s.anyActors()
	err := s.selectReady(ctx, shape{name: "tagsToChange"}, &rows, func(t scope, param func(int) any) *bun.SelectQuery {
		return t.selectAny((*model.CallTag)(nil)).ExcludeColumn("tag_fold").
			Where("call_tag.call_id "+inKeys[string](s.dialect), param(0)).Order("call_id", "tag")
	}, keysArgument(s.dialect, ids))
	tags := make(map[string][]string, len(ids))
	for _, row := range rows {
		tags[row.CallID] = append(tags[row.CallID], row.Tag)
	}
	return tags, err
}

// applyCall decides what becomes of one row, and adds what is to be stored to the batch.
func (s scope) applyCall(b *callBatch, w callWrite) (*model.Call, model.RowOutcome, model.Errors) {
	row, exists := b.existing[w.id]
	if err := s.checkCallWrite(w, row); err != nil {
		return nil, "", model.Errors{err}
	}
	var before *model.Call
	var tagsBefore []string // nil where they stay
	if exists {
		before = new(*row)
	} else {
		row = s.newCall(w)
	}
	changes, errs := w.patch.Apply(row, w.strict)
	tags := b.tags[w.id]
	if written, isSet := w.patch.Tags.ValueOK(); isSet {
		var tagErrs model.Errors
		tags, tagErrs = model.NormalizeTags("tags", written)
		errs = append(errs, tagErrs...)
	}
	if len(errs) > 0 {
		return nil, "", errs
	}
	if !slices.Equal(tags, b.tags[w.id]) {
		b.changeTags(w.id, tags)
		if exists {
			tagsBefore = append([]string{}, b.tags[w.id]...)
		}
		row.WrittenTags = append([]string{}, tags...)
		changes = append(changes, tagChange(b.tags[w.id], tags))
	}
	outcome := model.RowOutcomeUpdated
	switch {
	case !exists:
		outcome = model.RowOutcomeCreated
	case row.DeletedAt != nil:
		outcome = model.RowOutcomeRestored
		changes = append(changes, model.NewChange("deletedAt", *row.DeletedAt, nil))
		row.DeletedAt = nil
	case len(changes) == 0:
		return row, model.RowOutcomeUnchanged, nil
	}
	callEntity.bumpVersion(s, row)
	s.callChanged(changeKinds[outcome], b.operation, before, row, tagsBefore)
	if outcome == model.RowOutcomeCreated { // the row itself says it: there is no history entry
		b.created = append(b.created, row)
	} else {
		s.addChange(b, before, row, changes)
	}
	return row, outcome, nil
}

var changeKinds = map[model.RowOutcome]model.ChangeKind{
	model.RowOutcomeCreated:  model.ChangeKindCreated,
	model.RowOutcomeUpdated:  model.ChangeKindUpdated,
	model.RowOutcomeRestored: model.ChangeKindRestored,
}

// addChange adds a stored call that changes, and its history entry, to what is to be stored.
func (s scope) addChange(b *callBatch, before, after *model.Call, changes []*model.FieldChange) {
	b.changed = append(b.changed, callChange{before, after})
	b.history = append(b.history, s.historyEntry(b.operation, after, changes))
}

// changeTags adds to what is to be stored that a call gets other tags.
func (b *callBatch) changeTags(id string, tags []string) {
	for _, tag := range b.tags[id] {
		if !slices.Contains(tags, tag) {
			b.goneTags = append(b.goneTags, &model.CallTag{CallID: id, Tag: tag})
		}
	}
	for _, tag := range tags {
		if !slices.Contains(b.tags[id], tag) {
			b.addedTags = append(b.addedTags, newCallTag(id, tag))
		}
	}
}

// newCall returns a call that is to be created, without its patch.
func (s scope) newCall(w callWrite) *model.Call {
	row := &model.Call{ID: w.id, CallRecordID: w.recordID,
		CreatedBy: s.actor.Name, CreatedByKind: s.actor.CreatorKind(), CreatedAt: s.now,
		UpdatedBy: s.actor.Name, UpdatedAt: s.now}
	if w.createdBy != nil {
		row.CreatedBy, row.CreatedByKind = *w.createdBy, new(model.CreatorKindImport)
	}
	if w.createdAt != nil {
		row.CreatedAt = *w.createdAt
	}
	return row
}

// checkCallWrite returns why a write is refused, given the row with its key, nil where there is none: BAD_USER_INPUT,
// NOT_FOUND, CONFLICT or FORBIDDEN.
func (s scope) checkCallWrite(w callWrite, row *model.Call) *model.Error {
	if err := model.CheckKey("id", w.id); err != nil {
		return err
	}
	if row == nil {
		if w.mode == update || w.expected != nil {
			return callEntity.notFound(w.id)
		}
		return nil
	}
	if !s.owns(row) {
		if w.mode == update {
			return callEntity.notFound(w.id)
		}
		return model.Conflict("id", "the key %s is taken", text.Quote(w.id))
	}
	return s.checkExisting(w, row)
}

// checkExisting is checkCallWrite for a row that exists and that the actor sees.
func (s scope) checkExisting(w callWrite, row *model.Call) *model.Error {
	isDeleted := row.DeletedAt != nil
	switch {
	case w.mode == save && !s.actor.May(model.PermissionCallUpdate):
		return model.Forbidden("id", "there is a call with the key %s; to change it takes the permission %s",
			text.Quote(w.id), model.PermissionCallUpdate)
	case w.mode == create && isDeleted:
		return model.Conflict("id", "there is a deleted call with the key %s", text.Quote(w.id))
	case w.mode == create:
		return model.Conflict("id", "there is a call with the key %s", text.Quote(w.id))
	case isDeleted && (w.mode == update || w.expected != nil):
		return callEntity.notFound(w.id)
	}
	return callEntity.checkVersion(row, w.expected)
}
