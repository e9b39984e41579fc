package model_test

import (
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/model"
)

// TestVerbsMove goes through all verbs and stored statuses; an empty text is no status.
func TestVerbsMove(t *testing.T) {
	const none = model.OutgoingCallStatus("")
	const scheduled = model.OutgoingCallStatusScheduled
	const completed, cancelled = model.OutgoingCallStatusCompleted, model.OutgoingCallStatusCancelled
	verbs := map[model.OutgoingCallStatus]func() model.CallPatch{
		scheduled: func() model.CallPatch { return model.ReschedulePatch(noon, nil) },
		completed: func() model.CallPatch {
			return (&model.CompleteCallInput{CallDurationInSeconds: new(1)}).Patch()
		},
		cancelled: model.CancelPatch,
	}
	isAllowed := map[model.OutgoingCallStatus]map[model.OutgoingCallStatus]bool{ // by where to, then where from
		scheduled: {none: true, scheduled: true, cancelled: true, completed: false},
		completed: {none: true, scheduled: true, cancelled: false, completed: true},
		cancelled: {none: true, scheduled: true, cancelled: true, completed: false},
	}
	for to, row := range isAllowed {
		for from, isAllowed := range row {
			call := &model.Call{Version: 1, StoredStatus: orNull(from)}
			patch := verbs[to]()
			_, errs := patch.Apply(call, false)
			what, want := string(from)+" to "+string(to), to
			if from == none {
				what = "no status to " + string(to)
			}
			if isAllowed {
				expectErrors(t, what, errs)
			} else {
				want = from
				expectErrors(t, what, errs,
					"outgoingCallStatus: cannot go from "+what+"; updateCall may, as a correction")
			}
			if got := orZero(call.StoredStatus); got != want {
				t.Errorf("%s: got %q, want %q", what, got, want)
			}
		}
	}
}

// TestPatchesCorrectStatuses sets each status over each, on calls that exist; OVERDUE is written as SCHEDULED.
func TestPatchesCorrectStatuses(t *testing.T) {
	statuses := append([]model.OutgoingCallStatus{""}, model.AllOutgoingCallStatus...)
	for _, from := range statuses {
		for _, to := range statuses {
			call := &model.Call{Version: 1, StoredStatus: orNull(from)}
			patch := model.CallPatch{OutgoingCallStatus: graphql.OmittableOf(orNull(to))}
			_, errs := patch.Apply(call, false)
			expectErrors(t, string(from+" to "+to), errs)
			want := to
			if to == model.OutgoingCallStatusOverdue {
				want = model.OutgoingCallStatusScheduled
			}
			if got := orZero(call.StoredStatus); got != want {
				t.Errorf("%q to %q: got %q, want %q", from, to, got, want)
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
