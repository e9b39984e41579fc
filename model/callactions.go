package model

import (
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// Schedule sets what a planned call (预约通话) has: SCHEDULED, OUTBOUND unless another type is given, and the defaults. It
// returns BAD_USER_INPUT where another status is given.
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

// Log sets what a call that was made, received or missed (记录通话) has: COMPLETED for a call that was made, the start now
// unless given, and the defaults. It returns BAD_USER_INPUT for a call without a type, for a status or duration that
// does not fit the type, and for a start in the future.
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

// Patch returns the patch that completes a call. Fields that are null in the input are left out.
func (in *CompleteCallInput) Patch() CallPatch {
	p := CallPatch{OutgoingCallStatus: graphql.OmittableOf(new(OutgoingCallStatusCompleted)),
		allowedFrom: completableFrom}
	setIfNotNil(&p.CallDuration, in.CallDuration)
	setIfNotNil(&p.CallDurationInSeconds, in.CallDurationInSeconds)
	setIfNotNil(&p.CallResult, in.CallResult)
	setIfNotNil(&p.Description, in.Description)
	return p
}

// setIfNotNil sets a field of a patch to a value that is not nil.
func setIfNotNil[T any](field *graphql.Omittable[*T], value *T) {
	if value != nil {
		*field = graphql.OmittableOf(value)
	}
}

// CancelPatch returns the patch that cancels a call.
func CancelPatch() CallPatch {
	return CallPatch{OutgoingCallStatus: graphql.OmittableOf(new(OutgoingCallStatusCancelled)),
		allowedFrom: cancellableFrom}
}

// ReschedulePatch returns the patch that schedules a call for another start. A nil reminder leaves the reminder as it
// is.
func ReschedulePatch(start time.Time, reminder *string) CallPatch {
	p := CallPatch{
		OutgoingCallStatus: graphql.OmittableOf(new(OutgoingCallStatusScheduled)),
		CallStartTime:      graphql.OmittableOf(&start),
		allowedFrom:        reschedulableFrom,
	}
	setIfNotNil(&p.Reminder, reminder)
	return p
}
