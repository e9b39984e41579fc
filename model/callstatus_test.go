package model_test

import (
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/model"
)

// TestTransitions goes through all pairs of statuses; an empty text is no status. OVERDUE is written as SCHEDULED.
func TestTransitions(t *testing.T) {
	const none = model.OutgoingCallStatus("")
	const scheduled, overdue = model.OutgoingCallStatusScheduled, model.OutgoingCallStatusOverdue
	const completed, cancelled = model.OutgoingCallStatusCompleted, model.OutgoingCallStatusCancelled
	isAllowed := map[model.OutgoingCallStatus]map[model.OutgoingCallStatus]bool{
		none:      {none: true, scheduled: true, overdue: true, completed: true, cancelled: true},
		scheduled: {none: true, scheduled: true, overdue: true, completed: true, cancelled: true},
		cancelled: {none: false, scheduled: true, overdue: true, completed: false, cancelled: true},
		completed: {none: false, scheduled: false, overdue: false, completed: true, cancelled: false},
	}
	named := map[model.OutgoingCallStatus]string{none: "no status", overdue: "SCHEDULED"}
	name := func(s model.OutgoingCallStatus) string {
		if n, ok := named[s]; ok {
			return n
		}
		return string(s)
	}
	for from, row := range isAllowed {
		for to, isAllowed := range row {
			for version := range 2 { // a new call may have any status
				want := to
				if to == overdue {
					want = scheduled
				}
				what := "from " + name(from) + " to " + name(to)
				patch := model.CallPatch{OutgoingCallStatus: graphql.OmittableOf(orNull(to))}
				loaded := &model.Call{Version: version, StoredStatus: orNull(from)}
				_, errs := patch.Apply(loaded, false)
				expectErrors(t, what+" by a load", errs)
				if got := orZero(loaded.StoredStatus); got != want {
					t.Errorf("%s of version %d by a load: %q, want %q", what, version, got, want)
				}
				isRefused := version == 1 && !isAllowed
				if isRefused {
					want = from
				}
				call := &model.Call{Version: version, StoredStatus: orNull(from), CallStartTime: &noon}
				if want == completed {
					call.CallDurationInSeconds = new(0)
				}
				changes, errs := patch.Apply(call, true)
				if isRefused {
					expectErrors(t, what, errs, "outgoingCallStatus: cannot go "+what)
				} else {
					expectErrors(t, what, errs)
				}
				if got := orZero(call.StoredStatus); got != want || (len(changes) > 0) != (from != want) {
					t.Errorf("%s of version %d: %q with %d changes, want %q", what, version, got, len(changes), want)
				}
			}
		}
	}
}

func TestCallStatus(t *testing.T) {
	before, after := noon.Add(-time.Second), noon.Add(time.Second)
	for _, c := range []struct {
		callType  model.CallType
		stored    model.OutgoingCallStatus
		start     *time.Time
		seconds   *int
		outgoing  model.OutgoingCallStatus
		effective model.CallStatus
	}{
		{},
		{callType: "MISSED", effective: "MISSED"},
		{callType: "MISSED", stored: "SCHEDULED", start: &before, outgoing: "OVERDUE", effective: "MISSED"},
		{stored: "SCHEDULED", outgoing: "SCHEDULED", effective: "SCHEDULED"},
		{stored: "SCHEDULED", start: &after, outgoing: "SCHEDULED", effective: "SCHEDULED"},
		{stored: "SCHEDULED", start: &noon, outgoing: "SCHEDULED", effective: "SCHEDULED"},
		{stored: "SCHEDULED", start: &before, outgoing: "OVERDUE", effective: "OVERDUE"},
		{stored: "CANCELLED", start: &before, outgoing: "CANCELLED", effective: "CANCELLED"},
		{callType: "INBOUND", stored: "CANCELLED", outgoing: "CANCELLED", effective: "CANCELLED"},
		{stored: "COMPLETED", outgoing: "COMPLETED"},
		{callType: "INBOUND", effective: "RECEIVED"},
		{callType: "INBOUND", stored: "COMPLETED", outgoing: "COMPLETED", effective: "RECEIVED"},
		{callType: "OUTBOUND", effective: "UNATTENDED_DIALLED"},
		{callType: "OUTBOUND", seconds: new(0), effective: "UNATTENDED_DIALLED"},
		{callType: "OUTBOUND", seconds: new(1), effective: "ATTENDED_DIALLED"},
		{callType: "OUTBOUND", stored: "COMPLETED", seconds: new(1), outgoing: "COMPLETED", effective: "ATTENDED_DIALLED"},
	} {
		call := &model.Call{AsOf: noon, CallType: orNull(c.callType), StoredStatus: orNull(c.stored),
			CallStartTime: c.start, CallDurationInSeconds: c.seconds}
		if got := orZero(call.OutgoingCallStatus()); got != c.outgoing {
			t.Errorf("OutgoingCallStatus of %+v = %q, want %q", c, got, c.outgoing)
		}
		if got := orZero(call.CallStatus()); got != c.effective {
			t.Errorf("CallStatus of %+v = %q, want %q", c, got, c.effective)
		}
	}
}
