package graph

import (
	"context"

	"callbook/model"
)

func (r callRecord) Call(ctx context.Context, record *model.CallRecord) (*model.Call, error) {
	calls, err := model.Load(record.RowSet, "call", func(records []*model.CallRecord) (map[int64]*model.Call, error) {
		return r.db.CallsOfRecords(ctx, recordIDs(records))
	})
	return calls[record.ID], err
}

func (r call) CallRecord(ctx context.Context, c *model.Call) (*model.CallRecord, error) {
	if c.CallRecordID == nil {
		return nil, nil
	}
	records, err := model.Load(c.RowSet, "callRecord", func(calls []*model.Call) (map[int64]*model.CallRecord, error) {
		var ids []int64
		for _, c := range calls {
			if c.CallRecordID != nil {
				ids = append(ids, *c.CallRecordID)
			}
		}
		return r.db.CallRecordsByID(ctx, ids)
	})
	return records[*c.CallRecordID], err
}

func (r mutation) CreateCallFromRecord(ctx context.Context, callRecordID string) (*model.CreateCallFromRecordPayload, error) {
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
