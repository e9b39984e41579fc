package db

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

// MaxRecordPage is the greatest page of call records, as in the platform's own document.
const MaxRecordPage = 100

// CallRecord returns a record by its key; nil where there is none. Where columns are asked for no others are read. It
// takes one statement.
func (d *DB) CallRecord(ctx context.Context, id int64, asked ...Columns) (*model.CallRecord, error) {
	return rowByKey(ctx, d, &recordEntity, id, cond{}, asked)
}

// CallRecordsByID returns records by key; those that are missing are absent. Where columns are asked for no others are
// read. It takes one statement, none for no keys.
func (d *DB) CallRecordsByID(ctx context.Context, ids []int64, asked ...Columns,
) (map[int64]*model.CallRecord, error) {
	return rowsByKey(ctx, d, &recordEntity, ids, cond{}, asked)
}

// RecordQuery says which call records, in which order.
type RecordQuery struct {
	Filter  *model.CallRecordFilter
	OrderBy []*model.CallRecordOrder
	Columns Columns // where they are asked for no others are read
	model.PageArgs
}

// CallRecords returns a page of call records. It returns BAD_USER_INPUT, LIMIT_EXCEEDED for a page or a filter that
// is too large, and FORBIDDEN for a filter or an order by what is masked, or a filter by customers whom the actor may
// not read. It takes one statement, and one more for the total where it is asked for.
func (d *DB) CallRecords(ctx context.Context, q RecordQuery) (*model.CallRecordConnection, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	l, err := s.recordList(q)
	if err != nil {
		return nil, err
	}
	if q.OrderBy == nil && l.fixed == "" {
		l.fixed = l.cond.steadyName("page of call records")
	}
	l.prepare = prepareRows[model.CallRecord]
	page, err := l.page(ctx, q.PageArgs)
	return &model.CallRecordConnection{Page: page}, err
}

// recordList returns the list of the records that a query asks for.
func (s scope) recordList(q RecordQuery) (*list[model.CallRecord], error) {
	order, err := orderOf(s, q.OrderBy, recordSortStep, recordKeys[model.CallRecordOrderFieldID], defaultRecordOrder)
	if err != nil {
		return nil, err
	}
	cond, err := s.filter(q.Filter, recordFilterColumns)
	l := &list[model.CallRecord]{scope: s, kind: "callRecords", maxSize: MaxRecordPage, cond: cond, order: order,
		rows: RecordColumns, asked: q.Columns}
	if q.Filter == nil && q.OrderBy == nil {
		l.fixed = "page of call records"
	}
	return l, err
}

// CallDetails returns the transcripts of records, by record, each in order; records without turns are absent. Where
// columns are asked for no others are read. It takes one statement, none for no keys.
func (d *DB) CallDetails(ctx context.Context, recordIDs []int64, asked ...Columns,
) (map[int64][]*model.CallDetail, error) {
	s, err := d.read(ctx)
	if err != nil || len(recordIDs) == 0 {
		return map[int64][]*model.CallDetail{}, err
	}
	var rows []*model.CallDetail
	sh := shape{name: "turns of records", selected: DetailColumns.union(asked), ofMany: len(recordIDs) != 1}
	err = s.selectReady(ctx, sh, &rows, func(t scope, param func(int) any) *bun.SelectQuery {
		q := t.selectFrom((*model.CallDetail)(nil)).ColumnExpr(DetailColumns.list(sh.selected))
		return where(q, t.amongKeys(sh.ofMany, "call_detail.call_record_id", param(0))).
			OrderExpr("call_detail.call_record_id, call_detail.position")
	}, keyArgument(s, recordIDs))
	return detailsByRecord(rows), err
}

// detailsByRecord returns turns by record, in their order.
func detailsByRecord(rows []*model.CallDetail) map[int64][]*model.CallDetail {
	details := map[int64][]*model.CallDetail{}
	for _, row := range rows {
		details[row.CallRecordID] = append(details[row.CallRecordID], row)
	}
	return details
}

// callDetails returns the transcripts of records, by record, each in order, without the columns that are left out. It
// takes one statement, none for no keys.
func (s scope) callDetails(ctx context.Context, recordIDs []int64, without ...string,
) (map[int64][]*model.CallDetail, error) {
	if len(recordIDs) == 0 {
		return map[int64][]*model.CallDetail{}, nil
	}
	var rows []*model.CallDetail
	err := s.selectFrom(&rows).ExcludeColumn(without...).
		Where("call_detail.call_record_id IN (?)", bun.List(recordIDs)).
		Order("call_record_id", "position").Scan(ctx)
	return detailsByRecord(rows), err
}

// hasTranscript is the condition on records that they have a turn. ? is the tenant: compared with the record's,
// PostgreSQL may choose to read the turns of all tenants first.
const hasTranscript = "EXISTS (SELECT 1 FROM call_details AS turn" +
	" WHERE turn.tenant_id = ? AND turn.call_record_id = call_record.id)"

// searchWords returns the condition of the platform's search: by number, record id or customer name, as far as the
// actor may see them.
func searchWords(t *filterer, field, words string) cond {
	words = strings.TrimSpace(words)
	if words == "" {
		return cond{}
	}
	t.lists++
	if !t.checkSearch(field, words) {
		return never
	}
	conds := []cond{never}
	if id, err := model.ParseLong(words); err == nil {
		conds = append(conds, expr("(call_record.id = ?)", id))
	}
	if seen := t.seen("CallRecord", "calledPhoneNumber"); !seen.never {
		conds = append(conds, allOf(seen.cond, t.contains(calledNumberColumn, field, words)))
	}
	if t.scope.actor.May(model.PermissionCustomerPersonRead) {
		named := t.contains(customerFilterColumns["Name"], field, words)
		return t.byNamedCustomers(conds, named)
	}
	return anyOf(conds...)
}

var calledNumberColumn = filterColumn{
	expr: "call_record.called_phone_number", fold: "call_record.called_phone_number_fold", lines: byCalledNumber,
	isShort: true,
}

var recordFilterColumns = map[string]filterColumn{
	"CustomerPerson":    {nested: customerFilterColumns},
	"CustomerGroupID":   {customer: "CustomerGroupID"},
	"Phone":             {expr: "call_record.called_phone_digits", convert: digits, isPhone: true},
	"SearchWords":       {text: searchWords},
	"HasRecording":      {expr: "(call_record.full_audio_url IS NOT NULL OR call_record.customer_audio_url IS NOT NULL)"},
	"HasTranscript":     {expr: hasTranscript, ofTenant: true},
	"Tags":              {list: recordTagConds},
	"ID":                {expr: "call_record.id"},
	"RobotCallJobID":    {expr: "call_record.robot_call_job_id", plan: leading},
	"DialogFlowID":      {expr: "call_record.dialog_flow_id"},
	"RobotCallTaskID":   {expr: "call_record.robot_call_task_id"},
	"PhoneNumberID":     {expr: "call_record.phone_number_id"},
	"CustomerPersonID":  {expr: "call_record.customer_person_id", plan: leading},
	"CalledPhoneNumber": calledNumberColumn,
	"ResultStatus":      {expr: "call_record.result_status", counted: byResultStatus, plan: steady},
	"IntentLevel":       {expr: "call_record.intent_level", counted: byIntentLevel, plan: steady},
	"RealIntentLevel":   {expr: "call_record.real_intent_level", counted: byRealIntent, plan: steady},
	"CustomerConcern":   {list: concerns},
	"Attributes":        jsonList("call_record.attributes"),
	"FullAudioURL":      {expr: "call_record.full_audio_url"},
	"CustomerAudioURL":  {expr: "call_record.customer_audio_url"},
	"AnalysisBasis":     {expr: "call_record.analysis_basis"},
	"StartTime":         {expr: "call_record.start_time"},
	"EndTime":           {expr: "call_record.end_time"},
	"ChatDuration":      {expr: "call_record.chat_duration"},
	"ChatRound":         {expr: "call_record.chat_round"},
	"ReadStatus":        {expr: "call_record.read_status", counted: byReadStatus, plan: steady},
	"Version":           {expr: "call_record.version"},
	"CreatedBy":         {expr: "call_record.created_by"},
	"CreatedByKind":     {expr: "call_record.created_by_kind", counted: byRecordCreatorKind},
	"CreatedAt":         {expr: "call_record.created_at"},
	"UpdatedBy":         {expr: "call_record.updated_by"},
	"UpdatedAt":         {expr: "call_record.updated_at"},
}

var recordKeys = map[model.CallRecordOrderField]sortKey[model.CallRecord]{
	model.CallRecordOrderFieldID: longKey("id", "call_record.id",
		func(r *model.CallRecord) *int64 { return &r.ID }).required(),
	model.CallRecordOrderFieldRobotCallJobID: longKey("robotCallJobId", "call_record.robot_call_job_id",
		func(r *model.CallRecord) *int64 { return r.RobotCallJobID }),
	model.CallRecordOrderFieldDialogFlowID: longKey("dialogFlowId", "call_record.dialog_flow_id",
		func(r *model.CallRecord) *int64 { return r.DialogFlowID }),
	model.CallRecordOrderFieldRobotCallTaskID: longKey("robotCallTaskId", "call_record.robot_call_task_id",
		func(r *model.CallRecord) *int64 { return r.RobotCallTaskID }),
	model.CallRecordOrderFieldCustomerPersonID: longKey("customerPersonId", "call_record.customer_person_id",
		func(r *model.CallRecord) *int64 { return r.CustomerPersonID }),
	model.CallRecordOrderFieldCalledPhoneNumber: textKey("calledPhoneNumber", "call_record.called_phone_number",
		func(r *model.CallRecord) *string { return r.StoredPhoneNumber }),
	model.CallRecordOrderFieldResultStatus: enumKey("resultStatus", "call_record.result_status",
		func(r *model.CallRecord) *model.ResultStatus { return r.ResultStatus }),
	model.CallRecordOrderFieldIntentLevel: enumKey("intentLevel", "call_record.intent_level",
		func(r *model.CallRecord) *model.IntentLevel { return r.IntentLevel }),
	model.CallRecordOrderFieldRealIntentLevel: enumKey("realIntentLevel", "call_record.real_intent_level",
		func(r *model.CallRecord) *model.IntentLevel { return r.RealIntentLevel }),
	model.CallRecordOrderFieldStartTime: timeKey("startTime", "call_record.start_time",
		func(r *model.CallRecord) *time.Time { return r.StartTime }).falling(),
	model.CallRecordOrderFieldEndTime: timeKey("endTime", "call_record.end_time",
		func(r *model.CallRecord) *time.Time { return r.EndTime }),
	model.CallRecordOrderFieldChatDuration: intKey("chatDuration", "call_record.chat_duration",
		func(r *model.CallRecord) *int { return r.ChatDuration }),
	model.CallRecordOrderFieldChatRound: intKey("chatRound", "call_record.chat_round",
		func(r *model.CallRecord) *int { return r.ChatRound }),
	model.CallRecordOrderFieldReadStatus: enumKey("readStatus", "call_record.read_status",
		func(r *model.CallRecord) *model.ReadStatus { return &r.ReadStatus }).required(),
	model.CallRecordOrderFieldCreatedAt: timeKey("createdAt", "call_record.created_at",
		func(r *model.CallRecord) *time.Time { return &r.CreatedAt }).required(),
	model.CallRecordOrderFieldUpdatedAt: timeKey("updatedAt", "call_record.updated_at",
		func(r *model.CallRecord) *time.Time { return &r.UpdatedAt }).required(),
}

// defaultRecordOrder is the latest start first, records without a start last.
var defaultRecordOrder = sortStep[model.CallRecord]{
	sortKey: recordKeys[model.CallRecordOrderFieldStartTime], desc: true,
}

func recordSortStep(o *model.CallRecordOrder) sortStep[model.CallRecord] {
	return newSortStep(recordKeys[o.Field], o.Direction, o.Nulls)
}
