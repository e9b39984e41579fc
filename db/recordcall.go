package db

import (
	"context"

	"github.com/uptrace/bun"

	"callbook/model"
)

// CreateCallFromRecord makes the CRM's call of a robot's record, once: a repeat answers the same call, restored where it was
// deleted. created tells whether it is new or restored.
func (d *DB) CreateCallFromRecord(ctx context.Context, recordID int64) (call *model.Call, created bool, err error) {
	err = d.write(ctx, func(ctx context.Context, s scope) error {
		var linked []*model.Call
		if err := s.lockAny(&linked).Where("call.call_record_id = ?", recordID).Scan(ctx); err != nil {
			return err
		}
		if call = first(linked); call == nil {
			created = true
			call, err = s.createFromRecord(ctx, recordID)
			return err
		}
		if !s.owns(call.CreatedBy) {
			call = nil
			return s.madeByAnother(ctx, recordID)
		}
		s.asRead(linked)
		call.DescriptionLoaded = true
		if created = call.DeletedAt != nil; created {
			return s.setDeleted(ctx, "createCallFromRecord", linked, nil)
		}
		return nil
	})
	return call, created, err
}

// madeByAnother refuses a record of which somebody else made a call; a record that is not the actor's is unknown to it.
func (s scope) madeByAnother(ctx context.Context, recordID int64) error {
	stored, _, err := s.lockRecordsByID(ctx, []int64{recordID})
	if err != nil {
		return err
	}
	if stored[recordID] == nil {
		return noRecord(recordID)
	}
	return model.Conflict("callRecordId", "a call was made of this record by somebody else")
}

func noRecord(id int64) *model.Error {
	return model.NotFound("callRecordId", "there is no call record with the key %d", id)
}

func (s scope) createFromRecord(ctx context.Context, recordID int64) (*model.Call, error) {
	stored, _, err := s.lockRecordsByID(ctx, []int64{recordID})
	if err != nil {
		return nil, err
	}
	record := stored[recordID]
	if record == nil {
		return nil, noRecord(recordID)
	}
	var customers []*model.CustomerPerson
	if record.CustomerPersonID != nil && s.actor.May(model.PermissionCustomerPersonRead) {
		if err := s.selectFrom(&customers).Where("customer_person.id = ?", *record.CustomerPersonID).Scan(ctx); err != nil {
			return nil, err
		}
	}
	patch := model.CallFromRecord(record, first(customers))
	w := callWrite{id: newID(nil), patch: &patch, mode: create, recordID: &recordID}
	out, err := s.writeCalls(ctx, "createCallFromRecord", []callWrite{w}, map[string]*model.Call{})
	if err != nil {
		return nil, err
	}
	return out[0].Call, out[0].Errors.Err()
}

// CallsOfRecords are the calls that were made of records, by record, those not deleted: one statement.
func (d *DB) CallsOfRecords(ctx context.Context, recordIDs []int64) (map[int64]*model.Call, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*model.Call
	if err := s.selectFrom(&rows).ExcludeColumn(unlistedCallColumns...).Where("call.call_record_id IN (?)", bun.List(recordIDs)).
		Where("call.deleted_at IS NULL").Scan(ctx); err != nil {
		return nil, err
	}
	s.asRead(rows)
	calls := make(map[int64]*model.Call, len(rows))
	for _, row := range rows {
		calls[*row.CallRecordID] = row
	}
	return calls, nil
}

// CallRecordsByID are records by key, those that are there: one statement.
func (d *DB) CallRecordsByID(ctx context.Context, ids []int64) (map[int64]*model.CallRecord, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	records := make(map[int64]*model.CallRecord, len(ids))
	if len(ids) == 0 {
		return records, nil
	}
	var rows []*model.CallRecord
	if err := s.selectFrom(&rows).ExcludeColumn(unlistedRecordColumns...).Where("call_record.id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	s.readRecords(rows)
	for _, row := range rows {
		records[row.ID] = row
	}
	return records, nil
}
