package graph

import (
	"context"

	"callbook/db"
	"callbook/model"
)

func (r callRecord) Call(ctx context.Context, record *model.CallRecord) (*model.Call, error) {
	return loadRow(ctx, r.db, record.RowSet, "call", record, recordID, db.CallColumns,
		(*db.DB).CallsOfRecords)
}

func (r call) CallRecord(ctx context.Context, c *model.Call) (*model.CallRecord, error) {
	ofRecord := func(c *model.Call) *int64 { return c.CallRecordID }
	return loadRow(ctx, r.db, c.RowSet, "callRecord", c, ofRecord, db.RecordColumns,
		(*db.DB).CallRecordsByID)
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
