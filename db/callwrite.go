package db

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"callbook/model"
)

// MaxWriteBatch is the greatest number of rows of one mutation.
const MaxWriteBatch = 1000

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
}

// CallOutcome is what became of one call of a batch.
type CallOutcome struct {
	Call    *model.Call
	Outcome model.SaveOutcome
	Errors  model.Errors
}

// CreateCall creates a call.
func (d *DB) CreateCall(ctx context.Context, in model.CreateCallInput) (*model.Call, error) {
	call, _, err := d.writeCall(ctx, callWrite{id: newID(in.ID), patch: &in.CallPatch, mode: create, strict: true})
	return call, err
}

// UpdateCall patches a call. It answers NOT_FOUND, and CONFLICT where the version is not the expected one.
func (d *DB) UpdateCall(ctx context.Context, id string, in model.UpdateCallInput, expected *int) (*model.Call, error) {
	call, _, err := d.writeCall(ctx, callWrite{id: id, patch: &in.CallPatch, mode: update, strict: true, expected: expected})
	return call, err
}

// SaveCall creates the call or patches the one with its key, and answers whether it is new or restored.
func (d *DB) SaveCall(ctx context.Context, in model.CreateCallInput, expected *int) (*model.Call, bool, error) {
	call, outcome, err := d.writeCall(ctx, callWrite{id: newID(in.ID), patch: &in.CallPatch, mode: save, strict: true, expected: expected})
	return call, outcome == model.SaveOutcomeCreated, err
}

func newID(id *string) string {
	if id != nil {
		return *id
	}
	return uuid.Must(uuid.NewV7()).String()
}

func (d *DB) writeCall(ctx context.Context, w callWrite) (call *model.Call, outcome model.SaveOutcome, err error) {
	err = d.write(ctx, func(ctx context.Context, s scope) error {
		out, err := s.writeCalls(ctx, []callWrite{w})
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
	for i, c := range calls {
		writes[i] = callWrite{id: c.ID, patch: &c.CallPatch, mode: save, createdBy: c.CreatedBy, createdAt: c.CreatedAt}
	}
	err = d.write(ctx, func(ctx context.Context, s scope) error {
		out, err = s.writeCalls(ctx, writes)
		return err
	})
	return out, err
}

// callBatch is a batch of writes under way.
type callBatch struct {
	existing map[string]*model.Call
	tags     map[string][]string // of existing calls whose tags are written
	created  []*model.Call
	changed  []*model.Call
	retagged map[string][]string // the new set, of calls whose tags change
}

// writeCalls writes the valid rows of a batch in at most six statements, however many rows there are.
// No id may be there twice.
func (s scope) writeCalls(ctx context.Context, writes []callWrite) ([]CallOutcome, error) {
	b, err := s.lockCalls(ctx, writes)
	if err != nil {
		return nil, err
	}
	out := make([]CallOutcome, len(writes))
	siblings := &model.Siblings[model.Call]{}
	for i, w := range writes {
		out[i] = s.applyCall(b, w)
		if call := out[i].Call; call != nil {
			call.AsOf, call.DescriptionLoaded, call.Siblings = s.now, true, siblings
			siblings.Rows = append(siblings.Rows, call)
		}
	}
	return out, s.storeCalls(ctx, b)
}

// lockCalls reads what is there of a batch, deleted calls too, and keeps others from writing it.
func (s scope) lockCalls(ctx context.Context, writes []callWrite) (*callBatch, error) {
	b := &callBatch{existing: map[string]*model.Call{}, retagged: map[string][]string{}}
	ids := make([]string, len(writes))
	for i, w := range writes {
		ids[i] = w.id
	}
	var rows []*model.Call
	if err := s.lockForUpdate(&rows).Where("call.id IN (?)", bun.List(ids)).Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	for _, row := range rows {
		b.existing[row.ID] = row
	}
	var retagged []string
	for _, w := range writes {
		if b.existing[w.id] != nil && w.patch.Tags.IsSet() {
			retagged = append(retagged, w.id)
		}
	}
	if retagged == nil {
		return b, nil
	}
	var err error
	b.tags, err = s.callTags(ctx, retagged)
	return b, err
}

// applyCall decides what becomes of one row and notes it in the batch.
func (s scope) applyCall(b *callBatch, w callWrite) CallOutcome {
	row, exists := b.existing[w.id]
	if err := checkCallWrite(w, row); err != nil {
		return CallOutcome{Outcome: model.SaveOutcomeFailed, Errors: model.Errors{err}}
	}
	if !exists {
		row = &model.Call{ID: w.id, CreatedBy: s.actor.Name, CreatedAt: s.now}
		if w.createdBy != nil {
			row.CreatedBy = *w.createdBy
		}
		if w.createdAt != nil {
			row.CreatedAt = *w.createdAt
		}
	}
	changed, errs := w.patch.Apply(row, w.strict)
	if tags, isSet := w.patch.Tags.ValueOK(); isSet {
		set, tagErrs := model.NormalizeTags("tags", tags)
		errs = append(errs, tagErrs...)
		if !slices.Equal(set, b.tags[w.id]) {
			b.retagged[w.id] = set
			changed = true
		}
	}
	if len(errs) > 0 {
		delete(b.retagged, w.id)
		return CallOutcome{Outcome: model.SaveOutcomeFailed, Errors: errs}
	}
	outcome := model.SaveOutcomeUpdated
	switch restored := exists && row.DeletedAt != nil; {
	case !exists:
		b.created = append(b.created, row)
		outcome = model.SaveOutcomeCreated
	case restored:
		row.DeletedAt = nil
		b.changed = append(b.changed, row)
		outcome = model.SaveOutcomeCreated
	case !changed:
		return CallOutcome{Call: row, Outcome: model.SaveOutcomeUnchanged}
	default:
		b.changed = append(b.changed, row)
	}
	row.Version++
	row.UpdatedBy, row.UpdatedAt = s.actor.Name, s.now
	return CallOutcome{Call: row, Outcome: outcome}
}

// checkCallWrite tells why a write cannot be, given the row with its key, nil where there is none.
func checkCallWrite(w callWrite, row *model.Call) *model.Error {
	if err := model.CheckKey("id", w.id); err != nil {
		return err
	}
	there := row != nil && row.DeletedAt == nil
	switch {
	case w.mode == create && there:
		return model.Conflict("id", "there is a call with the key %q", w.id)
	case w.mode == create && row != nil:
		return model.Conflict("id", "there is a deleted call with the key %q", w.id)
	case !there && (w.mode == update || w.expected != nil):
		return model.NotFound("id", "there is no call with the key %q", w.id)
	case w.expected != nil && *w.expected != row.Version:
		return model.Conflict("expectedVersion", "the call has version %d, not %d: %s changed it at %s", row.Version, *w.expected,
			row.UpdatedBy, row.UpdatedAt.UTC().Format(time.RFC3339Nano))
	}
	return nil
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
	return s.storeTags(ctx, b)
}

func (s scope) storeTags(ctx context.Context, b *callBatch) error {
	var cleared []string
	var tags []*model.CallTag
	for id, set := range b.retagged {
		if len(b.tags[id]) > 0 {
			cleared = append(cleared, id)
		}
		for _, tag := range set {
			tags = append(tags, &model.CallTag{CallID: id, Tag: tag, TagFold: model.FoldColumn(&tag)})
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

// insertNew inserts rows that were not there a moment ago; a duplicate key means that a race was lost.
func (s scope) insertNew(ctx context.Context, q *bun.InsertQuery) error {
	_, err := q.Exec(ctx)
	if s.dialect.isDuplicate(err) {
		return errRace
	}
	return err
}

// upsert writes whole rows over the ones with their keys: one statement for rows that each have values of their own.
func upsert[T tenanted](s scope, rows []T, key ...string) *bun.InsertQuery {
	q := insertInto(s, rows).On("CONFLICT (tenant_id, ?) DO UPDATE", bun.Safe(strings.Join(key, ", ")))
	for _, field := range q.DB().Table(reflect.TypeFor[T]().Elem()).DataFields {
		q = q.Set("? = EXCLUDED.?", bun.Ident(field.Name), bun.Ident(field.Name))
	}
	return q
}

// byID sorts rows by key, so that concurrent batches lock them in the same order.
func byID[T any, K string | int64](rows []*T, key func(*T) K) []*T {
	slices.SortFunc(rows, func(a, b *T) int {
		if key(a) < key(b) {
			return -1
		}
		return 1
	})
	return rows
}

func callKey(c *model.Call) string { return c.ID }

// DeleteCalls deletes calls softly, in one statement, and answers the ids of those that were there.
func (d *DB) DeleteCalls(ctx context.Context, ids []string) (deleted map[string]bool, err error) {
	err = d.write(ctx, func(ctx context.Context, s scope) error {
		deleted = map[string]bool{}
		if len(ids) == 0 {
			return nil
		}
		var gone []string
		_, err := s.update((*model.Call)(nil)).
			Set("deleted_at = ?", s.now).Set("updated_at = ?", s.now).Set("updated_by = ?", s.actor.Name).Set("version = version + 1").
			Where("id IN (?)", bun.List(ids)).Where("deleted_at IS NULL").Returning("id").Exec(ctx, &gone)
		for _, id := range gone {
			deleted[id] = true
		}
		return err
	})
	return deleted, err
}
