package db

import (
	"github.com/uptrace/bun"

	"callbook/model"
)

// dimension is what rows are grouped by.
type dimension struct {
	field    string    // of the schema: of the key and of the filter
	key      string    // the same as Go names it
	expr     string    // the value; ? stands for now
	isNumber bool      // it is selected as a number: of keys, truth values and times
	isBool   bool      // a truth value
	isLong   bool      // a numeric key, which is text in the schema
	part     localPart // of the start; empty for others
	list     string    // the table by which rows have several values; empty for none
	status   bool      // it depends on the time, so that drillDown writes it out
}

// groupSource says how rows of a kind are grouped.
type groupSource struct {
	typeName   string
	rows       any
	columns    map[string]filterColumn
	start      string // the column of the start
	startField string
	dimensions map[string]dimension // by their names in the schema
	distinct   map[string]dimension // whose values are counted
	numbers    map[string]string    // columns of which figures are computed
	answered   string               // condition on rows that count as answered
	attempts   string               // condition on rows among which they are counted; empty for all
	lists      map[string]func(scope) listJoin
}

// listJoin joins the values of rows' lists.
type listJoin struct {
	sql  string
	args []any
}

func textDimension(field, key, expr string) dimension {
	return dimension{field: field, key: key, expr: expr}
}

func longDimension(field, key, expr string) dimension {
	return dimension{field: field, key: key, expr: expr, isNumber: true, isLong: true}
}

func boolDimension(field, key, expr string) dimension {
	return dimension{field: field, key: key, expr: "CAST(" + expr + " AS integer)", isNumber: true, isBool: true}
}

func statusDimension(field, key, expr string) dimension {
	return dimension{field: field, key: key, expr: expr, status: true}
}

// withTimes adds the dimensions of the start to those of a kind of rows.
func withTimes(dimensions map[string]dimension) map[string]dimension {
	for name, time := range map[string]dimension{
		"MINUTE_OF_DAY": {field: "minuteOfDay", key: "MinuteOfDay", part: minuteOfDay},
		"HOUR_OF_DAY":   {field: "hourOfDay", key: "HourOfDay", part: hourOfDay},
		"WEEKDAY":       {field: "weekday", key: "Weekday", part: weekday},
		"DAY":           {field: "day", key: "Day", part: ofDay},
		"WEEK":          {field: "week", key: "Week", part: ofWeek},
		"MONTH":         {field: "month", key: "Month", part: ofMonth},
		"QUARTER":       {field: "quarter", key: "Quarter", part: ofQuarter},
		"YEAR":          {field: "year", key: "Year", part: ofYear},
	} {
		time.isNumber = true
		dimensions[name] = time
	}
	return dimensions
}

var groupsOfCalls = &groupSource{
	typeName: "Call", rows: (*model.Call)(nil), columns: callFilterColumns,
	start: "call.call_start_time", startField: "callStartTime",
	dimensions: withTimes(map[string]dimension{
		"CALL_TYPE":            textDimension("callType", "CallType", "call.call_type"),
		"OUTGOING_CALL_STATUS": statusDimension("outgoingCallStatus", "OutgoingCallStatus", effectiveStatus),
		"CALL_STATUS":          statusDimension("callStatus", "CallStatus", callStatus),
		"CALL_PURPOSE":         textDimension("callPurpose", "CallPurpose", "call.call_purpose"),
		"CALL_RESULT":          textDimension("callResult", "CallResult", "call.call_result"),
		"REMINDER":             textDimension("reminder", "Reminder", "call.reminder"),
		"SCHEDULED_IN_CRM":     boolDimension("scheduledInCrm", "ScheduledInCrm", "call.scheduled_in_crm"),
		"CTI_ENTRY":            boolDimension("ctiEntry", "CtiEntry", "call.cti_entry"),
		"TAG":                  {field: "tags", key: "Tag", expr: "tagged.tag", list: "tags"},
		"OWNER_ID":             textDimension("ownerId", "OwnerID", "call.owner_id"),
		"OWNER_TYPE":           textDimension("ownerType", "OwnerType", "call.owner_type"),
		"OWNER_SUBTYPE":        textDimension("ownerSubtype", "OwnerSubtype", "call.owner_subtype"),
		"CALLER_ID":            textDimension("callerId", "CallerID", "call.caller_id"),
		"DIALLED_NUMBER":       textDimension("dialledNumber", "DialledNumber", "call.dialled_number"),
		"CREATED_BY":           textDimension("createdBy", "CreatedBy", "call.created_by"),
		"UPDATED_BY":           textDimension("updatedBy", "UpdatedBy", "call.updated_by"),
	}),
	distinct: map[string]dimension{
		"CALLER_ID":      textDimension("callerId", "", "call.caller_id"),
		"DIALLED_NUMBER": textDimension("dialledNumber", "", "call.dialled_number"),
		"OWNER_ID":       textDimension("ownerId", "", "call.owner_id"),
		"CREATED_BY":     textDimension("createdBy", "", "call.created_by"),
	},
	numbers: map[string]string{model.StatsDuration: "call.call_duration_in_seconds"},
	answered: "(" + timelessStatuses[model.CallStatusReceived] + " OR " +
		timelessStatuses[model.CallStatusAttendedDialled] + ")",
	attempts: "(call.call_type = 'MISSED' OR (call.call_type IN ('INBOUND', 'OUTBOUND') AND " + hasTaken + "))",
	lists: map[string]func(scope) listJoin{"tags": func(s scope) listJoin {
		return listJoin{"LEFT JOIN (?) AS tagged ON tagged.tenant_id = call.tenant_id AND tagged.call_id = call.id",
			[]any{s.selectFrom((*model.CallTag)(nil)).Column("tenant_id", "call_id", "tag")}}
	}},
}

var groupsOfRecords = &groupSource{
	typeName: "CallRecord", rows: (*model.CallRecord)(nil), columns: recordFilterColumns,
	start: "call_record.start_time", startField: "startTime",
	dimensions: withTimes(map[string]dimension{
		"RESULT_STATUS":     textDimension("resultStatus", "ResultStatus", "call_record.result_status"),
		"INTENT_LEVEL":      textDimension("intentLevel", "IntentLevel", "call_record.intent_level"),
		"REAL_INTENT_LEVEL": textDimension("realIntentLevel", "RealIntentLevel", "call_record.real_intent_level"),
		"READ_STATUS":       textDimension("readStatus", "ReadStatus", "call_record.read_status"),
		"ROBOT_CALL_JOB_ID": longDimension("robotCallJobId", "RobotCallJobID", "call_record.robot_call_job_id"),
		"DIALOG_FLOW_ID":    longDimension("dialogFlowId", "DialogFlowID", "call_record.dialog_flow_id"),
		"PHONE_NUMBER_ID":   longDimension("phoneNumberId", "PhoneNumberID", "call_record.phone_number_id"),
		"CUSTOMER_GROUP_ID": {field: "customerGroupId", key: "CustomerGroupID", expr: "customer.customer_group_id",
			isNumber: true, isLong: true, list: "customers"},
		"CUSTOMER_CONCERN": {field: "customerConcern", key: "CustomerConcern", expr: "concerned.value",
			list: "concerns"},
		"TAG":                 {field: "tags", key: "Tag", expr: "tagged.tag", list: "tags"},
		"CALLED_PHONE_NUMBER": textDimension("calledPhoneNumber", "CalledPhoneNumber", "call_record.called_phone_number"),
		"CREATED_BY":          textDimension("createdBy", "CreatedBy", "call_record.created_by"),
		"UPDATED_BY":          textDimension("updatedBy", "UpdatedBy", "call_record.updated_by"),
	}),
	distinct: map[string]dimension{
		"CALLED_PHONE_NUMBER": textDimension("calledPhoneNumber", "", "call_record.called_phone_number"),
		"CUSTOMER_PERSON_ID":  longDimension("customerPersonId", "", "call_record.customer_person_id"),
		"ROBOT_CALL_JOB_ID":   longDimension("robotCallJobId", "", "call_record.robot_call_job_id"),
		"DIALOG_FLOW_ID":      longDimension("dialogFlowId", "", "call_record.dialog_flow_id"),
	},
	numbers: map[string]string{
		model.StatsDuration: "call_record.chat_duration", model.StatsRounds: "call_record.chat_round",
	},
	answered: "(" + isAnswered + ")",
	lists: map[string]func(scope) listJoin{
		"tags": func(s scope) listJoin {
			return listJoin{"LEFT JOIN (?) AS tagged ON tagged.tenant_id = call_record.tenant_id" +
				" AND tagged.call_record_id = call_record.id",
				[]any{s.selectFrom((*model.CallRecordTag)(nil)).Column("tenant_id", "call_record_id", "tag")}}
		},
		"customers": func(s scope) listJoin {
			return listJoin{"LEFT JOIN (?) AS customer ON customer.tenant_id = call_record.tenant_id" +
				" AND customer.id = call_record.customer_person_id",
				[]any{s.selectFrom((*model.CustomerPerson)(nil)).Column("tenant_id", "id", "customer_group_id")}}
		},
		"concerns": func(s scope) listJoin { return listJoin{sql: s.dialect.concernsJoin} },
	},
}

// isSeen reports whether the actor sees a field of the rows clear in all of them, so that groups may show its values.
func (g *groupSource) isSeen(actor model.Actor, d dimension) bool {
	return !actor.Visibility.Hides(g.typeName, d.field)
}

// join adds the tables of the lists by which rows are grouped, each once.
func (g *groupSource) join(s scope, q *bun.SelectQuery, dimensions []dimension) {
	seen := map[string]bool{"": true}
	for _, d := range dimensions {
		if !seen[d.list] {
			seen[d.list] = true
			join := g.lists[d.list](s)
			q.Join(join.sql, join.args...)
		}
	}
}
