package db

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

// MaxCallPage is the greatest page of calls.
const MaxCallPage = 1000

// What GraphQL derives at read time, as SQL; ? stands for now. model.Call has the same in Go, and a property test
// compares them.
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

// Call returns a call by its key; nil where there is none, or where it is deleted and includeDeleted is false. Where
// columns are asked for no others are read, else all but the description. It takes one statement.
func (d *DB) Call(ctx context.Context, id string, includeDeleted bool, asked ...Columns) (*model.Call, error) {
	call, err := rowByKey(ctx, d, &callEntity, id, cond{}, withDeletion(asked))
	if call == nil || call.DeletedAt != nil && !includeDeleted {
		return nil, err
	}
	noteDescriptions([]*model.Call{call}, asked)
	return call, err
}

// withDeletion returns the columns that are asked for and, where there are any, the one that says whether a call is
// deleted.
func withDeletion(asked []Columns) []Columns {
	if len(asked) == 0 {
		return nil
	}
	return append(slices.Clip(asked), deletedAtColumn)
}

var (
	deletedAtColumn   = CallColumns.Of("deletedAt")
	descriptionColumn = CallColumns.named([]string{"description"})
)

// noteDescriptions marks calls as having their description where it was asked for.
func noteDescriptions(calls []*model.Call, asked []Columns) {
	isLoaded := CallColumns.union(asked)&descriptionColumn != 0
	for _, c := range calls {
		c.DescriptionLoaded = isLoaded
	}
}

// CallQuery says which calls, in which order.
type CallQuery struct {
	Dataset        model.CallDataset
	Filter         *model.CallFilter
	IncludeDeleted bool
	OrderBy        []*model.CallOrder
	Columns        Columns // where they are asked for no others are read, else all but the description
	model.PageArgs
}

// Calls returns a page of calls. It returns BAD_USER_INPUT, LIMIT_EXCEEDED for a page or
// a filter that is too large, and FORBIDDEN for a filter or an order by what is masked. It takes one statement, and
// one more for the total where it is asked for.
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
	l := &list[model.Call]{scope: s, kind: "calls", maxSize: MaxCallPage, cond: cond, order: order,
		rows: CallColumns, asked: q.Columns, prepare: prepareRows[model.Call]}
	switch {
	case q.OrderBy != nil:
	case q.Filter == nil && !q.IncludeDeleted && q.Dataset == model.CallDatasetDefault:
		l.fixed = "page of calls"
	default:
		l.fixed = cond.steadyName("page of calls")
	}
	page, err := l.page(ctx, q.PageArgs)
	noteDescriptions(page.Nodes, []Columns{q.Columns})
	return &model.CallConnection{Page: page}, err
}

// callCond returns the condition on calls that they are in a data set and pass a filter.
func (s scope) callCond(dataset model.CallDataset, filter *model.CallFilter, includeDeleted bool) (cond, error) {
	filtered, err := s.filter(filter, callFilterColumns)
	fact := filtered.fact
	filtered.fact = nil
	if includeDeleted && filtered.split != nil && filtered.split.found != nil { // text blocks have no deleted calls
		filtered.split = nil
	}
	if !includeDeleted { // summaries count calls that are not deleted
		filtered = allOf(expr(isLive), filtered).countedBy(fact)
	}
	return s.inDataset(dataset, filtered), err
}

// inDataset returns a condition that holds for the calls of a data set for which c holds.
func (s scope) inDataset(dataset model.CallDataset, c cond) cond {
	switch dataset {
	case model.CallDatasetNotClosed:
		return allOf(c, s.isNotClosed())
	case model.CallDatasetClosed:
		return allOf(c, not(expr(notClosed, s.now)))
	}
	return c
}

// CallsByID returns calls by key; those that are missing or deleted are absent. Where columns are asked for no others
// are read, else all but the description. It takes one statement.
func (d *DB) CallsByID(ctx context.Context, ids []string, asked ...Columns) (map[string]*model.Call, error) {
	// Whether a call is deleted is checked here, not in SQL: with that condition PostgreSQL may choose an index of the
	// calls that are not deleted, and without statistics it does.
	calls, err := rowsByKey(ctx, d, &callEntity, ids, cond{}, withDeletion(asked))
	maps.DeleteFunc(calls, func(_ string, c *model.Call) bool { return c.DeletedAt != nil })
	noteDescriptions(slices.Collect(maps.Values(calls)), asked)
	return calls, err
}

// CallDescriptions returns the descriptions of calls, by call; calls that are missing are absent. It takes one
// statement.
func (d *DB) CallDescriptions(ctx context.Context, ids []string) (map[string]*string, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := callEntity.read(ctx, s, ids, cond{}, callEntity.columns.keys|descriptionColumn)
	if err != nil {
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
	"Name":                  {expr: "call.name", fold: "call.name_fold", lines: byCallName, isShort: true},
	"Subject":               {expr: "call.subject", fold: "call.subject_fold"},
	"CallType":              {expr: "call.call_type", counted: byCallType, plan: steady},
	"OutgoingCallStatus":    {expr: effectiveStatus, is: scope.outgoingStatusIs, counted: byOutgoingStatus},
	"CallStatus":            {expr: callStatus, is: scope.callStatusIs, counted: byCallStatus},
	"CallStartTime":         {expr: "call.call_start_time"},
	"CallDuration":          {expr: "call.call_duration_in_seconds", convert: seconds},
	"CallDurationInSeconds": {expr: "call.call_duration_in_seconds"},
	"CallPurpose":           {expr: "call.call_purpose", counted: byCallPurpose},
	"CallResult":            {expr: "call.call_result", counted: byCallResult},
	"CallAgenda":            {expr: "call.call_agenda", fold: "call.call_agenda_fold"},
	"Reminder":              {expr: "call.reminder", counted: byReminder},
	"ScheduledInCrm":        {expr: "call.scheduled_in_crm"},
	"CtiEntry":              {expr: "call.cti_entry"},
	"CallerID":              {expr: "call.caller_id", fold: "call.caller_id_fold", isShort: true},
	"DialledNumber":         {expr: "call.dialled_number", fold: "call.dialled_number_fold", isShort: true},
	"VoiceRecording":        {expr: "call.voice_recording"},
	"Tags":                  {list: tagConds},
	"Description":           {expr: "call.description", fold: "call.description_fold"},
	"OwnerID":               {expr: "call.owner_id"},
	"OwnerType":             {expr: "call.owner_type", counted: byOwnerType},
	"OwnerSubtype":          {expr: "call.owner_subtype", counted: byOwnerSubtype},
	"Attachments":           jsonList("call.attachments"),
	"Version":               {expr: "call.version"},
	"CreatedBy":             {expr: "call.created_by"},
	"CreatedByKind":         {expr: "call.created_by_kind", counted: byCallCreatorKind},
	"CreatedAt":             {expr: "call.created_at"},
	"UpdatedBy":             {expr: "call.updated_by"},
	"UpdatedAt":             {expr: "call.updated_at"},
}

var callKeys = map[model.CallOrderField]sortKey[model.Call]{
	model.CallOrderFieldID: textKey("id", "call.id",
		func(c *model.Call) *string { return &c.ID }).required(),
	model.CallOrderFieldName: textKey("name", "call.name",
		func(c *model.Call) *string { return c.Name }),
	model.CallOrderFieldSubject: textKey("subject", "call.subject",
		func(c *model.Call) *string { return c.Subject }),
	model.CallOrderFieldCallType: enumKey("callType", "call.call_type",
		func(c *model.Call) *model.CallType { return c.CallType }),
	model.CallOrderFieldOutgoingCallStatus: enumKey("outgoingCallStatus", effectiveStatus,
		(*model.Call).OutgoingCallStatus),
	model.CallOrderFieldCallStatus: enumKey("callStatus", callStatus,
		(*model.Call).CallStatus),
	model.CallOrderFieldCallStartTime: timeKey("callStartTime", "call.call_start_time",
		func(c *model.Call) *time.Time { return c.CallStartTime }).falling(),
	model.CallOrderFieldCallDurationInSeconds: intKey("callDurationInSeconds", "call.call_duration_in_seconds",
		func(c *model.Call) *int { return c.CallDurationInSeconds }),
	model.CallOrderFieldCallPurpose: textKey("callPurpose", "call.call_purpose",
		func(c *model.Call) *string { return c.CallPurpose }),
	model.CallOrderFieldCallResult: textKey("callResult", "call.call_result",
		func(c *model.Call) *string { return c.CallResult }),
	model.CallOrderFieldCallAgenda: textKey("callAgenda", "call.call_agenda",
		func(c *model.Call) *string { return c.CallAgenda }),
	model.CallOrderFieldReminder: textKey("reminder", "call.reminder",
		func(c *model.Call) *string { return c.Reminder }),
	model.CallOrderFieldScheduledInCrm: boolKey("scheduledInCrm", "call.scheduled_in_crm",
		func(c *model.Call) *bool { return c.ScheduledInCrm }),
	model.CallOrderFieldCtiEntry: boolKey("ctiEntry", "call.cti_entry",
		func(c *model.Call) *bool { return c.CtiEntry }),
	model.CallOrderFieldCallerID: textKey("callerId", "call.caller_id",
		func(c *model.Call) *string { return c.StoredCallerID }),
	model.CallOrderFieldDialledNumber: textKey("dialledNumber", "call.dialled_number",
		func(c *model.Call) *string { return c.StoredDialledNumber }),
	model.CallOrderFieldOwnerID: textKey("ownerId", "call.owner_id",
		func(c *model.Call) *string { return c.OwnerID }),
	model.CallOrderFieldOwnerType: textKey("ownerType", "call.owner_type",
		func(c *model.Call) *string { return c.OwnerType }),
	model.CallOrderFieldOwnerSubtype: textKey("ownerSubtype", "call.owner_subtype",
		func(c *model.Call) *string { return c.OwnerSubtype }),
	model.CallOrderFieldVersion: intKey("version", "call.version",
		func(c *model.Call) *int { return &c.Version }).required(),
	model.CallOrderFieldCreatedBy: textKey("createdBy", "call.created_by",
		func(c *model.Call) *string { return &c.CreatedBy }).required(),
	model.CallOrderFieldCreatedByKind: enumKey("createdByKind", "call.created_by_kind",
		func(c *model.Call) *model.CreatorKind { return c.CreatedByKind }),
	model.CallOrderFieldCreatedAt: timeKey("createdAt", "call.created_at",
		func(c *model.Call) *time.Time { return &c.CreatedAt }).required(),
	model.CallOrderFieldUpdatedBy: textKey("updatedBy", "call.updated_by",
		func(c *model.Call) *string { return &c.UpdatedBy }).required(),
	model.CallOrderFieldUpdatedAt: timeKey("updatedAt", "call.updated_at",
		func(c *model.Call) *time.Time { return &c.UpdatedAt }).required(),
}

// defaultCallOrder is the latest start first, calls without a start last.
var defaultCallOrder = sortStep[model.Call]{sortKey: callKeys[model.CallOrderFieldCallStartTime], desc: true}

func callSortStep(o *model.CallOrder) sortStep[model.Call] {
	return newSortStep(callKeys[o.Field], o.Direction, o.Nulls)
}

// CallKeyState returns whether a key can be given to a new call. It returns BAD_USER_INPUT for a key that no call can
// have. It takes one statement.
func (d *DB) CallKeyState(ctx context.Context, id string) (model.CallKeyState, error) {
	if err := model.CheckKey("id", id); err != nil {
		return "", err
	}
	s, err := d.read(ctx)
	if err != nil {
		return "", err
	}
	var rows []*model.Call
	err = s.ofTenant().selectReady(ctx, shape{name: "state of a call's key"}, &rows, func(t scope, param func(int) any,
	) *bun.SelectQuery {
		return t.selectAny((*model.Call)(nil)).Column("deleted_at").Where("call.id = ?", param(0))
	}, id)
	if err != nil {
		return "", err
	}
	switch {
	case len(rows) == 0:
		return model.CallKeyStateFree, nil
	case rows[0].DeletedAt != nil:
		return model.CallKeyStateDeleted, nil
	}
	return model.CallKeyStateTaken, nil
}
