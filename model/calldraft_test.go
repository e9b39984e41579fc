package model_test

import (
	"testing"
	"time"

	"callbook/model"
)

const (
	scheduled = model.OutgoingCallStatusScheduled
	overdue   = model.OutgoingCallStatusOverdue
	completed = model.OutgoingCallStatusCompleted
	cancelled = model.OutgoingCallStatusCancelled
)

func TestFillDefaults(t *testing.T) {
	at := time.Date(2024, 5, 17, 11, 52, 30, 0, time.UTC)
	planned := model.CallPatch{OutgoingCallStatus: setTo(scheduled), ScheduledInCrm: setTo(true),
		CallStartTime: setTo(noon), Reminder: setTo("None")}
	withOverdue := planned
	withOverdue.OutgoingCallStatus = setTo(overdue)
	own := model.CallPatch{OutgoingCallStatus: setTo(scheduled), ScheduledInCrm: setTo(false),
		CallStartTime: setTo(at), Reminder: setTo("5 minutes before")}
	for _, c := range []struct {
		name     string
		in, want model.CallPatch
	}{
		{"nothing", model.CallPatch{}, model.CallPatch{ScheduledInCrm: setTo(false)}},
		{"completed", model.CallPatch{OutgoingCallStatus: setTo(completed)},
			model.CallPatch{OutgoingCallStatus: setTo(completed), ScheduledInCrm: setTo(false)}},
		{"scheduled", model.CallPatch{OutgoingCallStatus: setTo(scheduled)}, planned},
		{"overdue", model.CallPatch{OutgoingCallStatus: setTo(overdue)}, withOverdue},
		{"scheduled, with nulls", model.CallPatch{OutgoingCallStatus: setTo(scheduled), ScheduledInCrm: setToNull[bool](),
			CallStartTime: setToNull[time.Time](), Reminder: setToNull[string]()}, planned},
		{"scheduled, all given", own, own},
	} {
		got := c.in
		got.FillDefaults(at)
		expectPatch(t, c.name, got, c.want)
	}
	at = noon // a quarter of an hour that begins now is not the next
	got := model.CallPatch{OutgoingCallStatus: setTo(scheduled)}
	if got.FillDefaults(at); !got.CallStartTime.Value().Equal(noon.Add(15 * time.Minute)) {
		t.Errorf("the start is %v, want a quarter past %v", got.CallStartTime.Value(), at)
	}
}

func expectPatch[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if got, want := describePatch(got), describePatch(want); got != want {
		t.Errorf("%s: patch %s, want %s", what, got, want)
	}
}

func TestSchedule(t *testing.T) {
	next := noon.Add(15 * time.Minute)
	full := model.CallPatch{OutgoingCallStatus: setTo(scheduled), CallType: setTo(model.CallTypeOutbound),
		CallStartTime: setTo(next), Reminder: setTo("None"), ScheduledInCrm: setTo(true)}
	inbound := full
	inbound.CallType = setTo(model.CallTypeInbound)
	for _, c := range []struct {
		name     string
		in, want model.CallPatch
		err      []string
	}{
		{name: "nothing", want: full},
		{name: "scheduled", in: model.CallPatch{OutgoingCallStatus: setTo(scheduled)}, want: full},
		{name: "another type", in: model.CallPatch{CallType: setTo(model.CallTypeInbound)}, want: inbound},
		{name: "completed", in: model.CallPatch{OutgoingCallStatus: setTo(completed)},
			want: model.CallPatch{OutgoingCallStatus: setTo(completed)},
			err:  []string{"outgoingCallStatus: a planned call is SCHEDULED, not COMPLETED"}},
	} {
		got := c.in
		expectErrors(t, c.name, got.Schedule(noon), c.err...)
		expectPatch(t, c.name, got, c.want)
	}
}

func TestLog(t *testing.T) {
	inbound, outbound, missed := setTo(model.CallTypeInbound), setTo(model.CallTypeOutbound), setTo(model.CallTypeMissed)
	for _, c := range []struct {
		name     string
		in, want model.CallPatch
		err      []string
	}{
		{name: "no type", err: []string{"callType: must be given: INBOUND, OUTBOUND or MISSED"}},
		{name: "made", in: model.CallPatch{CallType: outbound},
			want: model.CallPatch{CallType: outbound, OutgoingCallStatus: setTo(completed), CallStartTime: setTo(noon),
				ScheduledInCrm: setTo(false)}},
		{name: "made, with another status", in: model.CallPatch{CallType: outbound, OutgoingCallStatus: setTo(cancelled)},
			want: model.CallPatch{CallType: outbound, OutgoingCallStatus: setTo(cancelled), CallStartTime: setTo(noon),
				ScheduledInCrm: setTo(false)},
			err: []string{"outgoingCallStatus: a call that was made is COMPLETED, not CANCELLED"}},
		{name: "received", in: model.CallPatch{CallType: inbound, CallDuration: setTo("00:00")},
			want: model.CallPatch{CallType: inbound, CallDuration: setTo("00:00"), CallStartTime: setTo(noon),
				ScheduledInCrm: setTo(false)}},
		{name: "received, without a duration", in: model.CallPatch{CallType: inbound},
			want: model.CallPatch{CallType: inbound, CallStartTime: setTo(noon), ScheduledInCrm: setTo(false)},
			err:  []string{"callDurationInSeconds: a call that was received needs a duration; 0 counts"}},
		{name: "received, with a status", in: model.CallPatch{CallType: inbound, OutgoingCallStatus: setTo(completed),
			CallDurationInSeconds: setTo(1)},
			want: model.CallPatch{CallType: inbound, OutgoingCallStatus: setTo(completed), CallDurationInSeconds: setTo(1),
				CallStartTime: setTo(noon), ScheduledInCrm: setTo(false)},
			err: []string{"outgoingCallStatus: only an OUTBOUND call has an outgoing status"}},
		{name: "missed", in: model.CallPatch{CallType: missed},
			want: model.CallPatch{CallType: missed, CallStartTime: setTo(noon), ScheduledInCrm: setTo(false)}},
		{name: "missed, with a duration", in: model.CallPatch{CallType: missed, CallDurationInSeconds: setTo(0)},
			want: model.CallPatch{CallType: missed, CallDurationInSeconds: setTo(0), CallStartTime: setTo(noon),
				ScheduledInCrm: setTo(false)},
			err: []string{"callDurationInSeconds: a MISSED call has no duration"}},
		{name: "in the future", in: model.CallPatch{CallType: missed, CallStartTime: setTo(noon.Add(1))},
			want: model.CallPatch{CallType: missed, CallStartTime: setTo(noon.Add(1)), ScheduledInCrm: setTo(false)},
			err:  []string{"callStartTime: is still to come; a call that is logged has begun"}},
		{name: "at this instant", in: model.CallPatch{CallType: missed, CallStartTime: setTo(noon)},
			want: model.CallPatch{CallType: missed, CallStartTime: setTo(noon), ScheduledInCrm: setTo(false)}},
	} {
		got := c.in
		expectErrors(t, c.name, got.Log(noon), c.err...)
		expectPatch(t, c.name, got, c.want)
	}
}

func TestPatchesOfActions(t *testing.T) {
	empty := model.CompleteCallInput{}
	full := model.CompleteCallInput{CallDuration: new("00:05"), CallDurationInSeconds: new(5),
		CallResult:  new("Interested"),
		Description: new("x")}
	for _, c := range []struct {
		name      string
		got, want model.CallPatch
	}{
		{"complete", empty.Patch(), model.CallPatch{OutgoingCallStatus: setTo(completed)}},
		{"complete, all given", full.Patch(), model.CallPatch{OutgoingCallStatus: setTo(completed),
			CallDuration:          setTo("00:05"),
			CallDurationInSeconds: setTo(5), CallResult: setTo("Interested"), Description: setTo("x")}},
		{"cancel", model.CancelPatch(), model.CallPatch{OutgoingCallStatus: setTo(cancelled)}},
		{"reschedule", model.ReschedulePatch(noon, nil),
			model.CallPatch{OutgoingCallStatus: setTo(scheduled), CallStartTime: setTo(noon)}},
		{"reschedule with a reminder", model.ReschedulePatch(noon, new("None")),
			model.CallPatch{OutgoingCallStatus: setTo(scheduled), CallStartTime: setTo(noon), Reminder: setTo("None")}},
	} {
		expectPatch(t, c.name, c.got, c.want)
	}
}
