package db

import (
	"context"

	"github.com/uptrace/bun"

	"callbook/model"
)

// MaxDelivery is the greatest number of call records of one delivery.
const MaxDelivery = 1000

// SaveCallRecords saves a batch of deliveries, the valid ones, each created or merged by its id, with turns and
// customers. Of the whole batch it returns LIMIT_EXCEEDED; of a record, BAD_USER_INPUT, also where its id has come
// before, and CONFLICT where it would write over a row of somebody else that the actor does not see. It takes at most
// nine statements, however many rows there are, and none where no delivery is valid.
func (d *DB) SaveCallRecords(ctx context.Context, inputs []*model.SaveCallRecordInput) ([]RecordOutcome, error) {
	return d.ImportCallRecords(ctx, model.ImportModeUpsert, inputs)
}

// ImportCallRecords is SaveCallRecords for new records alone, for those that are there, or for both: of a record it
// returns CONFLICT, too, where it must be new and is not, and NOT_FOUND where it must be there and is not.
func (d *DB) ImportCallRecords(ctx context.Context, mode model.ImportMode, inputs []*model.SaveCallRecordInput,
) ([]RecordOutcome, error) {
	if err := checkBatchSize("inputs", "records", len(inputs), MaxDelivery); err != nil {
		return nil, err
	}
	checked := checkInputs(inputs)
	var valid []*model.SaveCallRecordInput
	for i, in := range inputs {
		if !checked.hasFailed(i) {
			valid = append(valid, in)
		}
	}
	if len(valid) == 0 {
		return checked.list, nil
	}
	b := Batch{Policy: model.BatchPolicyValidRows, isShort: isShortDelivery(valid),
		weight: func(place int) int { return 1 + len(valid[place].Details)/turnsPerRow }}
	keys := make([]int64, len(valid))
	for i, in := range valid {
		keys[i] = in.ID
	}
	out, err := runBatch(ctx, d, b, &recordEntity, keys,
		func(ctx context.Context, s scope, places []int) (*recordOutcomes, error) {
			out := newOutcomes[int64, model.CallRecord](pickPlaces(keys, places))
			return out, s.saveRecords(ctx, writeModes[mode], pickPlaces(valid, places), out)
		})
	if err != nil {
		return nil, err
	}
	for _, saved := range out.list {
		saved.Index = checked.place[saved.Key]
		checked.list[saved.Index] = saved
	}
	return checked.list, nil
}

// turnsPerRow is how many turns take about as long to write as a record takes.
const turnsPerRow = 10

// isShortDelivery reports whether deliveries are soon written: their turns take longest.
func isShortDelivery(inputs []*model.SaveCallRecordInput) bool {
	turns := 0
	for _, in := range inputs {
		turns += len(in.Details)
	}
	return len(inputs) <= maxShortBatch && turns <= maxShortTurns
}

// checkInputs normalizes deliveries and returns what is wrong with them: of each everything, an id that has come
// before last.
func checkInputs(inputs []*model.SaveCallRecordInput) *recordOutcomes {
	keys := make([]int64, len(inputs))
	for i, in := range inputs {
		keys[i] = in.ID
	}
	out := newOutcomes[int64, model.CallRecord](keys)
	for i, in := range inputs {
		if errs := in.Normalize(); len(errs) > 0 {
			out.failAt(i, append(errs, out.list[i].Errors...)...)
		}
	}
	return out
}

// recordBatch is a batch of deliveries under way.
type recordBatch struct {
	records          map[int64]*model.CallRecord // stored
	customers        map[int64]*model.CustomerPerson
	details          map[int64][]*model.CallDetail // stored turns of records that are delivered with turns
	newCustomers     map[int64]bool
	changedCustomers map[int64]*model.CustomerPerson // stored customers that change, as they were
	created          []*model.CallRecord
	changed          []recordChange
	turns            []*model.CallDetail // new ones, and stored ones that change
	hasChangedTurns  bool
}

// recordChange is a stored record before and after a write.
type recordChange struct{ before, after *model.CallRecord }

// saveRecords saves valid deliveries and sets their outcomes.
func (s scope) saveRecords(ctx context.Context, mode writeMode, inputs []*model.SaveCallRecordInput,
	out *recordOutcomes,
) error {
	b, err := s.lockDelivery(ctx, inputs)
	if err != nil {
		return err
	}
	s.mergeDeliveries(b, mode, inputs, out)
	prepareRows(s, out.rows())
	return s.storeRecords(ctx, b)
}

// mergeDeliveries merges valid deliveries into the rows of a batch, and sets their outcomes.
func (s scope) mergeDeliveries(b *recordBatch, mode writeMode, inputs []*model.SaveCallRecordInput,
	out *recordOutcomes,
) {
	for _, in := range inputs {
		row := b.records[in.ID]
		err := s.checkRecordMode(mode, in.ID, row)
		if err == nil {
			err = s.checkDelivery(b, in, row)
		}
		if err != nil {
			out.fail(in.ID, err)
			continue
		}
		row, outcome := s.mergeRecord(b, in, row)
		out.set(in.ID, row, outcome)
	}
}

// lockDelivery reads what is stored of a batch and locks it against writers: two statements, and a third for the turns.
func (s scope) lockDelivery(ctx context.Context, inputs []*model.SaveCallRecordInput) (*recordBatch, error) {
	b := &recordBatch{newCustomers: map[int64]bool{}, changedCustomers: map[int64]*model.CustomerPerson{}}
	var recordIDs, customerIDs, withDetails []int64
	for _, in := range inputs {
		recordIDs = append(recordIDs, in.ID)
		if id := in.CustomerPersonID; id != nil {
			customerIDs = append(customerIDs, *id)
		}
	}
	customers, err := s.lockCustomersOf(ctx, recordIDs, customerIDs)
	if err != nil {
		return nil, err
	}
	records, err := lockKeys[int64, model.CallRecord](ctx, s.anyActors(), "lockDelivered", recordIDs, scope.lockAny)
	if err != nil {
		return nil, err
	}
	b.customers, b.records = customerEntity.byKey(customers), recordEntity.byKey(records)
	for _, in := range inputs {
		if b.records[in.ID] != nil && len(in.Details) > 0 {
			withDetails = append(withDetails, in.ID)
		}
	}
	b.details, err = s.callDetails(ctx, withDetails, "text_fold")
	return b, err
}

// lockCustomersOf reads and locks customers by key, and those of the stored records: a delivery may leave its customer
// out.
func (s scope) lockCustomersOf(ctx context.Context, recordIDs, customerIDs []int64,
) (rows []*model.CustomerPerson, err error) {
	s = s.anyActors()
	defer s.locks.begin()
	err = s.selectReady(ctx, shape{name: "lockCustomersOf"}, &rows, func(t scope, param func(int) any) *bun.SelectQuery {
		in := inKeys[int64](s.dialect)
		stored := t.selectAny((*model.CallRecord)(nil)).Column("customer_person_id").Where("call_record.id "+in, param(0))
		// A union: with OR the planner would read all customers.
		return t.lockAny((*model.CustomerPerson)(nil)).
			Where("customer_person.id IN ("+selectKeys[int64](s.dialect)+" UNION ?)", param(1), stored).Order("id")
	}, keysArgument(s.dialect, recordIDs), keysArgument(s.dialect, customerIDs))
	return rows, err
}

// mergeRecord merges a delivery into its stored record, nil where there is none, and adds what is to be stored to the
// batch.
func (s scope) mergeRecord(b *recordBatch, in *model.SaveCallRecordInput, row *model.CallRecord,
) (*model.CallRecord, model.RowOutcome) {
	isNew := row == nil
	if isNew {
		row = &model.CallRecord{ID: in.ID, ReadStatus: model.ReadStatusNotRead, CreatedBy: s.actor.Name,
			CreatedByKind: s.actor.CreatorKind(), CreatedAt: s.now}
	}
	before := new(*row)
	changed := row.Merge(in)
	customerChanged := s.mergeCustomer(b, in, row)
	turns, turnsChanged := model.MergeDetails(in.ID, b.details[in.ID], in.Details)
	b.turns = append(b.turns, turns...)
	b.hasChangedTurns = b.hasChangedTurns || len(turns) > 0 && turns[0].Position <= len(b.details[in.ID])
	switch {
	case isNew:
		b.created = append(b.created, row)
	case changed || turnsChanged:
		b.changed = append(b.changed, recordChange{before, row})
	case customerChanged:
		return row, model.RowOutcomeUpdated
	default:
		return row, model.RowOutcomeUnchanged
	}
	recordEntity.bumpVersion(s, row)
	if isNew {
		return row, model.RowOutcomeCreated
	}
	return row, model.RowOutcomeUpdated
}

// checkRecordMode returns CONFLICT for a record that is there and must be new, and NOT_FOUND for one that must be there
// and is not, or that the actor does not see.
func (s scope) checkRecordMode(mode writeMode, id int64, row *model.CallRecord) *model.Error {
	switch {
	case mode == create && row != nil && s.owns(row):
		return model.Conflict("id", "there is a call record with the key %d", id)
	case mode == update && (row == nil || !s.owns(row)):
		return recordEntity.notFound(id)
	}
	return nil
}

// checkDelivery returns CONFLICT where a delivery would write over what somebody else created, and the actor sees its
// own rows alone, and BAD_USER_INPUT where its turns are too many beside the stored ones. row is the stored record, nil
// where there is none.
func (s scope) checkDelivery(b *recordBatch, in *model.SaveCallRecordInput, row *model.CallRecord) *model.Error {
	personID := in.CustomerPersonID
	if row != nil {
		if !s.owns(row) {
			return model.Conflict("id", "the key %d is taken", in.ID)
		}
		if personID == nil {
			personID = row.CustomerPersonID
		}
	}
	if n := model.CountDetails(b.details[in.ID], in.Details); n > model.MaxDetails {
		return model.BadInput("details", "would be %d turns with those stored; at most %d", n, model.MaxDetails)
	}
	if personID == nil || b.customers[*personID] == nil || b.newCustomers[*personID] {
		return nil
	}
	if !s.owns(b.customers[*personID]) {
		return model.Conflict("customerPersonId", "the customer with the key %d was created by somebody else", *personID)
	}
	return nil
}

// mergeCustomer merges what a delivery says of its customer, and reports whether the customer changes. An unknown key
// creates a customer with the called number.
func (s scope) mergeCustomer(b *recordBatch, in *model.SaveCallRecordInput, record *model.CallRecord) (changed bool) {
	if record.CustomerPersonID == nil {
		return false
	}
	id := *record.CustomerPersonID
	person := b.customers[id]
	var before model.CustomerPerson
	if person != nil {
		before = *person
	} else {
		person = s.newCustomer(id)
		b.customers[id], b.newCustomers[id] = person, true
		changed = true
	}
	if in.CustomerPerson != nil && person.Merge(in.CustomerPerson) {
		changed = true
	}
	if person.StoredPhoneNumber == nil && record.StoredPhoneNumber != nil {
		changed = person.Merge(&model.CustomerPersonInput{PhoneNumber: record.StoredPhoneNumber}) || changed
	}
	if person.MergeLastCall(record.LastCall()) {
		changed = true
	}
	if changed {
		person.UpdatedAt = s.now
		if !b.newCustomers[id] && b.changedCustomers[id] == nil {
			b.changedCustomers[id] = &before
		}
	}
	return changed
}
