package model

import "slices"

// noStatus is the state of a call without an outgoing status.
const noStatus OutgoingCallStatus = ""

// moves is which stored status may follow which on an existing call, whoever writes it; staying is always allowed.
// A plan can be carried out, called off or taken back, and one that was called off made anew; what is done stays done.
var moves = map[OutgoingCallStatus][]OutgoingCallStatus{
	noStatus:                    {OutgoingCallStatusScheduled, OutgoingCallStatusCompleted, OutgoingCallStatusCancelled},
	OutgoingCallStatusScheduled: {OutgoingCallStatusCompleted, OutgoingCallStatusCancelled, noStatus},
	OutgoingCallStatusCancelled: {OutgoingCallStatusScheduled},
	OutgoingCallStatusCompleted: {},
}

// checkMove refuses a move that the table does not have, naming both states.
func checkMove(from, to *OutgoingCallStatus) *Error {
	a, b := deref(from), deref(to)
	if a == b || slices.Contains(moves[a], b) {
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
