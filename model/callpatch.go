package model

import (
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// maxCallName is the greatest length of a call's name, in characters.
const maxCallName = 200

// CallPatch is a change of a call: a field that is left out stays as it is, null clears it.
type CallPatch struct {
	Name                  graphql.Omittable[*string]
	Subject               graphql.Omittable[*string]
	CallType              graphql.Omittable[*CallType]
	OutgoingCallStatus    graphql.Omittable[*OutgoingCallStatus]
	CallStartTime         graphql.Omittable[*time.Time]
	CallDuration          graphql.Omittable[*string]
	CallDurationInSeconds graphql.Omittable[*int]
	CallPurpose           graphql.Omittable[*string]
	CallResult            graphql.Omittable[*string]
	CallAgenda            graphql.Omittable[*string]
	Reminder              graphql.Omittable[*string]
	ScheduledInCrm        graphql.Omittable[*bool]
	CtiEntry              graphql.Omittable[*bool]
	CallerID              graphql.Omittable[*string]
	DialledNumber         graphql.Omittable[*string]
	VoiceRecording        graphql.Omittable[*string]
	Tags                  graphql.Omittable[[]string]
	Description           graphql.Omittable[*string]
	OwnerID               graphql.Omittable[*string]
	OwnerType             graphql.Omittable[*string]
	OwnerSubtype          graphql.Omittable[*string]
	Attachments           graphql.Omittable[[]*AttachmentInput]

	allowedFrom []OutgoingCallStatus // stored statuses that a verb takes a call from; nil: any, as of a correction
}

// UpdateCallInput is the patch of an existing call.
type UpdateCallInput struct{ CallPatch }

// CreateCallInput is a new call, or in saveCall a patch of the call with the same key.
type CreateCallInput struct {
	ID *string
	CallPatch
}

// Apply writes the patch to c, except for tags, which are rows of their own. It returns everything that is wrong, as
// BAD_USER_INPUT errors, with c partly written, and what changed, as its history has it: a new call, of version 0, has
// none. Lengths, durations, addresses, attachments and the moves of verbs are always checked, the rules of calls made
// through the API only where strict.
func (p *CallPatch) Apply(c *Call, strict bool) (changes []*FieldChange, errs Errors) {
	a := applier{isNew: c.Version == 0}
	a.text("name", &c.Name, p.Name, maxCallName, &c.NameFold)
	a.text("subject", &c.Subject, p.Subject, 255, &c.SubjectFold)
	set(&a, "callType", &c.CallType, p.CallType)
	p.applyStatus(&a, c)
	setTime(&a, "callStartTime", &c.CallStartTime, p.CallStartTime)
	p.applyDuration(&a, c)
	a.text("callPurpose", &c.CallPurpose, p.CallPurpose, 60, nil)
	a.text("callResult", &c.CallResult, p.CallResult, 60, nil)
	a.text("callAgenda", &c.CallAgenda, p.CallAgenda, 255, &c.CallAgendaFold)
	a.text("reminder", &c.Reminder, p.Reminder, 60, nil)
	set(&a, "scheduledInCrm", &c.ScheduledInCrm, p.ScheduledInCrm)
	set(&a, "ctiEntry", &c.CtiEntry, p.CtiEntry)
	a.text("callerId", &c.StoredCallerID, p.CallerID, maxPhoneNumber, &c.CallerIDFold)
	a.text("dialledNumber", &c.StoredDialledNumber, p.DialledNumber, maxPhoneNumber, &c.DialledNumberFold)
	p.applyRecording(&a, c)
	a.text("description", &c.Description, p.Description, 32000, &c.DescriptionFold)
	a.text("ownerId", &c.OwnerID, p.OwnerID, 100, nil)
	a.text("ownerType", &c.OwnerType, p.OwnerType, 100, nil)
	a.text("ownerSubtype", &c.OwnerSubtype, p.OwnerSubtype, 100, nil)
	p.applyAttachments(&a, c)
	if strict && p.touchesRules() {
		a.errs = append(a.errs, c.ruleViolations()...)
	}
	return a.changes, a.errs
}

func (p *CallPatch) applyStatus(a *applier, c *Call) {
	status, isSet := p.OutgoingCallStatus.ValueOK()
	if !isSet {
		return
	}
	if status != nil && *status == OutgoingCallStatusOverdue {
		status = new(OutgoingCallStatusScheduled)
	}
	if err := p.checkMove(c.StoredStatus, status); err != nil {
		a.fail(err)
		return
	}
	set(a, "outgoingCallStatus", &c.StoredStatus, graphql.OmittableOf(status))
}

// applyRecording writes the address of the recording. A blank one clears it.
func (p *CallPatch) applyRecording(a *applier, c *Call) {
	if address, isSet := p.VoiceRecording.ValueOK(); isSet {
		set(a, "voiceRecording", &c.StoredVoiceRecording, graphql.OmittableOf(a.address("voiceRecording", address)))
	}
}

// applyDuration writes the duration, which may be given as mm:ss, in seconds or both. They must agree. Where one is
// null, the other one counts.
func (p *CallPatch) applyDuration(a *applier, c *Call) {
	text, textSet := p.CallDuration.ValueOK()
	seconds, secondsSet := p.CallDurationInSeconds.ValueOK()
	if seconds != nil && *seconds < 0 {
		a.fail(BadInput("callDurationInSeconds", "must be 0 or more"))
		return
	}
	if text != nil {
		parsed, err := ParseDuration(*text)
		if err != nil {
			a.fail(InField(err, "callDuration"))
			return
		}
		if seconds != nil && *seconds != parsed {
			a.fail(BadInput("callDuration", "%s is %d seconds, but the seconds given are %d", *text, parsed, *seconds))
			return
		}
		seconds = &parsed
	}
	if textSet || secondsSet {
		set(a, "callDurationInSeconds", &c.CallDurationInSeconds, graphql.OmittableOf(seconds))
	}
}
