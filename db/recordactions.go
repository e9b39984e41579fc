package db

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

// MaxRecordWork is the greatest number of records of one mutation that grades, marks or tags.
const MaxRecordWork = 10000

// searchWords is the platform's search: by number, record id or customer name.
func searchWords(t *filterer, field, words string) cond {
	words = strings.TrimSpace(words)
	if words == "" {
		return cond{}
	}
	t.lists++
	if !t.checkSearch(field, words) {
		return never
	}
	conds := []cond{never}
	if !t.scope.actor.Visibility.Hides("CallRecord", "calledPhoneNumber") {
		conds = append(conds, t.contains(filterColumn{expr: "call_record.called_phone_number", fold: "call_record.called_phone_number_fold"}, field, words))
	}
	if t.scope.actor.May(model.PermissionCustomerPersonRead) {
		conds = append(conds, t.ofCustomer(t.contains(filterColumn{expr: "customer_person.name", fold: "customer_person.name_fold"}, field, words)))
	}
	if id, err := model.ParseLong(words); err == nil {
		conds = append(conds, expr("(call_record.id = ?)", id))
	}
	return anyOf(conds...)
}

// recordTagConds finds records by their tags.
func recordTagConds(t *filterer, o listOperators) cond {
	return t.tagged(o, "call_record.id IN (SELECT tagged.call_record_id FROM call_record_tags AS tagged WHERE tagged.tenant_id = ?", "tagged.call_record_id")
}

// RecordTags are the tags of records, by record, sorted: one statement.
func (d *DB) RecordTags(ctx context.Context, ids []int64) (map[int64][]string, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	return s.recordTags(ctx, ids)
}

func (s scope) recordTags(ctx context.Context, ids []int64) (map[int64][]string, error) {
	var rows []*model.CallRecordTag
	if err := s.selectFrom(&rows).ExcludeColumn("tag_fold").Where("record_tag.call_record_id IN (?)", bun.List(ids)).
		Order("call_record_id", "tag").Scan(ctx); err != nil {
		return nil, err
	}
	tags := make(map[int64][]string, len(ids))
	for _, row := range rows {
		tags[row.CallRecordID] = append(tags[row.CallRecordID], row.Tag)
	}
	return tags, nil
}

// GradeRecords sets a person's grade of records, in two statements. From then on no delivery changes it.
func (d *DB) GradeRecords(ctx context.Context, ids []int64, grade *model.IntentLevel, policy model.BatchPolicy) ([]RecordOutcome, error) {
	return d.workOnRecords(ctx, ids, policy, func(ctx context.Context, s scope, rows []*model.CallRecord) (changed []*model.CallRecord, errs map[int64]*model.Error, err error) {
		for _, row := range rows {
			same := row.GradedBy != nil && (row.RealIntentLevel == grade || row.RealIntentLevel != nil && grade != nil && *row.RealIntentLevel == *grade)
			if !same {
				row.RealIntentLevel, row.GradedBy = grade, &s.actor.Name
				changed = append(changed, row)
			}
		}
		return changed, nil, s.touchRecords(ctx, changed, func(q *bun.UpdateQuery) *bun.UpdateQuery {
			return q.Set("real_intent_level = ?", grade).Set("graded_by = ?", s.actor.Name)
		})
	})
}

// MarkRecords marks records as read or not read, in two statements. From then on no delivery changes the mark.
func (d *DB) MarkRecords(ctx context.Context, ids []int64, status model.ReadStatus, policy model.BatchPolicy) ([]RecordOutcome, error) {
	return d.workOnRecords(ctx, ids, policy, func(ctx context.Context, s scope, rows []*model.CallRecord) (changed []*model.CallRecord, errs map[int64]*model.Error, err error) {
		for _, row := range rows {
			if row.ReadStatus != status || row.ReadBy == nil {
				row.ReadStatus, row.ReadBy = status, &s.actor.Name
				changed = append(changed, row)
			}
		}
		return changed, nil, s.touchRecords(ctx, changed, func(q *bun.UpdateQuery) *bun.UpdateQuery {
			return q.Set("read_status = ?", status).Set("read_by = ?", s.actor.Name)
		})
	})
}

// TagRecords adds tags to records, in four statements.
func (d *DB) TagRecords(ctx context.Context, ids []int64, tags []string, policy model.BatchPolicy) ([]RecordOutcome, error) {
	set, errs := model.NormalizeTags("tags", tags)
	if len(errs) > 0 {
		return nil, errs
	}
	return d.workOnRecords(ctx, ids, policy, func(ctx context.Context, s scope, rows []*model.CallRecord) (changed []*model.CallRecord, errs map[int64]*model.Error, err error) {
		stored, err := s.recordTags(ctx, recordIDs(rows))
		if err != nil {
			return nil, nil, err
		}
		errs = map[int64]*model.Error{}
		var added []*model.CallRecordTag
		for _, row := range rows {
			var missing []*model.CallRecordTag
			all := stored[row.ID]
			for _, tag := range set {
				if !slices.Contains(stored[row.ID], tag) {
					missing = append(missing, &model.CallRecordTag{CallRecordID: row.ID, Tag: tag, TagFold: text.FoldColumn(&tag)})
					all = append(all, tag)
				}
			}
			if err := model.CheckTagsLength("tags", all); err != nil {
				errs[row.ID] = err
			} else if missing != nil {
				added, changed = append(added, missing...), append(changed, row)
			}
		}
		if len(added) == 0 {
			return nil, errs, nil
		}
		slices.SortFunc(added, func(a, b *model.CallRecordTag) int {
			return cmp.Or(cmp.Compare(a.CallRecordID, b.CallRecordID), cmp.Compare(a.Tag, b.Tag))
		})
		if _, err := insertInto(s, added).Exec(ctx); err != nil {
			return nil, nil, err
		}
		return changed, errs, s.touchRecords(ctx, changed, nil)
	})
}

// UntagRecords removes tags from records, in three statements.
func (d *DB) UntagRecords(ctx context.Context, ids []int64, tags []string, policy model.BatchPolicy) ([]RecordOutcome, error) {
	set, errs := model.NormalizeTags("tags", tags)
	if len(errs) > 0 {
		return nil, errs
	}
	return d.workOnRecords(ctx, ids, policy, func(ctx context.Context, s scope, rows []*model.CallRecord) (changed []*model.CallRecord, errs map[int64]*model.Error, err error) {
		if len(rows) == 0 || len(set) == 0 {
			return nil, nil, nil
		}
		var removed []int64
		if _, err := s.deleteFrom((*model.CallRecordTag)(nil)).Where("call_record_id IN (?)", bun.List(recordIDs(rows))).Where("tag IN (?)", bun.List(set)).
			Returning("call_record_id").Exec(ctx, &removed); err != nil {
			return nil, nil, err
		}
		hit := map[int64]bool{}
		for _, id := range removed {
			hit[id] = true
		}
		for _, row := range rows {
			if hit[row.ID] {
				changed = append(changed, row)
			}
		}
		return changed, nil, s.touchRecords(ctx, changed, nil)
	})
}

func recordIDs(rows []*model.CallRecord) []int64 {
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return ids
}

// touchRecords updates locked records as written now, and what set adds.
func (s scope) touchRecords(ctx context.Context, rows []*model.CallRecord, set func(*bun.UpdateQuery) *bun.UpdateQuery) error {
	if len(rows) == 0 {
		return nil
	}
	for _, row := range rows {
		row.Version++
		row.UpdatedBy, row.UpdatedAt = s.actor.Name, s.now
	}
	q := s.update((*model.CallRecord)(nil)).Set("updated_at = ?", s.now).Set("updated_by = ?", s.actor.Name).Set("version = version + 1").
		Where("id IN (?)", bun.List(recordIDs(rows)))
	if set != nil {
		q = set(q)
	}
	_, err := q.Exec(ctx)
	return err
}

// recordWork changes locked records. It answers those it changed, and what is wrong with others.
type recordWork func(ctx context.Context, s scope, rows []*model.CallRecord) (changed []*model.CallRecord, errs map[int64]*model.Error, err error)

// workOnRecords runs work on records by key, as the policy says, and answers for each.
func (d *DB) workOnRecords(ctx context.Context, ids []int64, policy model.BatchPolicy, work recordWork) (out []RecordOutcome, err error) {
	if len(ids) > MaxRecordWork {
		return nil, model.LimitExceeded("ids", "has %d keys; at most %d", len(ids), MaxRecordWork)
	}
	err = d.write(ctx, func(ctx context.Context, s scope) error {
		stored, rows, err := s.lockRecordsByID(ctx, ids)
		if err != nil {
			return err
		}
		changed, errs, err := work(ctx, s, rows)
		if err != nil {
			return err
		}
		isChanged := map[int64]bool{}
		for _, row := range changed {
			isChanged[row.ID] = true
		}
		out = make([]RecordOutcome, len(ids))
		seen := map[int64]int{}
		undone := false
		for i, id := range ids {
			out[i] = recordOutcome(id, stored[id], isChanged[id], errs[id])
			if place, twice := seen[id]; twice {
				out[i] = RecordOutcome{Outcome: model.RowOutcomeFailed, Errors: model.Errors{model.BadInput("id", "%d is in this batch twice, first at index %d", id, place)}}
			} else {
				seen[id] = i
			}
			undone = undone || out[i].Errors != nil && policy == model.BatchPolicyAllOrNothing
		}
		if !undone {
			return nil
		}
		for i := range out {
			if out[i].Errors == nil {
				out[i] = RecordOutcome{Outcome: model.RowOutcomeSkipped}
			}
		}
		return errRollback
	})
	if errors.Is(err, errRollback) {
		err = nil
	}
	return out, err
}

func recordOutcome(id int64, row *model.CallRecord, changed bool, err *model.Error) RecordOutcome {
	switch {
	case row == nil:
		return RecordOutcome{Outcome: model.RowOutcomeFailed, Errors: model.Errors{model.NotFound("id", "there is no call record with the key %d", id)}}
	case err != nil:
		return RecordOutcome{Outcome: model.RowOutcomeFailed, Errors: model.Errors{err}}
	case changed:
		return RecordOutcome{Record: row, Outcome: model.RowOutcomeUpdated}
	}
	return RecordOutcome{Record: row, Outcome: model.RowOutcomeUnchanged}
}

func (s scope) lockRecordsByID(ctx context.Context, ids []int64) (map[int64]*model.CallRecord, []*model.CallRecord, error) {
	stored := make(map[int64]*model.CallRecord, len(ids))
	if len(ids) == 0 {
		return stored, nil, nil
	}
	var rows []*model.CallRecord
	if err := s.lockForUpdate(&rows).Where("call_record.id IN (?)", bun.List(ids)).Order("id").Scan(ctx); err != nil {
		return nil, nil, err
	}
	s.readRecords(rows)
	for _, row := range rows {
		stored[row.ID] = row
	}
	return stored, rows, nil
}
