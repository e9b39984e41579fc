package model

import "slices"

// OutgoingCallStatus is the effective status: a scheduled call whose start has passed reads as OVERDUE.
func (c *Call) OutgoingCallStatus() *OutgoingCallStatus {
	if c.StoredStatus != nil && *c.StoredStatus == OutgoingCallStatusScheduled &&
		c.CallStartTime != nil && c.CallStartTime.Before(c.AsOf) {
		return new(OutgoingCallStatusOverdue)
	}
	return c.StoredStatus
}

// CallStatus is what kind of call this is; null where type, status and duration do not tell.
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

// noStatus is the state of a call without an outgoing status.
const noStatus OutgoingCallStatus = ""

// statusTransitions says which stored status may follow which on an existing call, whoever writes it; staying is always allowed.
// A plan can be carried out, called off or taken back, and one that was called off made anew; what is done stays done.
var statusTransitions = map[OutgoingCallStatus][]OutgoingCallStatus{
	noStatus:                    {OutgoingCallStatusScheduled, OutgoingCallStatusCompleted, OutgoingCallStatusCancelled},
	OutgoingCallStatusScheduled: {OutgoingCallStatusCompleted, OutgoingCallStatusCancelled, noStatus},
	OutgoingCallStatusCancelled: {OutgoingCallStatusScheduled},
	OutgoingCallStatusCompleted: {},
}

// checkTransition refuses a move that the table does not have, naming both states.
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
