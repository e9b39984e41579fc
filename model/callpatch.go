package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"

	"callbook/text"
)

// CallPatch is what a caller writes to a call: a field left out is untouched, a null clears it.
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
}

// UpdateCallInput is the patch of an existing call.
type UpdateCallInput struct{ CallPatch }

// CreateCallInput is a new call, or in saveCall a patch of the one with the same key.
type CreateCallInput struct {
	ID *string
	CallPatch
}

// MaxIDLength is the longest text key, in characters.
const MaxIDLength = 100

const (
	maxAttachments = 100
	maxNumber      = 30
)

// Apply writes the patch to c, tags aside, and answers what changed and everything that is wrong with it.
// Lengths, types and the moves from status to status are checked always; the rules of a call made through the API where strict.
func (p *CallPatch) Apply(c *Call, strict bool) (changes []*FieldChange, errs Errors) {
	a := applier{}
	a.text("name", &c.Name, p.Name, 200, &c.NameFold)
	a.text("subject", &c.Subject, p.Subject, 255, &c.SubjectFold)
	set(&a, "callType", &c.CallType, p.CallType)
	p.applyStatus(&a, c)
	p.applyStart(&a, c)
	p.applyDuration(&a, c)
	a.text("callPurpose", &c.CallPurpose, p.CallPurpose, 60, nil)
	a.text("callResult", &c.CallResult, p.CallResult, 60, nil)
	a.text("callAgenda", &c.CallAgenda, p.CallAgenda, 255, &c.CallAgendaFold)
	a.text("reminder", &c.Reminder, p.Reminder, 60, nil)
	set(&a, "scheduledInCrm", &c.ScheduledInCrm, p.ScheduledInCrm)
	set(&a, "ctiEntry", &c.CtiEntry, p.CtiEntry)
	a.text("callerId", &c.StoredCallerID, p.CallerID, maxNumber, &c.CallerIDFold)
	a.text("dialledNumber", &c.StoredDialledNumber, p.DialledNumber, maxNumber, &c.DialledNumberFold)
	a.text("voiceRecording", &c.StoredVoiceRecording, p.VoiceRecording, MaxURLLength, nil)
	a.text("description", &c.Description, p.Description, 32000, &c.DescriptionFold)
	a.text("ownerId", &c.OwnerID, p.OwnerID, 100, nil)
	a.text("ownerType", &c.OwnerType, p.OwnerType, 100, nil)
	a.text("ownerSubtype", &c.OwnerSubtype, p.OwnerSubtype, 100, nil)
	p.applyAttachments(&a, c)
	if strict && p.touchesRules() {
		a.errs = append(a.errs, c.breaches()...)
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
	if exists := c.Version > 0; exists {
		if err := checkMove(c.StoredStatus, status); err != nil {
			a.fail(err)
			return
		}
	}
	set(a, "outgoingCallStatus", &c.StoredStatus, graphql.OmittableOf(status))
}

func (p *CallPatch) applyStart(a *applier, c *Call) {
	start, isSet := p.CallStartTime.ValueOK()
	if !isSet {
		return
	}
	if start != nil && c.CallStartTime != nil && start.Equal(*c.CallStartTime) {
		return
	}
	set(a, "callStartTime", &c.CallStartTime, graphql.OmittableOf(start))
}

// applyDuration takes either form of the duration, the seconds being what is stored.
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

func (p *CallPatch) applyAttachments(a *applier, c *Call) {
	inputs, isSet := p.Attachments.ValueOK()
	if !isSet {
		return
	}
	if len(inputs) > maxAttachments {
		a.fail(BadInput("attachments", "has %d links; at most %d", len(inputs), maxAttachments))
		return
	}
	list := make([]*Attachment, len(inputs))
	seen, taken := map[string]bool{}, map[string]bool{}
	for _, in := range inputs {
		taken[deref(in.ID)] = true
	}
	for i, in := range inputs {
		field := fmt.Sprintf("attachments.%d.", i)
		id := deref(in.ID)
		if id == "" {
			id = attachmentID(c, in, taken)
			taken[id] = true
		}
		if seen[id] {
			a.fail(BadInput(field+"id", "%s is there twice", text.Quote(id)))
		}
		seen[id] = true
		a.checkLength(field+"id", id, MaxIDLength)
		a.checkLength(field+"name", deref(in.Name), 200)
		a.checkLength(field+"title", deref(in.Title), 100)
		a.checkLength(field+"fileId", deref(in.FileID), 500)
		list[i] = &Attachment{ID: id, Name: in.Name, Title: in.Title, FileID: in.FileID}
	}
	if !slices.EqualFunc(list, c.AttachmentList.V, sameAttachment) {
		a.change("attachments", c.Attachments(), list)
		c.AttachmentList.V = list
	}
}

// attachmentID keys a link given without a key: that of a stored link that says the same, so that giving it again changes
// nothing, else a new one.
func attachmentID(c *Call, in *AttachmentInput, taken map[string]bool) string {
	for _, stored := range c.AttachmentList.V {
		if !taken[stored.ID] && equal(stored.Name, in.Name) && equal(stored.Title, in.Title) && equal(stored.FileID, in.FileID) {
			return stored.ID
		}
	}
	return uuid.Must(uuid.NewV7()).String()
}

func sameAttachment(a, b *Attachment) bool {
	return a.ID == b.ID && equal(a.Name, b.Name) && equal(a.Title, b.Title) && equal(a.FileID, b.FileID)
}

// touchesRules tells whether the patch writes a field that a rule of breaches is about.
// Others may be patched on an imported call that breaks a rule.
func (p *CallPatch) touchesRules() bool {
	return p.CallType.IsSet() || p.OutgoingCallStatus.IsSet() || p.CallStartTime.IsSet() ||
		p.CallDuration.IsSet() || p.CallDurationInSeconds.IsSet()
}

// breaches are the rules of a call made through the API that c breaks.
func (c *Call) breaches() (errs Errors) {
	if c.StoredStatus == nil {
		return nil
	}
	if c.CallType != nil && *c.CallType == CallTypeMissed {
		errs = append(errs, BadInput("outgoingCallStatus", "a MISSED call carries no outgoing status"))
	}
	switch *c.StoredStatus {
	case OutgoingCallStatusCompleted:
		if c.CallDurationInSeconds == nil {
			errs = append(errs, BadInput("callDurationInSeconds", "a COMPLETED call needs a duration; 0 counts"))
		}
	case OutgoingCallStatusScheduled:
		if c.CallStartTime == nil {
			errs = append(errs, BadInput("callStartTime", "a SCHEDULED call needs a start"))
		}
		if c.CallDurationInSeconds != nil {
			errs = append(errs, BadInput("callDurationInSeconds", "a SCHEDULED call has no duration yet"))
		}
	}
	return errs
}

// applier writes patched fields to a row and collects what changed and what is wrong.
type applier struct {
	changes []*FieldChange
	errs    Errors
}

func (a *applier) change(field string, from, to any) {
	a.changes = append(a.changes, NewChange(field, from, to))
}

func (a *applier) fail(err *Error) { a.errs = append(a.errs, err) }

func (a *applier) checkLength(field, s string, max int) {
	if n := utf8.RuneCountInString(s); n > max {
		a.fail(BadInput(field, "has %d characters; at most %d", n, max))
	}
}

func (a *applier) text(field string, dst **string, v graphql.Omittable[*string], max int, fold **string) {
	s, isSet := v.ValueOK()
	if !isSet {
		return
	}
	a.checkLength(field, deref(s), max)
	set(a, field, dst, v)
	if fold != nil {
		*fold = text.FoldColumn(s)
	}
}

func set[T comparable](a *applier, field string, dst **T, v graphql.Omittable[*T]) {
	if value, isSet := v.ValueOK(); isSet && !equal(*dst, value) {
		a.change(field, orNil(*dst), orNil(value))
		*dst = value
	}
}

// NewChange is a field's change, with instants as DateTime answers them: a driver may read them in the machine's zone.
func NewChange(field string, from, to any) *FieldChange {
	return &FieldChange{Field: field, From: inUTC(from), To: inUTC(to)}
}

func inUTC(v any) any {
	if t, ok := v.(time.Time); ok {
		return t.UTC()
	}
	return v
}

// orNil is what a pointer points to; nil, not a typed nil, where it points to nothing.
func orNil[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func equal[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// InField says which field a value's error is about.
func InField(err error, field string) *Error {
	e := *AsErrors(err)[0]
	e.Field = field
	return &e
}

// CallImport is a call as loaded from a file: it may carry who created it and when.
type CallImport struct {
	ID string
	CallPatch
	CreatedBy *string
	CreatedAt *time.Time
}

// CheckKey refuses a text key that is empty or too long.
func CheckKey(field, id string) *Error {
	if id == "" || strings.TrimSpace(id) != id {
		return BadInput(field, "must not be empty, nor begin or end with white space")
	}
	if n := utf8.RuneCountInString(id); n > MaxIDLength {
		return BadInput(field, "has %d characters; at most %d", n, MaxIDLength)
	}
	return nil
}

// Check tells everything that is wrong with an import, as a new call.
func (c *CallImport) Check() Errors {
	_, errs := c.Apply(&Call{}, false)
	_, tagErrs := NormalizeTags("tags", c.Tags.Value())
	errs = append(errs, tagErrs...)
	if err := CheckKey("id", c.ID); err != nil {
		errs = append(errs, err)
	}
	a := applier{errs: errs}
	a.checkLength("createMan", deref(c.CreatedBy), MaxIDLength)
	return a.errs
}
