package db

import (
	"context"

	"callbook/model"
)

// MaxDetailPage is the greatest page of a transcript.
const MaxDetailPage = 1000

// DetailPages returns a page of the transcript of each of many records, by record, in order; every record has a page.
// Where columns are asked for no others are read. It returns BAD_USER_INPUT, and LIMIT_EXCEEDED for a page that is too
// large. It takes one statement, and one more for the totals of all records together where one is asked for.
func (d *DB) DetailPages(ctx context.Context, recordIDs []int64, args model.PageArgs, asked ...Columns,
) (map[int64]model.Page[model.CallDetail], error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	position := intKey("position", "call_detail.position", func(turn *model.CallDetail) *int { return &turn.Position })
	l := &list[model.CallDetail]{scope: s, kind: "transcript", maxSize: MaxDetailPage, fixed: "transcript",
		rows: DetailColumns, asked: DetailColumns.union(asked),
		order: []sortStep[model.CallDetail]{{sortKey: position.required()}}}
	of := children[int64, model.CallDetail]{list: l, parent: "call_detail.call_record_id",
		key:        func(turn *model.CallDetail) *int64 { return &turn.CallRecordID },
		prepareAll: func(scope, []*model.CallDetail) {}}
	return of.pages(ctx, recordIDs, args)
}
