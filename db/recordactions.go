package db

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"callbook/model"
)

// MaxRecordBatch is the greatest number of records of one mutation that grades, marks or tags.
const MaxRecordBatch = 10000

type recordOutcomes = outcomes[int64, model.CallRecord]

// GradeRecords sets a person's grade of records, nil for none. From then on no delivery changes it. Of the whole
// batch it returns LIMIT_EXCEEDED; of a record, NOT_FOUND, and BAD_USER_INPUT where its key has come before. It takes
// two statements.
func (d *DB) GradeRecords(ctx context.Context, ids []int64, grade *model.IntentLevel, policy model.BatchPolicy,
) ([]RecordOutcome, error) {
	return d.changeRecords(ctx, ids, policy, func(ctx context.Context, s scope, out *recordOutcomes) error {
		var changed []*model.CallRecord
		for _, row := range out.rows() {
			if row.GradedBy == nil || !isSame(row.RealIntentLevel, grade) {
				row.RealIntentLevel, row.GradedBy = grade, &s.actor.Name
				changed = append(changed, row)
			}
		}
		return s.updateRecords(ctx, changed, out, func(q *bun.UpdateQuery) {
			q.Set("real_intent_level = ?", grade).Set("graded_by = ?", s.actor.Name)
		})
	})
}

// isSame reports whether both values are nil or equal.
func isSame[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// MarkRecords marks records as read or not read. From then on no delivery changes the mark. Errors and statements are
// those of GradeRecords.
func (d *DB) MarkRecords(ctx context.Context, ids []int64, status model.ReadStatus, policy model.BatchPolicy,
) ([]RecordOutcome, error) {
	return d.changeRecords(ctx, ids, policy, func(ctx context.Context, s scope, out *recordOutcomes) error {
		var changed []*model.CallRecord
		for _, row := range out.rows() {
			if row.ReadStatus != status || row.ReadBy == nil {
				row.ReadStatus, row.ReadBy = status, &s.actor.Name
				changed = append(changed, row)
			}
		}
		return s.updateRecords(ctx, changed, out, func(q *bun.UpdateQuery) {
			q.Set("read_status = ?", status).Set("read_by = ?", s.actor.Name)
		})
	})
}

// TagRecords adds tags to records. Of the whole batch it returns BAD_USER_INPUT for tags that are not valid, and
// LIMIT_EXCEEDED; of a record, NOT_FOUND, and BAD_USER_INPUT where it would have too many tags or its key has come
// before. It takes two statements, four where anything changes.
func (d *DB) TagRecords(ctx context.Context, ids []int64, tags []string, policy model.BatchPolicy,
) ([]RecordOutcome, error) {
	set, errs := model.NormalizeTags("tags", tags)
	if len(errs) > 0 {
		return nil, errs
	}
	return d.changeRecords(ctx, ids, policy, func(ctx context.Context, s scope, out *recordOutcomes) error {
		rows := out.rows()
		stored, err := s.recordTags(ctx, recordEntity.keys(rows))
		if err != nil {
			return err
		}
		var added []*model.CallRecordTag
		var changed []*model.CallRecord
		for _, row := range rows {
			missing := slices.DeleteFunc(slices.Clone(set), func(tag string) bool {
				return slices.Contains(stored[row.ID], tag)
			})
			if err := model.CheckTagsLength("tags", append(stored[row.ID], missing...)); err != nil {
				out.fail(row.ID, err)
			} else if len(missing) > 0 {
				added, changed = append(added, newRecordTags(row.ID, missing)...), append(changed, row)
			}
		}
		if len(added) == 0 {
			return nil
		}
		if err := s.insertRecordTags(ctx, added); err != nil {
			return err
		}
		return s.updateRecords(ctx, changed, out, nil)
	})
}

// UntagRecords removes tags from records. Errors are those of TagRecords. It takes two statements, three where anything
// changes.
func (d *DB) UntagRecords(ctx context.Context, ids []int64, tags []string, policy model.BatchPolicy,
) ([]RecordOutcome, error) {
	set, errs := model.NormalizeTags("tags", tags)
	if len(errs) > 0 {
		return nil, errs
	}
	return d.changeRecords(ctx, ids, policy, func(ctx context.Context, s scope, out *recordOutcomes) error {
		rows := out.rows()
		if len(rows) == 0 || len(set) == 0 {
			return nil
		}
		var removed []int64
		q := s.deleteFrom((*model.CallRecordTag)(nil)).Where("call_record_id IN (?)", bun.List(recordEntity.keys(rows))).
			Where("tag IN (?)", bun.List(set)).Returning("call_record_id")
		if _, err := q.Exec(ctx, &removed); err != nil {
			return err
		}
		hadTag := map[int64]bool{}
		for _, id := range removed {
			hadTag[id] = true
		}
		changed := slices.DeleteFunc(rows, func(row *model.CallRecord) bool { return !hadTag[row.ID] })
		return s.updateRecords(ctx, changed, out, nil)
	})
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
	_, err := q.Exec(ctx)
	return err
}

// changeRecords runs change on records by key, which are found and locked in one statement.
func (d *DB) changeRecords(ctx context.Context, ids []int64, policy model.BatchPolicy,
	change func(context.Context, scope, *recordOutcomes) error,
) ([]RecordOutcome, error) {
	if err := checkBatchSize("ids", "keys", len(ids), MaxRecordBatch); err != nil {
		return nil, err
	}
	out, err := runBatch(ctx, d, Batch{Policy: policy}, func(ctx context.Context, s scope) (*recordOutcomes, error) {
		stored, err := s.lockRecords(ctx, ids)
		if err != nil {
			return nil, err
		}
		sel := selection[int64, model.CallRecord]{entity: &recordEntity, keys: ids, stored: stored, matched: len(ids)}
		out := sel.outcomes(anyRow)
		return out, change(ctx, s, out)
	})
	if err != nil {
		return nil, err
	}
	return out.list, nil
}

// lockRecords reads records by key, those that the actor sees, and locks them against writers: one statement, none
// for no keys.
func (s scope) lockRecords(ctx context.Context, ids []int64) (map[int64]*model.CallRecord, error) {
	if len(ids) == 0 {
		return map[int64]*model.CallRecord{}, nil
	}
	var rows []*model.CallRecord
	if err := s.lockForUpdate(&rows).Where("call_record.id IN (?)", bun.List(ids)).Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	prepareRows(s, rows)
	return recordEntity.byKey(rows), nil
}
