package db

import (
	"cmp"
	"context"
	"slices"

	"github.com/uptrace/bun"

	"callbook/model"
)

// MaxDelivery is the greatest number of call records of one delivery.
const MaxDelivery = 1000

// RecordOutcome is what became of one record of a delivery.
type RecordOutcome struct {
	Record  *model.CallRecord
	Outcome model.RowOutcome
	Errors  model.Errors
}

// SaveCallRecords saves a batch of deliveries, the valid ones, each created or merged by its id, with turns and customers:
// in at most ten statements, however many rows there are. Of two deliveries with one id the second is an error.
func (d *DB) SaveCallRecords(ctx context.Context, inputs []*model.SaveCallRecordInput) (out []RecordOutcome, err error) {
	out = make([]RecordOutcome, len(inputs))
	seen := map[int64]int{}
	var valid []int
	for i, in := range inputs {
		errs := in.Normalize()
		if first, twice := seen[in.ID]; twice {
			errs = append(errs, model.BadInput("id", "%d is in this batch twice, first at index %d", in.ID, first))
		} else {
			seen[in.ID] = i
		}
		if len(errs) > 0 {
			out[i] = RecordOutcome{Outcome: model.RowOutcomeFailed, Errors: errs}
			continue
		}
		valid = append(valid, i)
	}
	if len(valid) == 0 {
		return out, nil
	}
	err = d.write(ctx, func(ctx context.Context, s scope) error { return s.saveRecords(ctx, inputs, valid, out) })
	return out, err
}

// recordBatch is a batch of deliveries under way.
type recordBatch struct {
	records   map[int64]*model.CallRecord // stored
	persons   map[int64]*model.CustomerPerson
	details   map[int64][]*model.CallDetail // stored turns of records that are delivered with turns
	newPeople map[int64]bool
	touched   map[int64]bool // stored customers that change
	created   []*model.CallRecord
	changed   []*model.CallRecord
	turns     []*model.CallDetail
}

func (s scope) saveRecords(ctx context.Context, inputs []*model.SaveCallRecordInput, valid []int, out []RecordOutcome) error {
	b, err := s.lockRecords(ctx, inputs, valid)
	if err != nil {
		return err
	}
	var rows []*model.CallRecord
	for _, i := range valid {
		if out[i] = s.mergeRecord(b, inputs[i]); out[i].Record != nil {
			rows = append(rows, out[i].Record)
		}
	}
	s.readRecords(rows)
	return s.storeRecords(ctx, b)
}

// lockRecords reads what is there of a batch and keeps others from writing it.
func (s scope) lockRecords(ctx context.Context, inputs []*model.SaveCallRecordInput, valid []int) (*recordBatch, error) {
	b := &recordBatch{records: map[int64]*model.CallRecord{}, persons: map[int64]*model.CustomerPerson{},
		newPeople: map[int64]bool{}, touched: map[int64]bool{}}
	var recordIDs, personIDs, withDetails []int64
	for _, i := range valid {
		recordIDs = append(recordIDs, inputs[i].ID)
		if id := inputs[i].CustomerPersonID; id != nil {
			personIDs = append(personIDs, *id)
		}
	}
	// The customers of the stored records too: a delivery may leave its customer out.
	var persons []*model.CustomerPerson
	if err := s.lockAny(&persons).Where("(customer_person.id IN (?) OR customer_person.id IN (?))", bun.List(personIDs),
		s.selectAny((*model.CallRecord)(nil)).Column("customer_person_id").Where("call_record.id IN (?)", bun.List(recordIDs))).
		Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	for _, row := range persons {
		b.persons[row.ID] = row
	}
	var records []*model.CallRecord
	if err := s.lockAny(&records).Where("call_record.id IN (?)", bun.List(recordIDs)).Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	for _, row := range records {
		b.records[row.ID] = row
	}
	for _, i := range valid {
		if b.records[inputs[i].ID] != nil && len(inputs[i].Details) > 0 {
			withDetails = append(withDetails, inputs[i].ID)
		}
	}
	var err error
	b.details, err = s.callDetails(ctx, withDetails)
	return b, err
}

// mergeRecord decides what becomes of one record and notes it in the batch.
func (s scope) mergeRecord(b *recordBatch, in *model.SaveCallRecordInput) RecordOutcome {
	row, exists := b.records[in.ID]
	if err := s.checkDelivery(b, in, row); err != nil {
		return RecordOutcome{Outcome: model.RowOutcomeFailed, Errors: model.Errors{err}}
	}
	if !exists {
		row = &model.CallRecord{ID: in.ID, ReadStatus: model.ReadStatusNotRead, CreatedBy: s.actor.Name, CreatedAt: s.now}
	}
	changed := row.Merge(in)
	personChanged := s.mergePerson(b, in, row)
	turns := model.MergeDetails(in.ID, b.details[in.ID], in.Details)
	b.turns = append(b.turns, turns...)
	outcome := model.RowOutcomeUpdated
	switch {
	case !exists:
		b.created = append(b.created, row)
		outcome = model.RowOutcomeCreated
	case changed || len(turns) > 0:
		b.changed = append(b.changed, row)
	case personChanged:
		return RecordOutcome{Record: row, Outcome: model.RowOutcomeUpdated}
	default:
		return RecordOutcome{Record: row, Outcome: model.RowOutcomeUnchanged}
	}
	row.Version++
	row.UpdatedBy, row.UpdatedAt = s.actor.Name, s.now
	return RecordOutcome{Record: row, Outcome: outcome}
}

// checkDelivery refuses to write over what somebody else created, where the actor sees its own rows alone.
func (s scope) checkDelivery(b *recordBatch, in *model.SaveCallRecordInput, row *model.CallRecord) *model.Error {
	personID := in.CustomerPersonID
	if row != nil {
		if !s.owns(row.CreatedBy) {
			return model.Conflict("id", "the key %d is taken", in.ID)
		}
		if personID == nil {
			personID = row.CustomerPersonID
		}
	}
	if personID == nil || b.persons[*personID] == nil || b.newPeople[*personID] {
		return nil
	}
	if by := b.persons[*personID].CreatedBy; s.actor.OwnOnly && (by == nil || *by != s.actor.Name) {
		return model.Conflict("customerPersonId", "the customer with the key %d was created by somebody else", *personID)
	}
	return nil
}

// mergePerson takes over what a delivery says of its customer; an unknown key makes one with the called number.
func (s scope) mergePerson(b *recordBatch, in *model.SaveCallRecordInput, record *model.CallRecord) (changed bool) {
	if record.CustomerPersonID == nil {
		return false
	}
	id := *record.CustomerPersonID
	person := b.persons[id]
	if person == nil {
		person = &model.CustomerPerson{ID: id, CreatedBy: &s.actor.Name}
		b.persons[id], b.newPeople[id] = person, true
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
		b.touched[id] = !b.newPeople[id]
	}
	return changed
}

// storeRecords writes what a batch has noted: customers first, then the records that refer to them, then the turns.
func (s scope) storeRecords(ctx context.Context, b *recordBatch) error {
	var newPeople, changedPeople []*model.CustomerPerson
	for id, person := range b.persons {
		if b.newPeople[id] {
			newPeople = append(newPeople, person)
		} else if b.touched[id] {
			changedPeople = append(changedPeople, person)
		}
	}
	if len(newPeople) > 0 {
		if err := s.insertNew(ctx, insertInto(s, byID(newPeople, personKey))); err != nil {
			return err
		}
	}
	if len(changedPeople) > 0 {
		if _, err := upsert(s, byID(changedPeople, personKey), "id").Exec(ctx); err != nil {
			return err
		}
	}
	if len(b.created) > 0 {
		if err := s.insertNew(ctx, insertInto(s, byID(b.created, recordKey))); err != nil {
			return err
		}
	}
	if len(b.changed) > 0 {
		if _, err := upsert(s, byID(b.changed, recordKey), "id").Exec(ctx); err != nil {
			return err
		}
	}
	if len(b.turns) == 0 {
		return nil
	}
	slices.SortFunc(b.turns, func(x, y *model.CallDetail) int {
		return cmp.Or(cmp.Compare(x.CallRecordID, y.CallRecordID), cmp.Compare(x.Position, y.Position))
	})
	if err := s.insertNew(ctx, upsert(s, b.turns, "call_record_id", "position")); err != nil { // two processes may make one turn_id
		return err
	}
	return s.indexTurns(ctx, b.turns)
}

func personKey(p *model.CustomerPerson) int64 { return p.ID }
func recordKey(r *model.CallRecord) int64     { return r.ID }
