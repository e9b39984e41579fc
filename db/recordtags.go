package db

import (
	"context"

	"callbook/model"
)

// RecordTags returns the tags of records, by record, sorted; records without tags are absent. It takes one statement.
func (d *DB) RecordTags(ctx context.Context, ids []int64) (map[int64][]string, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	return s.recordTags(ctx, ids)
}

func (s scope) recordTags(ctx context.Context, ids []int64) (map[int64][]string, error) {
	return readTags[int64, model.CallRecordTag](ctx, s, "record_tag.call_record_id", ids)
}

// recordTagConds returns the condition on records by their tags.
func recordTagConds(t *filterer, o listOperators) cond {
	return t.tagged(o, listTable{row: "call_record.id", from: "call_record_tags AS listed", key: "listed.call_record_id",
		value: "listed.tag"})
}
