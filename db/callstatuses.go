package db

import (
	"reflect"

	"callbook/model"
)

// Conditions on the stored columns of calls, of which the statuses are made.
const (
	isScheduled = "call.outgoing_call_status = 'SCHEDULED'"
	isOverdue   = isScheduled + " AND call.call_start_time < ?"
	isAhead     = isScheduled + " AND (call.call_start_time >= ? OR call.call_start_time IS NULL)"
	isNotMissed = "(call.call_type IS NULL OR call.call_type <> 'MISSED')"
	hasTaken    = "(call.outgoing_call_status IS NULL OR call.outgoing_call_status = 'COMPLETED')"
	isPlanned   = "call.outgoing_call_status IS NULL AND call.call_start_time > ? AND " + isNotMissed
)

// outgoingStatusIs returns the condition that a call's effective outgoing status is one, over the stored columns, so
// that an index serves it.
func (s scope) outgoingStatusIs(status string) cond {
	switch model.OutgoingCallStatus(status) {
	case model.OutgoingCallStatusOverdue:
		return expr("("+isOverdue+")", s.now)
	case model.OutgoingCallStatusScheduled:
		return expr("("+isAhead+")", s.now)
	}
	return expr("(call.outgoing_call_status = ?)", status).countedBy(&fact{byOutgoingStatus, status}).withPlan(leading)
}

// callStatusIs returns the condition that a call's status is one, over the stored columns.
func (s scope) callStatusIs(status string) cond {
	switch model.CallStatus(status) {
	case model.CallStatusOverdue:
		return expr("("+isOverdue+" AND "+isNotMissed+")", s.now)
	case model.CallStatusScheduled:
		return expr("("+isAhead+" AND "+isNotMissed+")", s.now)
	}
	return expr(timelessStatuses[model.CallStatus(status)]).countedBy(&fact{byCallStatus, status})
}

// timelessStatuses are the conditions of the call statuses that do not depend on the time.
var timelessStatuses = map[model.CallStatus]string{
	model.CallStatusMissed:    "(call.call_type = 'MISSED')",
	model.CallStatusCancelled: "(call.outgoing_call_status = 'CANCELLED' AND " + isNotMissed + ")",
	model.CallStatusReceived:  "(call.call_type = 'INBOUND' AND " + hasTaken + ")",
	model.CallStatusAttendedDialled: "(call.call_type = 'OUTBOUND' AND " + hasTaken +
		" AND call.call_duration_in_seconds > 0)",
	model.CallStatusUnattendedDialled: "(call.call_type = 'OUTBOUND' AND " + hasTaken +
		" AND (call.call_duration_in_seconds IS NULL OR call.call_duration_in_seconds <= 0))",
}

// isOneOf returns the condition that a column with is has one of the values of a list.
func (c filterColumn) isOneOf(s scope, list reflect.Value) cond {
	var conds []cond
	var parts []splitPart
	seen := map[string]bool{}
	for i := range list.Len() {
		value := list.Index(i).String()
		if seen[value] {
			continue
		}
		seen[value] = true
		conds = append(conds, c.is(s, value))
		parts = append(parts, splitPart{cond: c.is(s, value)})
	}
	one := anyOf(conds...)
	if len(parts) > 1 && len(parts) <= maxSplitParts {
		return one.splitBy(split{parts: parts, order: "callStartTime", count: true})
	}
	return one
}

// isNotClosed returns the condition on the calls of the data set NOT_CLOSED.
func (s scope) isNotClosed() cond {
	return expr(notClosed, s.now).splitBy(split{order: "callStartTime", count: true, parts: []splitPart{
		{cond: expr("(" + isScheduled + ")")}, {cond: expr("("+isPlanned+")", s.now), lead: "call.outgoing_call_status"},
	}})
}
