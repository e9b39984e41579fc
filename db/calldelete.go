package db

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

// DeleteCalls deletes calls softly: their keys stay taken. Of the whole batch it returns BAD_USER_INPUT and
// LIMIT_EXCEEDED; of a row, BAD_USER_INPUT, NOT_FOUND and CONFLICT. It takes two statements beside those that select
// the calls: see selectCalls.
func (d *DB) DeleteCalls(ctx context.Context, selector model.CallSelector, b Batch) (*model.CallsPayload, error) {
	return callsPayload(runBatch(ctx, d, b, func(ctx context.Context, s scope) (*callOutcomes, error) {
		sel, err := s.selectCalls(ctx, selector, isLive)
		if err != nil {
			return nil, err
		}
		out := sel.outcomes(checkLive)
		out.setAll(model.RowOutcomeDeleted)
		return out, s.setDeleted(ctx, "deleteCalls", out.rows(), &s.now)
	}))
}

// DeleteCall deletes a call softly. It returns NOT_FOUND where there is none, and CONFLICT where the version is not the
// expected one. It takes three statements.
func (d *DB) DeleteCall(ctx context.Context, id string, expected *int) error {
	return d.write(ctx, func(ctx context.Context, s scope) error {
		sel, err := s.selectCallsByKey(ctx, model.CallSelector{Ids: []string{id}})
		if err != nil {
			return err
		}
		sel.expected = []*int{expected}
		out := sel.outcomes(checkLive)
		if err := out.list[0].Errors.Err(); err != nil {
			return err
		}
		return s.setDeleted(ctx, "deleteCall", out.rows(), &s.now)
	})
}

// RestoreCalls restores deleted calls. Errors and statements are those of DeleteCalls; a call that is not deleted is
// CONFLICT.
func (d *DB) RestoreCalls(ctx context.Context, selector model.CallSelector, b Batch) (*model.CallsPayload, error) {
	return callsPayload(runBatch(ctx, d, b, func(ctx context.Context, s scope) (*callOutcomes, error) {
		sel, err := s.selectCalls(ctx, selector, isDeleted)
		if err != nil {
			return nil, err
		}
		out := sel.outcomes(checkDeleted)
		out.setAll(model.RowOutcomeRestored)
		return out, s.setDeleted(ctx, "restoreCalls", out.rows(), nil)
	}))
}

// PurgeCalls removes deleted calls permanently, and by the foreign keys their tags, tasks, notes and history. Errors
// are those of RestoreCalls. It takes one statement beside those that select the calls.
func (d *DB) PurgeCalls(ctx context.Context, selector model.CallSelector, b Batch) (*model.CallsPayload, error) {
	return callsPayload(runBatch(ctx, d, b, func(ctx context.Context, s scope) (*callOutcomes, error) {
		sel, err := s.selectCalls(ctx, selector, isDeleted)
		if err != nil {
			return nil, err
		}
		out := sel.outcomes(checkDeleted)
		out.setAll(model.RowOutcomePurged)
		rows := out.rows()
		for _, row := range rows {
			s.recordChange(model.CallChangeKindPurged, "purgeCalls", row)
		}
		if len(rows) > 0 {
			_, err = s.deleteFrom((*model.Call)(nil)).Where("id IN (?)", bun.List(callEntity.keys(rows))).Exec(ctx)
		}
		return out, err
	}))
}

// setDeleted deletes locked calls at an instant, or restores them where it is nil, in two statements.
func (s scope) setDeleted(ctx context.Context, operation string, rows []*model.Call, at *time.Time) error {
	if len(rows) == 0 {
		return nil
	}
	kind := model.CallChangeKindRestored
	if at != nil {
		kind = model.CallChangeKindDeleted
	}
	var history []*model.CallHistoryEntry
	for _, row := range rows {
		callEntity.bumpVersion(s, row)
		counted := callFacts(row)
		change := model.NewChange("deletedAt", instant(row.DeletedAt), instant(at))
		row.DeletedAt = at
		s.summary.deleteCall(counted, row)
		s.recordChange(kind, operation, row)
		history = append(history, s.historyEntry(operation, row, []*model.FieldChange{change}))
	}
	prepareRows(s, rows)
	if _, err := callEntity.updateAudited(s, rows).Set("deleted_at = ?", at).Exec(ctx); err != nil {
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
