package db

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

// DeleteCalls deletes calls softly: their keys stay taken. Of the whole batch it returns BAD_USER_INPUT and
// LIMIT_EXCEEDED; of a row, BAD_USER_INPUT, NOT_FOUND and CONFLICT. It takes two statements beside those that choose
// and lock the calls: see chooseCalls.
func (d *DB) DeleteCalls(ctx context.Context, selector model.CallSelector, b Batch) (*model.CallsPayload, error) {
	return d.writeSelected(ctx, selector, b, isLive, checkLive, model.RowOutcomeDeleted,
		func(s scope, ctx context.Context, rows []*model.Call) error {
			return s.setDeleted(ctx, "deleteCalls", rows, &s.now)
		})
}

// writeSelected sets the outcome of the calls that a selector chooses and check accepts, and writes them by write.
// deleted is the condition on calls that a filter finds: see chooseCalls.
func (d *DB) writeSelected(
	ctx context.Context, selector model.CallSelector, b Batch, deleted string, check func(*model.Call) *model.Error,
	outcome model.RowOutcome, write func(scope, context.Context, []*model.Call) error,
) (*model.CallsPayload, error) {
	return callsPayload(d.changeCalls(ctx, selector, deleted, b,
		func(ctx context.Context, s scope, sel *callSelection) (*callOutcomes, error) {
			out := sel.outcomes(check)
			out.setAll(outcome)
			return out, write(s, ctx, out.rows())
		}))
}

// DeleteCall deletes a call softly. It returns NOT_FOUND where there is none, and CONFLICT where the version is not the
// expected one. It takes three statements.
func (d *DB) DeleteCall(ctx context.Context, id string, expected *int) error {
	_, err := once(ctx, d, func(ctx context.Context) (string, error) {
		return id, d.writeShort(ctx, func(ctx context.Context, s scope) error {
			stored, err := s.lockOwnedCalls(ctx, []string{id})
			if err != nil {
				return err
			}
			sel := callSelection{entity: &callEntity, keys: []string{id}, expected: []*int{expected}, stored: stored}
			out := sel.outcomes(checkLive)
			if err := out.list[0].Errors.Err(); err != nil {
				return err
			}
			s.keep(func() *keptResult { return keptOne(id, model.RowOutcomeDeleted) })
			return s.setDeleted(ctx, "deleteCall", out.rows(), &s.now)
		})
	}, keptKey)
	return err
}

// keptKey returns the key of the row that a step was about.
func keptKey(_ context.Context, kept *keptResult) (string, error) { return kept.row().Key, nil }

// RestoreCalls restores deleted calls. Errors and statements are those of DeleteCalls; a call that is not deleted is
// CONFLICT.
func (d *DB) RestoreCalls(ctx context.Context, selector model.CallSelector, b Batch) (*model.CallsPayload, error) {
	return d.writeSelected(ctx, selector, b, isDeleted, checkDeleted, model.RowOutcomeRestored,
		func(s scope, ctx context.Context, rows []*model.Call) error {
			return s.setDeleted(ctx, "restoreCalls", rows, nil)
		})
}

// PurgeCalls removes deleted calls permanently, and by the foreign keys their tags, tasks, notes and history, and
// erases what requests with an idempotency key were answered. Errors are those of RestoreCalls. It takes four
// statements beside those that choose and lock the calls.
func (d *DB) PurgeCalls(ctx context.Context, selector model.CallSelector, b Batch) (*model.CallsPayload, error) {
	return d.writeSelected(ctx, selector, b, isDeleted, checkDeleted, model.RowOutcomePurged, scope.purgeCalls)
}

// purgeCalls removes locked calls: three statements, none for no calls.
func (s scope) purgeCalls(ctx context.Context, rows []*model.Call) error {
	if len(rows) == 0 {
		return nil
	}
	s.summary.erases = true // the deletion has taken the calls out of the summaries
	for _, row := range rows {
		s.callChanged(model.ChangeKindPurged, "purgeCalls", nil, row, nil)
	}
	err := s.execWrite(ctx, s.deleteFrom((*model.Call)(nil)).Where("id IN (?)", bun.List(callEntity.keys(rows))))
	if err != nil {
		return err
	}
	if err := s.eraseEvents(ctx, ofCalls, callEntity.keys(rows), nil); err != nil {
		return err
	}
	return s.eraseAnswers(ctx)
}

// setDeleted deletes locked calls at an instant, or restores them where it is nil, in two statements.
func (s scope) setDeleted(ctx context.Context, operation string, rows []*model.Call, at *time.Time) error {
	if len(rows) == 0 {
		return nil
	}
	kind := model.ChangeKindRestored
	if at != nil {
		kind = model.ChangeKindDeleted
	}
	var history []*model.CallHistoryEntry
	for _, row := range rows {
		before := new(*row)
		callEntity.bumpVersion(s, row)
		counted := callFacts(row)
		change := model.NewChange("deletedAt", instant(row.DeletedAt), instant(at))
		row.DeletedAt = at
		s.summary.deleteCall(counted, row)
		s.callChanged(kind, operation, before, row, nil)
		history = append(history, s.historyEntry(operation, row, []*model.FieldChange{change}))
	}
	prepareRows(s, rows)
	if err := s.execWrite(ctx, callEntity.updateAudited(s, rows).Set("deleted_at = ?", at)); err != nil {
		return err
	}
	return s.storeHistory(ctx, history)
}

// instant returns a time as a value of the history, nil where there is none.
func instant(t *time.Time) any {
	if t == nil {
		return nil
	}
	return *t
}
