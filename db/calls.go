package db

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

// MaxCallPage is the greatest page of calls.
const MaxCallPage = 1000

// What GraphQL derives at read time, as SQL. model.Call has the same in Go; a property test compares them.
const (
	effectiveStatus = `CASE WHEN call.outgoing_call_status = 'SCHEDULED' AND call.call_start_time < ? THEN 'OVERDUE'
 ELSE call.outgoing_call_status END`
	callStatus = `CASE WHEN call.call_type = 'MISSED' THEN 'MISSED'
 WHEN call.outgoing_call_status = 'SCHEDULED' AND call.call_start_time < ? THEN 'OVERDUE'
 WHEN call.outgoing_call_status IN ('SCHEDULED', 'CANCELLED') THEN call.outgoing_call_status
 WHEN call.call_type = 'INBOUND' THEN 'RECEIVED'
 WHEN call.call_type = 'OUTBOUND' AND call.call_duration_in_seconds > 0 THEN 'ATTENDED_DIALLED'
 WHEN call.call_type = 'OUTBOUND' THEN 'UNATTENDED_DIALLED' END`
	notClosed = `(call.outgoing_call_status = 'SCHEDULED' OR (call.outgoing_call_status IS NULL
 AND call.call_start_time > ? AND (call.call_type IS NULL OR call.call_type <> 'MISSED')))`
)

// unlistedCallColumns are not read with a list: searches alone use the folded ones, and the description is read when asked for.
var unlistedCallColumns = []string{"description", "description_fold", "name_fold", "subject_fold", "call_agenda_fold",
	"caller_id_fold", "dialled_number_fold"}

// Call is one call by its key; nil where there is none, or where it is deleted, unless those are asked for too.
func (d *DB) Call(ctx context.Context, id string, includeDeleted bool) (*model.Call, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*model.Call
	// Whether it is deleted is looked at here: as a condition, it would offer PostgreSQL the indexes of what is not deleted,
	// and until there are statistics it takes one of those.
	err = s.selectFrom(&rows).ExcludeColumn(unlistedCallColumns...).Where("call.id = ?", id).Scan(ctx)
	if err != nil || len(rows) == 0 || rows[0].DeletedAt != nil && !includeDeleted {
		return nil, err
	}
	s.asRead(rows)
	return rows[0], nil
}

// CallQuery says which calls, in which order.
type CallQuery struct {
	Dataset        model.CallDataset
	Filter         *model.CallFilter
	IncludeDeleted bool
	OrderBy        []*model.CallOrder
	model.PageArgs
}

// Calls is a page of calls: one statement, and one more for the total where it is asked for.
func (d *DB) Calls(ctx context.Context, q CallQuery) (*model.CallConnection, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	order, err := orderOf(s, q.OrderBy, callSortStep, callKeys[model.CallOrderFieldID], defaultCallOrder)
	if err != nil {
		return nil, err
	}
	cond, err := s.callCond(q.Dataset, q.Filter, q.IncludeDeleted)
	if err != nil {
		return nil, err
	}
	l := &list[model.Call]{scope: s, kind: "calls", maxSize: MaxCallPage, cond: cond, order: order, exclude: unlistedCallColumns, prepare: s.asRead}
	page, err := l.page(ctx, q.PageArgs)
	return &model.CallConnection{Page: page}, err
}

// asRead gives rows what is not in their columns: the instant they were read at, and each other.
func (s scope) asRead(rows []*model.Call) {
	set := &model.RowSet[model.Call]{Rows: rows}
	for _, row := range rows {
		row.AsOf, row.Visibility, row.RowSet = s.now, s.actor.Visibility, set
	}
}

// callCond holds for the calls of a data set that pass a filter.
func (s scope) callCond(dataset model.CallDataset, filter *model.CallFilter, includeDeleted bool) (cond, error) {
	filtered, err := s.filter(filter, callFilterColumns)
	if !includeDeleted {
		filtered = allOf(expr("call.deleted_at IS NULL"), filtered)
	}
	return s.inDataset(dataset, filtered), err
}

// inDataset narrows a condition to a data set.
func (s scope) inDataset(dataset model.CallDataset, c cond) cond {
	switch dataset {
	case model.CallDatasetNotClosed:
		return allOf(c, expr(notClosed, s.now))
	case model.CallDatasetClosed:
		return allOf(c, not(expr(notClosed, s.now)))
	}
	return c
}

// CallTags are the tags of calls, by call, sorted: one statement.
func (d *DB) CallTags(ctx context.Context, ids []string) (map[string][]string, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	return s.callTags(ctx, ids)
}

func (s scope) callTags(ctx context.Context, ids []string) (map[string][]string, error) {
	var rows []*model.CallTag
	if err := s.selectFrom(&rows).ExcludeColumn("tag_fold").Where("call_tag.call_id IN (?)", bun.List(ids)).
		Order("call_id", "tag").Scan(ctx); err != nil {
		return nil, err
	}
	tags := make(map[string][]string, len(ids))
	for _, row := range rows {
		tags[row.CallID] = append(tags[row.CallID], row.Tag)
	}
	return tags, nil
}

// CallsByID are calls by key, those that are there and not deleted: one statement.
func (d *DB) CallsByID(ctx context.Context, ids []string) (map[string]*model.Call, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*model.Call
	if err := s.selectFrom(&rows).ExcludeColumn(unlistedCallColumns...).Where("call.id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(c *model.Call) bool { return c.DeletedAt != nil })
	s.asRead(rows)
	calls := make(map[string]*model.Call, len(rows))
	for _, row := range rows {
		calls[row.ID] = row
	}
	return calls, nil
}

// CallDescriptions are the descriptions of calls, by call: one statement.
func (d *DB) CallDescriptions(ctx context.Context, ids []string) (map[string]*string, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*model.Call
	if err := s.selectFrom(&rows).Column("id", "description").Where("call.id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	descriptions := make(map[string]*string, len(rows))
	for _, row := range rows {
		descriptions[row.ID] = row.Description
	}
	return descriptions, nil
}

var callFilterColumns = map[string]filterColumn{
	"ID":                    {expr: "call.id"},
	"Name":                  {expr: "call.name", fold: "call.name_fold"},
	"Subject":               {expr: "call.subject", fold: "call.subject_fold"},
	"CallType":              {expr: "call.call_type"},
	"OutgoingCallStatus":    {expr: effectiveStatus},
	"CallStatus":            {expr: callStatus},
	"CallStartTime":         {expr: "call.call_start_time"},
	"CallDuration":          {expr: "call.call_duration_in_seconds", convert: seconds},
	"CallDurationInSeconds": {expr: "call.call_duration_in_seconds"},
	"CallPurpose":           {expr: "call.call_purpose"},
	"CallResult":            {expr: "call.call_result"},
	"CallAgenda":            {expr: "call.call_agenda", fold: "call.call_agenda_fold"},
	"Reminder":              {expr: "call.reminder"},
	"ScheduledInCrm":        {expr: "call.scheduled_in_crm"},
	"CtiEntry":              {expr: "call.cti_entry"},
	"CallerID":              {expr: "call.caller_id", fold: "call.caller_id_fold"},
	"DialledNumber":         {expr: "call.dialled_number", fold: "call.dialled_number_fold"},
	"VoiceRecording":        {expr: "call.voice_recording"},
	"Tags":                  {list: tagConds},
	"Description":           {expr: "call.description", fold: "call.description_fold"},
	"OwnerID":               {expr: "call.owner_id"},
	"OwnerType":             {expr: "call.owner_type"},
	"OwnerSubtype":          {expr: "call.owner_subtype"},
	"Attachments":           jsonList("call.attachments"),
	"Version":               {expr: "call.version"},
	"CreatedBy":             {expr: "call.created_by"},
	"CreatedAt":             {expr: "call.created_at"},
	"UpdatedBy":             {expr: "call.updated_by"},
	"UpdatedAt":             {expr: "call.updated_at"},
}

// tagConds finds calls by their tags, which are a table of their own.
func tagConds(t *filterer, o listOperators) cond {
	return t.tagged(o, "call.id IN (SELECT tagged.call_id FROM call_tags AS tagged WHERE tagged.tenant_id = ?", "tagged.call_id")
}

var callKeys = map[model.CallOrderField]sortKey[model.Call]{
	model.CallOrderFieldID:                    textKey("id", "call.id", func(c *model.Call) *string { return &c.ID }).required(),
	model.CallOrderFieldName:                  textKey("name", "call.name", func(c *model.Call) *string { return c.Name }),
	model.CallOrderFieldSubject:               textKey("subject", "call.subject", func(c *model.Call) *string { return c.Subject }),
	model.CallOrderFieldCallType:              enumKey("callType", "call.call_type", func(c *model.Call) *model.CallType { return c.CallType }),
	model.CallOrderFieldOutgoingCallStatus:    enumKey("outgoingCallStatus", effectiveStatus, (*model.Call).OutgoingCallStatus),
	model.CallOrderFieldCallStatus:            enumKey("callStatus", callStatus, (*model.Call).CallStatus),
	model.CallOrderFieldCallStartTime:         timeKey("callStartTime", "call.call_start_time", func(c *model.Call) *time.Time { return c.CallStartTime }),
	model.CallOrderFieldCallDurationInSeconds: intKey("callDurationInSeconds", "call.call_duration_in_seconds", func(c *model.Call) *int { return c.CallDurationInSeconds }),
	model.CallOrderFieldCallPurpose:           textKey("callPurpose", "call.call_purpose", func(c *model.Call) *string { return c.CallPurpose }),
	model.CallOrderFieldCallResult:            textKey("callResult", "call.call_result", func(c *model.Call) *string { return c.CallResult }),
	model.CallOrderFieldCallAgenda:            textKey("callAgenda", "call.call_agenda", func(c *model.Call) *string { return c.CallAgenda }),
	model.CallOrderFieldReminder:              textKey("reminder", "call.reminder", func(c *model.Call) *string { return c.Reminder }),
	model.CallOrderFieldScheduledInCrm:        boolKey("scheduledInCrm", "call.scheduled_in_crm", func(c *model.Call) *bool { return c.ScheduledInCrm }),
	model.CallOrderFieldCtiEntry:              boolKey("ctiEntry", "call.cti_entry", func(c *model.Call) *bool { return c.CtiEntry }),
	model.CallOrderFieldCallerID:              textKey("callerId", "call.caller_id", func(c *model.Call) *string { return c.StoredCallerID }),
	model.CallOrderFieldDialledNumber:         textKey("dialledNumber", "call.dialled_number", func(c *model.Call) *string { return c.StoredDialledNumber }),
	model.CallOrderFieldOwnerID:               textKey("ownerId", "call.owner_id", func(c *model.Call) *string { return c.OwnerID }),
	model.CallOrderFieldOwnerType:             textKey("ownerType", "call.owner_type", func(c *model.Call) *string { return c.OwnerType }),
	model.CallOrderFieldOwnerSubtype:          textKey("ownerSubtype", "call.owner_subtype", func(c *model.Call) *string { return c.OwnerSubtype }),
	model.CallOrderFieldVersion:               intKey("version", "call.version", func(c *model.Call) *int { return &c.Version }).required(),
	model.CallOrderFieldCreatedBy:             textKey("createdBy", "call.created_by", func(c *model.Call) *string { return &c.CreatedBy }).required(),
	model.CallOrderFieldCreatedAt:             timeKey("createdAt", "call.created_at", func(c *model.Call) *time.Time { return &c.CreatedAt }).required(),
	model.CallOrderFieldUpdatedBy:             textKey("updatedBy", "call.updated_by", func(c *model.Call) *string { return &c.UpdatedBy }).required(),
	model.CallOrderFieldUpdatedAt:             timeKey("updatedAt", "call.updated_at", func(c *model.Call) *time.Time { return &c.UpdatedAt }).required(),
}

// defaultCallOrder is latest start first, calls without a start last.
var defaultCallOrder = sortStep[model.Call]{sortKey: callKeys[model.CallOrderFieldCallStartTime], desc: true}

func callSortStep(o *model.CallOrder) sortStep[model.Call] {
	return sortStep[model.Call]{callKeys[o.Field], o.Direction == model.OrderDirectionDesc, o.Nulls == model.NullOrderFirst}
}
