package db

import (
	"context"

	"github.com/uptrace/bun"

	"callbook/model"
)

// CreateCallFromRecord creates the CRM's call of a robot's record, at most one for each record: a repeat returns the
// same call, restored where it was deleted. created reports whether the call is new or restored. It returns NOT_FOUND
// where there is no such record, and CONFLICT where somebody else, whose rows the actor does not see, made the call.
// It takes at most four statements.
func (d *DB) CreateCallFromRecord(ctx context.Context, recordID int64) (call *model.Call, created bool, err error) {
	out, err := once(ctx, d, func(ctx context.Context) (out CallOutcome, err error) {
		err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
			call, created, err := s.callFromRecord(ctx, recordID)
			if err != nil {
				return err
			}
			out = CallOutcome{Row: call, Outcome: model.RowOutcomeUnchanged}
			if created {
				out.Outcome = model.RowOutcomeCreated
			}
			s.keep(func() *keptResult { return keptOne(call.ID, out.Outcome) })
			return nil
		})
		return out, err
	}, d.callAgain)
	return out.Row, out.Outcome == model.RowOutcomeCreated, err
}

func (s scope) callFromRecord(ctx context.Context, recordID int64) (call *model.Call, created bool, err error) {
	var linked []*model.Call
	if err := s.lockAny(&linked).Where("call.call_record_id = ?", recordID).Scan(ctx); err != nil {
		return nil, false, err
	}
	if call = firstRow(linked); call == nil {
		call, err = s.createCallFromRecord(ctx, recordID)
		return call, true, err
	}
	if !s.owns(call) {
		return nil, false, s.callOfAnother(ctx, recordID)
	}
	prepareRows(s, linked)
	call.DescriptionLoaded = true
	if call.DeletedAt == nil {
		return call, false, nil
	}
	return call, true, s.setDeleted(ctx, "createCallFromRecord", linked, nil)
}

// callOfAnother returns CONFLICT for a record of which somebody else made a call, or NOT_FOUND where the actor does
// not see the record.
func (s scope) callOfAnother(ctx context.Context, recordID int64) error {
	if _, err := s.lockRecord(ctx, recordID); err != nil {
		return err
	}
	return model.Conflict("callRecordId", "a call was made of this record by somebody else")
}

// lockRecord reads and locks a record, and returns NOT_FOUND where the actor sees none with the key.
func (s scope) lockRecord(ctx context.Context, id int64) (*model.CallRecord, error) {
	stored, err := s.lockRecords(ctx, []int64{id})
	if err != nil {
		return nil, err
	}
	if stored[id] == nil {
		return nil, model.NotFound("callRecordId", "there is no call record with the key %d", id)
	}
	return stored[id], nil
}

func (s scope) createCallFromRecord(ctx context.Context, recordID int64) (*model.Call, error) {
	record, err := s.lockRecord(ctx, recordID)
	if err != nil {
		return nil, err
	}
	var customers []*model.CustomerPerson
	if record.CustomerPersonID != nil && s.actor.May(model.PermissionCustomerPersonRead) {
		if err := s.selectFrom(&customers).Where("customer_person.id = ?", *record.CustomerPersonID).Scan(ctx); err != nil {
			return nil, err
		}
	}
	patch := model.CallFromRecord(record, firstRow(customers))
	w := callWrite{id: newID(nil), patch: &patch, mode: create, recordID: &recordID}
	out, err := s.writeCalls(ctx, "createCallFromRecord", []callWrite{w}, map[string]*model.Call{})
	if err != nil {
		return nil, err
	}
	return out.list[0].Row, out.list[0].Errors.Err()
}

// CallsOfRecords returns the calls that were made of records, by record; records without a call, or whose call is
// deleted, are absent. Where columns are asked for no others are read, else all but the description. It takes one
// statement.
func (d *DB) CallsOfRecords(ctx context.Context, recordIDs []int64, asked ...Columns) (map[int64]*model.Call, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*model.Call
	columns := s.withCreator(CallColumns, CallColumns.union(asked)|CallColumns.Of("callRecord"))
	sh := shape{name: "calls of records", selected: columns, ofMany: len(recordIDs) != 1}
	err = s.selectReady(ctx, sh, &rows, func(t scope, param func(int) any) *bun.SelectQuery {
		q := t.selectFrom((*model.Call)(nil)).ColumnExpr(CallColumns.list(sh.selected))
		return where(q, t.amongKeys(sh.ofMany, "call.call_record_id", param(0))).Where(isLive)
	}, keyArgument(s, recordIDs))
	if err != nil {
		return nil, err
	}
	prepareRows(s, rows)
	noteDescriptions(rows, asked)
	calls := make(map[int64]*model.Call, len(rows))
	for _, row := range rows {
		calls[*row.CallRecordID] = row
	}
	return calls, nil
}
