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

// noStatus stands for no outgoing status.
const noStatus OutgoingCallStatus = ""

// Stored statuses from which the verbs take a call, by the table of status moves in the domain's description. Patches
// and imports are corrections: they may set or clear any status.
var (
	reschedulableFrom = []OutgoingCallStatus{noStatus, OutgoingCallStatusScheduled, OutgoingCallStatusCancelled}
	completableFrom   = []OutgoingCallStatus{noStatus, OutgoingCallStatusScheduled, OutgoingCallStatusCompleted}
	cancellableFrom   = []OutgoingCallStatus{noStatus, OutgoingCallStatusScheduled, OutgoingCallStatusCancelled}
)

// checkMove returns a BAD_USER_INPUT error where the patch is a verb's and does not take a call of the stored status,
// else nil.
func (p *CallPatch) checkMove(stored, to *OutgoingCallStatus) *Error {
	from := deref(stored)
	if p.allowedFrom == nil || slices.Contains(p.allowedFrom, from) {
		return nil
	}
	return BadInput("outgoingCallStatus", "cannot go from %s to %s; updateCall may, as a correction",
		describeStatus(from), describeStatus(deref(to)))
}

func describeStatus(s OutgoingCallStatus) string {
	if s == noStatus {
		return "no status"
	}
	return string(s)
}
