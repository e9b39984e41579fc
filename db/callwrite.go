package db

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

type writeMode int

const (
	create writeMode = iota // the key must be free
	update                  // the call must be there
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

// CallOutcome is what became of one call of a batch.
type CallOutcome struct {
	ID      string
	Call    *model.Call
	Outcome model.RowOutcome
	Errors  model.Errors
}

func failed(id string, errs ...*model.Error) CallOutcome {
	return CallOutcome{ID: id, Outcome: model.RowOutcomeFailed, Errors: errs}
}

// CreateCall creates a call.
func (d *DB) CreateCall(ctx context.Context, in model.CreateCallInput) (*model.Call, error) {
	call, _, err := d.writeCall(ctx, "createCall", callWrite{id: newID(in.ID), patch: &in.CallPatch, mode: create, strict: true})
	return call, err
}

// UpdateCall patches a call. It answers NOT_FOUND, and CONFLICT where the version is not the expected one.
func (d *DB) UpdateCall(ctx context.Context, operation, id string, patch model.CallPatch, expected *int) (*model.Call, error) {
	call, _, err := d.writeCall(ctx, operation, callWrite{id: id, patch: &patch, mode: update, strict: true, expected: expected})
	return call, err
}

// SaveCall creates the call or patches the one with its key, and answers whether it is new or restored.
func (d *DB) SaveCall(ctx context.Context, in model.CreateCallInput, expected *int) (*model.Call, bool, error) {
	call, outcome, err := d.writeCall(ctx, "saveCall", callWrite{id: newID(in.ID), patch: &in.CallPatch, mode: save, strict: true, expected: expected})
	return call, outcome == model.RowOutcomeCreated || outcome == model.RowOutcomeRestored, err
}

// ScheduleCall creates a planned call.
func (d *DB) ScheduleCall(ctx context.Context, in model.CreateCallInput) (*model.Call, error) {
	if err := in.Schedule(model.Canonical(d.now())).Err(); err != nil {
		return nil, err
	}
	return d.CreateCall(ctx, in)
}

// LogCall creates a call that was made, received or missed.
func (d *DB) LogCall(ctx context.Context, in model.CreateCallInput) (*model.Call, error) {
	if err := in.Log(model.Canonical(d.now())).Err(); err != nil {
		return nil, err
	}
	return d.CreateCall(ctx, in)
}

// CallDraft is a call as CreateCall would make it, with the defaults filled in, and what would be wrong with it.
// Nothing is written.
func (d *DB) CallDraft(ctx context.Context, in model.CreateCallInput) (*model.Call, model.Errors, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, nil, err
	}
	in.FillDefaults(s.now)
	w := callWrite{id: newID(in.ID), patch: &in.CallPatch, mode: create, strict: true}
	var existing []*model.Call
	if in.ID != nil {
		if err := s.selectAny(&existing).Column("id", "created_by", "deleted_at").Where("call.id = ?", w.id).Scan(ctx); err != nil {
			return nil, nil, err
		}
	}
	call := s.newCall(w)
	_, errs := w.patch.Apply(call, true)
	tags, tagErrs := model.NormalizeTags("tags", w.patch.Tags.Value())
	errs = append(errs, tagErrs...)
	if err := s.checkCallWrite(w, first(existing)); err != nil {
		errs = append(errs, err)
	}
	call.AsOf, call.Visibility, call.DescriptionLoaded, call.RowSet = s.now, s.actor.Visibility, true, &model.RowSet[model.Call]{Rows: []*model.Call{call}}
	call.Version = 1
	call.RowSet.Prime("tags", map[string][]string{call.ID: tags})
	call.RowSet.Prime("notes", map[string][]*model.Note{}) // nothing hangs on it, also where the key is taken
	call.RowSet.Prime("tasks", map[string][]*model.Task{})
	call.RowSet.Prime("relatedCounts", map[string]*model.CallRelatedCounts{call.ID: {}})
	return call, errs, nil
}

func first[T any](rows []*T) *T {
	if len(rows) == 0 {
		return nil
	}
	return rows[0]
}

func newID(id *string) string {
	if id != nil {
		return *id
	}
	return uuid.Must(uuid.NewV7()).String()
}

func (d *DB) writeCall(ctx context.Context, operation string, w callWrite) (call *model.Call, outcome model.RowOutcome, err error) {
	err = d.write(ctx, func(ctx context.Context, s scope) error {
		existing, err := s.lockCalls(ctx, []string{w.id})
		if err != nil {
			return err
		}
		out, err := s.writeCalls(ctx, operation, []callWrite{w}, existing)
		if err != nil {
			return err
		}
		call, outcome = out[0].Call, out[0].Outcome
		return out[0].Errors.Err()
	})
	return call, outcome, err
}

// ImportCalls saves a batch of loaded calls, the valid ones, whatever rules of a call made through the API they break.
// No id may be there twice.
func (d *DB) ImportCalls(ctx context.Context, calls []*model.CallImport) (out []CallOutcome, err error) {
	writes := make([]callWrite, len(calls))
	ids := make([]string, len(calls))
	for i, c := range calls {
		writes[i] = callWrite{id: c.ID, patch: &c.CallPatch, mode: save, createdBy: c.CreatedBy, createdAt: c.CreatedAt}
		ids[i] = c.ID
	}
	err = d.write(ctx, func(ctx context.Context, s scope) error {
		existing, err := s.lockCalls(ctx, ids)
		if err != nil {
			return err
		}
		out, err = s.writeCalls(ctx, "load", writes, existing)
		return err
	})
	return out, err
}

// lockCalls reads whole calls by key, deleted ones and those of others too, and keeps others from writing them.
func (s scope) lockCalls(ctx context.Context, ids []string) (map[string]*model.Call, error) {
	existing := make(map[string]*model.Call, len(ids))
	if len(ids) == 0 {
		return existing, nil
	}
	var rows []*model.Call
	if err := s.lockAny(&rows).Where("call.id IN (?)", bun.List(ids)).Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	for _, row := range rows {
		existing[row.ID] = row
	}
	return existing, nil
}

// callBatch is a batch of writes under way.
type callBatch struct {
	operation string
	existing  map[string]*model.Call
	tags      map[string][]string // of existing calls whose tags are written
	created   []*model.Call
	changed   []*model.Call
	retagged  map[string][]string // the new set, of calls whose tags change
	history   []*model.CallHistoryEntry
	size      int // bytes of text to write
	tagRows   int
}

// writeCalls writes the valid rows of a batch whose existing rows are locked, in at most six statements, however many rows
// there are. A key that comes twice is an error of the second row.
func (s scope) writeCalls(ctx context.Context, operation string, writes []callWrite, existing map[string]*model.Call) ([]CallOutcome, error) {
	b := &callBatch{operation: operation, existing: existing, retagged: map[string][]string{}}
	if err := s.readTags(ctx, b, writes); err != nil {
		return nil, err
	}
	out := make([]CallOutcome, len(writes))
	seen := make(map[string]int, len(writes))
	var written []*model.Call
	for i, w := range writes {
		if place, twice := seen[w.id]; twice {
			out[i] = failed(w.id, twiceError(w.id, place))
			continue
		}
		seen[w.id] = i
		out[i] = s.applyCall(b, w)
		if call := out[i].Call; call != nil {
			call.DescriptionLoaded = true
			written = append(written, call)
		}
		if err := b.checkSize(out[i]); err != nil {
			return nil, err
		}
	}
	s.asRead(written)
	return out, s.storeCalls(ctx, b)
}

// checkSize bounds the memory and the time that the batch's statements take, as soon as a row is too much.
func (b *callBatch) checkSize(o CallOutcome) error {
	if o.Outcome != model.RowOutcomeUnchanged && o.Call != nil {
		b.size += o.Call.TextSize()
	}
	if b.size > maxBatchBytes {
		return model.LimitExceeded("", "the calls of the batch have more than %d bytes of text in all", maxBatchBytes)
	}
	b.tagRows += len(b.retagged[o.ID])
	return checkTagRows(b.tagRows)
}

func checkTagRows(n int) error {
	if n > maxTagRows {
		return model.LimitExceeded("tags", "would be more than %d on all calls together", maxTagRows)
	}
	return nil
}

func twiceError(id string, first int) *model.Error {
	return model.BadInput("id", "%s is in this batch twice, first at index %d", text.Quote(id), first)
}

func (s scope) readTags(ctx context.Context, b *callBatch, writes []callWrite) (err error) {
	var retagged []string
	for _, w := range writes {
		if b.existing[w.id] != nil && w.patch.Tags.IsSet() {
			retagged = append(retagged, w.id)
		}
	}
	if retagged != nil {
		b.tags, err = s.callTags(ctx, retagged)
	}
	return err
}

// applyCall decides what becomes of one row and notes it in the batch.
func (s scope) applyCall(b *callBatch, w callWrite) CallOutcome {
	row, exists := b.existing[w.id]
	if err := s.checkCallWrite(w, row); err != nil {
		return failed(w.id, err)
	}
	if !exists {
		row = s.newCall(w)
	}
	changes, errs := w.patch.Apply(row, w.strict)
	set := b.tags[w.id]
	if tags, isSet := w.patch.Tags.ValueOK(); isSet {
		var tagErrs model.Errors
		set, tagErrs = model.NormalizeTags("tags", tags)
		errs = append(errs, tagErrs...)
	}
	if len(errs) > 0 {
		return failed(w.id, errs...)
	}
	if !slices.Equal(set, b.tags[w.id]) {
		b.retagged[w.id] = set
		changes = append(changes, tagChange(b.tags[w.id], set))
	}
	outcome := model.RowOutcomeUpdated
	switch {
	case !exists:
		outcome = model.RowOutcomeCreated
		b.created = append(b.created, row)
	case row.DeletedAt != nil:
		outcome = model.RowOutcomeRestored
		changes = append(changes, model.NewChange("deletedAt", *row.DeletedAt, nil))
		row.DeletedAt = nil
		b.changed = append(b.changed, row)
	case len(changes) == 0:
		return CallOutcome{ID: w.id, Call: row, Outcome: model.RowOutcomeUnchanged}
	default:
		b.changed = append(b.changed, row)
	}
	s.stamp(row)
	s.note(changeKinds[outcome], b.operation, row)
	if exists {
		b.history = append(b.history, s.historyEntry(b.operation, row, changes))
	}
	return CallOutcome{ID: w.id, Call: row, Outcome: outcome}
}

var changeKinds = map[model.RowOutcome]model.CallChangeKind{model.RowOutcomeCreated: model.CallChangeKindCreated,
	model.RowOutcomeUpdated: model.CallChangeKindUpdated, model.RowOutcomeRestored: model.CallChangeKindRestored}

// newCall is a call that is to be created, without its patch.
func (s scope) newCall(w callWrite) *model.Call {
	row := &model.Call{ID: w.id, CallRecordID: w.recordID, CreatedBy: s.actor.Name, CreatedAt: s.now, UpdatedBy: s.actor.Name, UpdatedAt: s.now}
	if w.createdBy != nil {
		row.CreatedBy = *w.createdBy
	}
	if w.createdAt != nil {
		row.CreatedAt = *w.createdAt
	}
	return row
}

// stamp marks a call as written now.
func (s scope) stamp(row *model.Call) {
	row.Version++
	row.UpdatedBy, row.UpdatedAt = s.actor.Name, s.now
}

// checkCallWrite tells why a write cannot be, given the row with its key, nil where there is none.
func (s scope) checkCallWrite(w callWrite, row *model.Call) *model.Error {
	if err := model.CheckKey("id", w.id); err != nil {
		return err
	}
	there := row != nil && row.DeletedAt == nil
	foreign := row != nil && !s.owns(row.CreatedBy)
	switch {
	case foreign && w.mode == update:
		return noCall(w.id)
	case foreign:
		return model.Conflict("id", "the key %s is taken", text.Quote(w.id))
	case w.mode == save && row != nil && !s.actor.May(model.PermissionCallUpdate):
		return model.Forbidden("id", "there is a call with the key %s; to change it takes the permission %s", text.Quote(w.id), model.PermissionCallUpdate)
	case w.mode == create && there:
		return model.Conflict("id", "there is a call with the key %s", text.Quote(w.id))
	case w.mode == create && row != nil:
		return model.Conflict("id", "there is a deleted call with the key %s", text.Quote(w.id))
	case !there && (w.mode == update || w.expected != nil):
		return noCall(w.id)
	case w.expected != nil && *w.expected != row.Version:
		return stale(*w.expected, row)
	}
	return nil
}

func noCall(id string) *model.Error {
	return model.NotFound("id", "there is no call with the key %s", text.Quote(id))
}

func stale(expected int, row *model.Call) *model.Error {
	return model.StaleVersion(expected, row.Version, row.UpdatedBy, row.UpdatedAt)
}

// storeCalls writes what a batch has noted.
func (s scope) storeCalls(ctx context.Context, b *callBatch) error {
	if len(b.created) > 0 {
		if err := s.insertNew(ctx, insertInto(s, byID(b.created, callKey))); err != nil {
			return err
		}
	}
	if len(b.changed) > 0 {
		if _, err := upsert(s, byID(b.changed, callKey), "id").Exec(ctx); err != nil {
			return err
		}
	}
	if err := s.storeTags(ctx, b); err != nil {
		return err
	}
	return s.storeHistory(ctx, b.history)
}

func callKey(c *model.Call) string { return c.ID }
