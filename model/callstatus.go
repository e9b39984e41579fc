package model

import "slices"

// OutgoingCallStatus returns the effective status: OVERDUE for a scheduled call whose start had passed when it was
// read, else the stored status, nil where there is none.
func (c *Call) OutgoingCallStatus() *OutgoingCallStatus {
	if c.StoredStatus != nil && *c.StoredStatus == OutgoingCallStatusScheduled &&
		c.CallStartTime != nil && c.CallStartTime.Before(c.AsOf) {
		return new(OutgoingCallStatusOverdue)
	}
	return c.StoredStatus
}

// CallStatus returns the one status that the CRM derives of type, effective status and duration, nil where the call has
// neither a type nor a status that decides it.
func (c *Call) CallStatus() *CallStatus {
	if c.CallType != nil && *c.CallType == CallTypeMissed {
		return new(CallStatusMissed)
	}
	if status := c.OutgoingCallStatus(); status != nil {
		switch *status {
		case OutgoingCallStatusScheduled:
			return new(CallStatusScheduled)
		case OutgoingCallStatusOverdue:
			return new(CallStatusOverdue)
		case OutgoingCallStatusCancelled:
			return new(CallStatusCancelled)
		}
	}
	switch {
	case c.CallType == nil:
		return nil
	case *c.CallType == CallTypeInbound:
		return new(CallStatusReceived)
	case c.CallDurationInSeconds != nil && *c.CallDurationInSeconds > 0:
		return new(CallStatusAttendedDialled)
	}
	return new(CallStatusUnattendedDialled)
}

// noStatus stands for no outgoing status in the table of transitions.
const noStatus OutgoingCallStatus = ""

// statusTransitions lists, for each stored status of an existing call, the statuses that may follow it, whoever
// writes the call. Keeping a status is always allowed. A scheduled call can be completed, cancelled or unscheduled, a
// cancelled one scheduled again; a completed one stays completed.
var statusTransitions = map[OutgoingCallStatus][]OutgoingCallStatus{
	noStatus:                    {OutgoingCallStatusScheduled, OutgoingCallStatusCompleted, OutgoingCallStatusCancelled},
	OutgoingCallStatusScheduled: {OutgoingCallStatusCompleted, OutgoingCallStatusCancelled, noStatus},
	OutgoingCallStatusCancelled: {OutgoingCallStatusScheduled},
	OutgoingCallStatusCompleted: {},
}

// checkTransition returns a BAD_USER_INPUT error for a transition that is not in the table, nil for any other.
func checkTransition(from, to *OutgoingCallStatus) *Error {
	a, b := deref(from), deref(to)
	if a == b || slices.Contains(statusTransitions[a], b) {
		return nil
	}
	return BadInput("outgoingCallStatus", "cannot go from %s to %s", describeStatus(a), describeStatus(b))
}

func describeStatus(s OutgoingCallStatus) string {
	if s == noStatus {
		return "no status"
	}
	return string(s)
}
