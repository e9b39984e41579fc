package db

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

// CallKeyState tells whether a key can be given to a new call.
func (d *DB) CallKeyState(ctx context.Context, id string) (model.CallKeyState, error) {
	if err := model.CheckKey("id", id); err != nil {
		return "", err
	}
	s, err := d.read(ctx)
	if err != nil {
		return "", err
	}
	var rows []*model.Call
	if err := s.selectAny(&rows).Column("deleted_at").Where("call.id = ?", id).Scan(ctx); err != nil {
		return "", err
	}
	switch {
	case len(rows) == 0:
		return model.CallKeyStateFree, nil
	case rows[0].DeletedAt != nil:
		return model.CallKeyStateDeleted, nil
	}
	return model.CallKeyStateTaken, nil
}

// DeleteCalls deletes calls softly: their keys stay taken.
func (d *DB) DeleteCalls(ctx context.Context, selector model.CallSelector, b Batch) (*model.CallsPayload, error) {
	return d.writeBatch(ctx, b, func(ctx context.Context, s scope) (int, []CallOutcome, error) {
		sel, err := s.selectCalls(ctx, selector)
		if err != nil {
			return 0, nil, err
		}
		rows, out := sel.live()
		return sel.matched, decide(out, model.RowOutcomeDeleted), s.setDeleted(ctx, "deleteCalls", rows, &s.now)
	})
}

// RestoreCalls brings deleted calls back.
func (d *DB) RestoreCalls(ctx context.Context, selector model.CallSelector, b Batch) (*model.CallsPayload, error) {
	return d.writeBatch(ctx, b, func(ctx context.Context, s scope) (int, []CallOutcome, error) {
		sel, err := s.selectCallsThat(ctx, "call.deleted_at IS NOT NULL", selector)
		if err != nil {
			return 0, nil, err
		}
		rows, out := sel.deleted()
		return sel.matched, decide(out, model.RowOutcomeRestored), s.setDeleted(ctx, "restoreCalls", rows, nil)
	})
}

// PurgeCalls removes deleted calls for good, and by the foreign keys all that hangs on them.
func (d *DB) PurgeCalls(ctx context.Context, selector model.CallSelector, b Batch) (*model.CallsPayload, error) {
	return d.writeBatch(ctx, b, func(ctx context.Context, s scope) (int, []CallOutcome, error) {
		sel, err := s.selectCallsThat(ctx, "call.deleted_at IS NOT NULL", selector)
		if err != nil {
			return 0, nil, err
		}
		rows, out := sel.deleted()
		for _, row := range rows {
			s.note(model.CallChangeKindPurged, "purgeCalls", row)
		}
		if len(rows) > 0 {
			_, err = s.deleteFrom((*model.Call)(nil)).Where("id IN (?)", bun.List(callIDs(rows))).Exec(ctx)
		}
		return sel.matched, decide(out, model.RowOutcomePurged), err
	})
}

// decide gives the rows that did not fail their outcome.
func decide(out []CallOutcome, outcome model.RowOutcome) []CallOutcome {
	for i := range out {
		if out[i].Errors == nil {
			out[i].Outcome = outcome
		}
	}
	return out
}

// setDeleted deletes or restores locked calls, in two statements.
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
		s.stamp(row)
		var from, to any
		if row.DeletedAt != nil {
			from = *row.DeletedAt
		}
		if at != nil {
			to = *at
		}
		change := model.NewChange("deletedAt", from, to)
		row.DeletedAt = at
		s.note(kind, operation, row)
		history = append(history, s.historyEntry(operation, row, []*model.FieldChange{change}))
	}
	s.asRead(rows)
	if _, err := s.touch(rows).Set("deleted_at = ?", at).Exec(ctx); err != nil {
		return err
	}
	return s.storeHistory(ctx, history)
}

// touch updates locked calls as written now; the caller adds what else changes.
func (s scope) touch(rows []*model.Call) *bun.UpdateQuery {
	return s.update((*model.Call)(nil)).Set("updated_at = ?", s.now).Set("updated_by = ?", s.actor.Name).Set("version = version + 1").
		Where("id IN (?)", bun.List(callIDs(rows)))
}

func callIDs(rows []*model.Call) []string {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return ids
}
