package db

import (
	"context"
	"strconv"

	"github.com/uptrace/bun"

	"callbook/model"
)

type recordOutcomes = outcomes[int64, model.CallRecord]

// GradeRecords sets a person's grade of records, nil for none. From then on no delivery changes it. Of the whole
// batch it returns BAD_USER_INPUT and LIMIT_EXCEEDED; of a record, NOT_FOUND, CONFLICT where the version is not the
// expected one, and BAD_USER_INPUT where its key has come before. It takes one statement beside those that choose and
// lock the records: see chooseRecords and lockChosen. In steps (see runBatch) it takes as many for each.
func (d *DB) GradeRecords(ctx context.Context, selector model.CallRecordSelector, grade *model.IntentLevel, b Batch,
) (*model.CallRecordsPayload, error) {
	return d.changeRecords(ctx, selector, b, func(ctx context.Context, s scope, out *recordOutcomes) error {
		isToChange := func(row *model.CallRecord) bool {
			return row.GradedBy == nil || !isSame(row.RealIntentLevel, grade)
		}
		changed := s.editRecords("gradeCallRecords", out.rows(), isToChange, func(row *model.CallRecord) {
			row.RealIntentLevel, row.GradedBy = grade, &s.actor.Name
		})
		return s.updateRecords(ctx, changed, out, func(q *bun.UpdateQuery) {
			q.Set("real_intent_level = ?", grade).Set("graded_by = ?", s.actor.Name)
		})
	})
}

// isSame reports whether both values are nil or equal.
func isSame[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// MarkRecords marks records as read or not read. From then on no delivery changes the mark. Errors and statements are
// those of GradeRecords.
func (d *DB) MarkRecords(ctx context.Context, selector model.CallRecordSelector, status model.ReadStatus, b Batch,
) (*model.CallRecordsPayload, error) {
	return d.changeRecords(ctx, selector, b, func(ctx context.Context, s scope, out *recordOutcomes) error {
		isToChange := func(row *model.CallRecord) bool { return row.ReadBy == nil || row.ReadStatus != status }
		changed := s.editRecords("markCallRecords", out.rows(), isToChange, func(row *model.CallRecord) {
			row.ReadStatus, row.ReadBy = status, &s.actor.Name
		})
		return s.updateRecords(ctx, changed, out, func(q *bun.UpdateQuery) {
			q.Set("read_status = ?", status).Set("read_by = ?", s.actor.Name)
		})
	})
}

// editRecords edits those of the rows that are to change, in memory, in the summaries and in the events of an
// operation, and returns them.
func (s scope) editRecords(operation string, rows []*model.CallRecord, isToChange func(*model.CallRecord) bool,
	edit func(*model.CallRecord),
) (changed []*model.CallRecord) {
	for _, row := range rows {
		if isToChange(row) {
			counted, before := recordFacts(row), new(*row)
			edit(row)
			s.recordChanged(model.ChangeKindUpdated, operation, before, row, nil)
			s.summary.change(counted, recordFacts(row))
			changed = append(changed, row)
		}
	}
	return changed
}

// DeleteRecords removes records permanently, and by the foreign keys their turns and tags, and erases what requests
// with an idempotency key were answered; calls that were made of the records stay. Errors are those of GradeRecords. It
// takes five statements beside those that select the records.
func (d *DB) DeleteRecords(ctx context.Context, selector model.CallRecordSelector, b Batch,
) (*model.CallRecordsPayload, error) {
	return d.changeRecords(ctx, selector, b, deleteRecords)
}

// deleteRecords removes the records that have not failed, in four statements; none for no records.
func deleteRecords(ctx context.Context, s scope, out *recordOutcomes) error {
	out.setAll(model.RowOutcomePurged)
	rows := out.rows()
	if len(rows) == 0 {
		return nil
	}
	keys, subjects := recordEntity.keys(rows), make([]string, len(rows))
	s.summary.erases = true
	for i, row := range rows {
		s.summary.change(recordFacts(row), nil)
		s.recordChanged(model.ChangeKindPurged, "deleteCallRecords", nil, row, nil)
		subjects[i] = strconv.FormatInt(row.ID, 10)
	}
	if err := s.unindexTurns(ctx, keys); err != nil {
		return err
	}
	err := s.execWrite(ctx, s.deleteFrom((*model.CallRecord)(nil)).Where("id IN (?)", bun.List(keys)))
	if err != nil {
		return err
	}
	if err := s.eraseEvents(ctx, []model.ChangeEntity{model.ChangeEntityCallRecord}, subjects, nil); err != nil {
		return err
	}
	return s.eraseAnswers(ctx)
}

// updateRecords gives locked records a new version, and the columns that set adds, and sets their outcomes to
// UPDATED: one statement, none for no records.
func (s scope) updateRecords(ctx context.Context, rows []*model.CallRecord, out *recordOutcomes,
	set func(*bun.UpdateQuery),
) error {
	if len(rows) == 0 {
		return nil
	}
	for _, row := range rows {
		recordEntity.bumpVersion(s, row)
		out.set(row.ID, row, model.RowOutcomeUpdated)
	}
	q := recordEntity.updateAudited(s, rows)
	if set != nil {
		set(q)
	}
	return s.execWrite(ctx, q)
}

// changeRecords runs change on the records that a selector chooses.
func (d *DB) changeRecords(ctx context.Context, selector model.CallRecordSelector, b Batch,
	change func(context.Context, scope, *recordOutcomes) error,
) (*model.CallRecordsPayload, error) {
	out, err := runChosen(ctx, d, b, &recordEntity, func(ctx context.Context) (*chosenRecords, error) {
		return d.chooseRecords(ctx, selector)
	}, scope.lockRecords, func(ctx context.Context, s scope, sel *recordSelection) (*recordOutcomes, error) {
		out := sel.outcomes(anyRow)
		return out, change(ctx, s, out)
	})
	if err != nil {
		return nil, err
	}
	results := RecordResults(out.list)
	for i, result := range results {
		if b.DryRun {
			result.CallRecord = nil
		} else if out.list[i].isGone() {
			result.DeletedNodeID = &result.CallRecordNodeID
		}
	}
	return &model.CallRecordsPayload{
		Matched: out.matched, Written: out.written, Omitted: out.omitted, Results: results,
	}, nil
}

// RecordResults returns the outcomes of records as the schema's results.
func RecordResults(outcomes []RecordOutcome) []*model.SaveCallRecordResult {
	results := make([]*model.SaveCallRecordResult, len(outcomes))
	for i, o := range outcomes {
		id := strconv.FormatInt(o.Key, 10)
		results[i] = &model.SaveCallRecordResult{
			Index: o.Index, CallRecordID: id, CallRecordNodeID: model.NodeID("CallRecord", id), Outcome: o.Outcome,
			CallRecord: o.Row, Errors: o.Errors.InputErrors(),
		}
	}
	return results
}
