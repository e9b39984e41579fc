package model

import (
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// CallFromRecord returns the patch that creates the CRM call of a robot's record: OUTBOUND, COMPLETED, logged by
// telephony, with the customer's name. A name that is longer than a call's may be, and a nil customer, give a call
// without a name.
func CallFromRecord(r *CallRecord, customer *CustomerPerson) CallPatch {
	p := CallPatch{
		CallType:              graphql.OmittableOf(new(CallTypeOutbound)),
		OutgoingCallStatus:    graphql.OmittableOf(new(OutgoingCallStatusCompleted)),
		CallDurationInSeconds: graphql.OmittableOf(new(0)),
		CtiEntry:              graphql.OmittableOf(new(true)),
		ScheduledInCrm:        graphql.OmittableOf(new(false)),
	}
	isAnswered := r.ResultStatus == nil || *r.ResultStatus == ResultStatusAnswered
	if isAnswered && r.ChatDuration != nil {
		p.CallDurationInSeconds = graphql.OmittableOf(r.ChatDuration)
	}
	setIfNotNil(&p.CallStartTime, r.StartTime)
	setIfNotNil(&p.DialledNumber, r.StoredPhoneNumber)
	setIfNotNil(&p.VoiceRecording, r.StoredFullAudioURL)
	setIfNotNil(&p.CallResult, callResult(r))
	if customer != nil && customer.Name != nil && utf8.RuneCountInString(*customer.Name) <= maxCallName {
		setIfNotNil(&p.Name, customer.Name)
	}
	return p
}

// callResult returns the value of the CRM's picklist callResult for how a record's call ended, nil where none fits.
// Of an answered call the grade decides, a person's before the robot's.
func callResult(r *CallRecord) *string {
	if r.ResultStatus == nil {
		return nil
	}
	switch *r.ResultStatus {
	case ResultStatusAnswered:
		return gradeResult(r)
	case ResultStatusVacantNumber, ResultStatusOutOfService:
		return new("Invalid number")
	case ResultStatusFromPhoneError, ResultStatusSystemError:
		return nil // says nothing about the customer
	}
	return new("No response/Busy")
}

func gradeResult(r *CallRecord) *string {
	grade := r.IntentLevel
	if r.RealIntentLevel != nil {
		grade = r.RealIntentLevel
	}
	if grade == nil {
		return nil
	}
	switch *grade {
	case IntentLevelA, IntentLevelB:
		return new("Interested")
	case IntentLevelD, IntentLevelF:
		return new("Not interested")
	case IntentLevelE:
		return new("Requested call back")
	}
	return nil
}
