package db

import (
	"cmp"
	"context"
	"slices"

	"callbook/model"
	"callbook/text"
)

// TagRecords adds tags to records. Of the whole batch it returns BAD_USER_INPUT, also for tags that are not valid, and
// LIMIT_EXCEEDED; of a record, NOT_FOUND, CONFLICT, and BAD_USER_INPUT where it would have too many tags or its key has
// come before. It takes one statement beside those that choose and lock the records, three where anything changes.
func (d *DB) TagRecords(ctx context.Context, selector model.CallRecordSelector, tags []string, b Batch,
) (*model.CallRecordsPayload, error) {
	return d.changeTags(ctx, selector, tags, b, scope.tagRecords)
}

// changeTags normalizes tags and runs change with them on the records that a selector chooses.
func (d *DB) changeTags(ctx context.Context, selector model.CallRecordSelector, tags []string, b Batch,
	change func(s scope, ctx context.Context, tags []string, out *recordOutcomes) error,
) (*model.CallRecordsPayload, error) {
	set, errs := model.NormalizeTags("tags", tags)
	if len(errs) > 0 {
		return nil, errs
	}
	return d.changeRecords(ctx, selector, b, func(ctx context.Context, s scope, out *recordOutcomes) error {
		return change(s, ctx, set, out)
	})
}

func (s scope) tagRecords(ctx context.Context, tags []string, out *recordOutcomes) error {
	rows := out.rows()
	if err := checkTagRows(len(rows) * len(tags)); err != nil || len(rows) == 0 {
		return err
	}
	stored, err := s.recordTags(ctx, recordEntity.keys(rows))
	if err != nil {
		return err
	}
	var added []*model.CallRecordTag
	var changed []*model.CallRecord
	for _, row := range rows {
		missing := slices.DeleteFunc(slices.Clone(tags), func(tag string) bool {
			return slices.Contains(stored[row.ID], tag)
		})
		if err := model.CheckTagsLength("tags", append(stored[row.ID], missing...)); err != nil {
			out.fail(row.ID, err)
		} else if len(missing) > 0 {
			added, changed = append(added, newRecordTags(row.ID, missing)...), append(changed, row)
			s.recordTagged("tagCallRecords", row, stored[row.ID])
		}
	}
	if len(added) == 0 {
		return nil
	}
	if err := insertRows(ctx, s, sortedRecordTags(added)); err != nil {
		return err
	}
	return s.updateRecords(ctx, changed, out, nil)
}

// UntagRecords removes tags from records. Errors and statements are those of TagRecords.
func (d *DB) UntagRecords(ctx context.Context, selector model.CallRecordSelector, tags []string, b Batch,
) (*model.CallRecordsPayload, error) {
	return d.changeTags(ctx, selector, tags, b, scope.untagRecords)
}

func (s scope) untagRecords(ctx context.Context, tags []string, out *recordOutcomes) error {
	rows := out.rows()
	if len(rows) == 0 || len(tags) == 0 {
		return nil
	}
	stored, err := s.recordTags(ctx, recordEntity.keys(rows))
	if err != nil {
		return err
	}
	var removed []*model.CallRecordTag
	hadTag := map[int64]bool{}
	for _, row := range rows {
		for _, tag := range stored[row.ID] {
			if slices.Contains(tags, tag) {
				removed, hadTag[row.ID] = append(removed, &model.CallRecordTag{CallRecordID: row.ID, Tag: tag}), true
			}
		}
	}
	if err := deleteRows(ctx, s, sortedRecordTags(removed)); err != nil {
		return err
	}
	changed := slices.DeleteFunc(rows, func(row *model.CallRecord) bool { return !hadTag[row.ID] })
	for _, row := range changed {
		s.recordTagged("untagCallRecords", row, stored[row.ID])
	}
	return s.updateRecords(ctx, changed, out, nil)
}

// recordTagged records the event of a record that is about to get other tags and a new version.
func (s scope) recordTagged(operation string, row *model.CallRecord, tags []string) {
	s.recordChanged(model.ChangeKindUpdated, operation, new(*row), row, append([]string{}, tags...))
}

func newRecordTags(recordID int64, tags []string) []*model.CallRecordTag {
	rows := make([]*model.CallRecordTag, len(tags))
	for i, tag := range tags {
		rows[i] = &model.CallRecordTag{CallRecordID: recordID, Tag: tag, TagFold: text.FoldColumn(&tag)}
	}
	return rows
}

// sortedRecordTags sorts tags by their keys, in place, so that concurrent batches lock them in the same order.
func sortedRecordTags(tags []*model.CallRecordTag) []*model.CallRecordTag {
	slices.SortFunc(tags, func(a, b *model.CallRecordTag) int {
		return cmp.Or(cmp.Compare(a.CallRecordID, b.CallRecordID), cmp.Compare(a.Tag, b.Tag))
	})
	return tags
}
