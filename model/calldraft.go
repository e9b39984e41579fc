package model

import (
	"time"

	"github.com/99designs/gqlgen/graphql"
)

const quarterHour = 15 * time.Minute

// FillDefaults fills in what a person would find in the CRM's form: for a scheduled call the next quarter of an hour as
// its start, no reminder, and that it was scheduled in the CRM; for any other, that it was not.
func (p *CallPatch) FillDefaults(now time.Time) {
	status := p.OutgoingCallStatus.Value()
	scheduled := status != nil && (*status == OutgoingCallStatusScheduled || *status == OutgoingCallStatusOverdue)
	setDefault(&p.ScheduledInCrm, scheduled)
	if scheduled {
		setDefault(&p.CallStartTime, now.Truncate(quarterHour).Add(quarterHour))
		setDefault(&p.Reminder, "None")
	}
}

// setDefault fills a field that has no value.
func setDefault[T any](field *graphql.Omittable[*T], value T) {
	if field.Value() == nil {
		*field = graphql.OmittableOf(&value)
	}
}

// Schedule makes the patch that of a planned call (预约通话).
func (p *CallPatch) Schedule(now time.Time) Errors {
	status := p.OutgoingCallStatus.Value()
	if status != nil && *status != OutgoingCallStatusScheduled {
		return Errors{BadInput("outgoingCallStatus", "a planned call is SCHEDULED, not %s", *status)}
	}
	setDefault(&p.OutgoingCallStatus, OutgoingCallStatusScheduled)
	setDefault(&p.CallType, CallTypeOutbound)
	p.FillDefaults(now)
	return nil
}

// Log makes the patch that of a call that was made, received or missed (记录通话).
func (p *CallPatch) Log(now time.Time) (errs Errors) {
	callType, status := p.CallType.Value(), p.OutgoingCallStatus.Value()
	if callType == nil {
		return Errors{BadInput("callType", "must be given: INBOUND, OUTBOUND or MISSED")}
	}
	hasDuration := p.CallDuration.Value() != nil || p.CallDurationInSeconds.Value() != nil
	switch {
	case *callType == CallTypeOutbound:
		if status != nil && *status != OutgoingCallStatusCompleted {
			errs = append(errs, BadInput("outgoingCallStatus", "a call that was made is COMPLETED, not %s", *status))
		}
		setDefault(&p.OutgoingCallStatus, OutgoingCallStatusCompleted)
	case status != nil:
		errs = append(errs, BadInput("outgoingCallStatus", "only an OUTBOUND call has an outgoing status"))
	case *callType == CallTypeInbound && !hasDuration:
		errs = append(errs, BadInput("callDurationInSeconds", "a call that was received needs a duration; 0 counts"))
	case *callType == CallTypeMissed && hasDuration:
		errs = append(errs, BadInput("callDurationInSeconds", "a MISSED call has no duration"))
	}
	setDefault(&p.CallStartTime, now)
	if p.CallStartTime.Value().After(now) {
		errs = append(errs, BadInput("callStartTime", "is still to come; a call that is logged has begun"))
	}
	p.FillDefaults(now)
	return errs
}

// Patch is how a call went, as a patch that completes it.
func (in *CompleteCallInput) Patch() CallPatch {
	p := CallPatch{OutgoingCallStatus: graphql.OmittableOf(new(OutgoingCallStatusCompleted))}
	setIfNotNil(&p.CallDuration, in.CallDuration)
	setIfNotNil(&p.CallDurationInSeconds, in.CallDurationInSeconds)
	setIfNotNil(&p.CallResult, in.CallResult)
	setIfNotNil(&p.Description, in.Description)
	return p
}

// setIfNotNil puts a value that is there into a patch.
func setIfNotNil[T any](field *graphql.Omittable[*T], value *T) {
	if value != nil {
		*field = graphql.OmittableOf(value)
	}
}

// CancelPatch calls a call off.
func CancelPatch() CallPatch {
	return CallPatch{OutgoingCallStatus: graphql.OmittableOf(new(OutgoingCallStatusCancelled))}
}

// ReschedulePatch plans a call anew.
func ReschedulePatch(start time.Time, reminder *string) CallPatch {
	p := CallPatch{OutgoingCallStatus: graphql.OmittableOf(new(OutgoingCallStatusScheduled)), CallStartTime: graphql.OmittableOf(&start)}
	setIfNotNil(&p.Reminder, reminder)
	return p
}
