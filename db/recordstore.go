package db

import (
	"cmp"
	"context"
	"slices"

	"callbook/model"
)

// saveRecordsName is the operation of deliveries in events.
const saveRecordsName = "saveCallRecords"

// storeRecords writes what a batch has collected, in at most six statements: customers first, then the records that
// refer to them, then the turns and their index. All records that deliveries create or change pass here, and b has them
// as they were before and as they are after. It returns errRace where a key is taken.
func (s scope) storeRecords(ctx context.Context, b *recordBatch) error {
	s.summary.countRecords(b)
	for _, row := range b.created {
		s.recordChanged(model.ChangeKindCreated, saveRecordsName, nil, row, nil)
	}
	for _, change := range b.changed {
		s.recordChanged(model.ChangeKindUpdated, saveRecordsName, change.before, change.after, nil)
	}
	if err := s.storeCustomers(ctx, b); err != nil {
		return err
	}
	if err := insertRows(ctx, s, recordEntity.sorted(b.created)); err != nil {
		return err
	}
	var set columnSet
	changed := make([]*model.CallRecord, len(b.changed))
	for i, change := range b.changed {
		changed[i] = change.after
		set |= differingColumns(s, change.before, change.after)
	}
	if err := updateRows(ctx, s, recordEntity.sorted(changed), set); err != nil {
		return err
	}
	return s.storeTurns(ctx, b)
}

// storeTurns writes the turns of a batch and their index, in two statements; none where there are none. Turns that are
// all new are cheaper to insert than to write over others.
func (s scope) storeTurns(ctx context.Context, b *recordBatch) error {
	slices.SortFunc(b.turns, func(x, y *model.CallDetail) int {
		return cmp.Or(cmp.Compare(x.CallRecordID, y.CallRecordID), cmp.Compare(x.Position, y.Position))
	})
	// Two processes may make the same turn_id: that is a race, too.
	err := error(nil)
	if b.hasChangedTurns {
		err = upsertRows(ctx, s, b.turns)
	} else {
		err = insertRows(ctx, s, b.turns)
	}
	if err != nil {
		return err
	}
	return s.indexTurns(ctx, b.turns, b.hasChangedTurns)
}

// storeCustomers writes the new and the changed customers of a batch, in two statements at most.
func (s scope) storeCustomers(ctx context.Context, b *recordBatch) error {
	var created, changed []*model.CustomerPerson
	var set columnSet
	for id, customer := range b.customers {
		if b.newCustomers[id] {
			created = append(created, customer)
		} else if before := b.changedCustomers[id]; before != nil {
			changed = append(changed, customer)
			set |= differingColumns(s, before, customer)
		}
	}
	if err := insertRows(ctx, s, customerEntity.sorted(created)); err != nil {
		return err
	}
	return updateRows(ctx, s, customerEntity.sorted(changed), set)
}
