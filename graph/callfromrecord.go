package graph

import (
	"context"

	"callbook/db"
	"callbook/model"
)

func (r callRecord) Call(ctx context.Context, record *model.CallRecord) (*model.Call, error) {
	calls, err := loadRows(ctx, r.db, record.RowSet, "call", recordID, db.CallColumns, (*db.DB).CallsOfRecords)
	return calls[record.ID], err
}

func (r call) CallRecord(ctx context.Context, c *model.Call) (*model.CallRecord, error) {
	if c.CallRecordID == nil {
		return nil, nil
	}
	ofRecord := func(c *model.Call) *int64 { return c.CallRecordID }
	records, err := loadRows(ctx, r.db, c.RowSet, "callRecord", ofRecord, db.RecordColumns, (*db.DB).CallRecordsByID)
	return records[*c.CallRecordID], err
}

func (r mutation) CreateCallFromRecord(
	ctx context.Context, callRecordID string,
) (*model.CreateCallFromRecordPayload, error) {
	key, err := model.ParseLong(callRecordID)
	if err != nil {
		return nil, model.InField(err, "callRecordId")
	}
	c, created, err := r.db.CreateCallFromRecord(ctx, key)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	return &model.CreateCallFromRecordPayload{Call: c, Created: created}, nil
}
