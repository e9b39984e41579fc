package model

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/uptrace/bun"
)

// Call is one phone call in the CRM: the row and the GraphQL object.
// The *Fold columns are what searches compare: see FoldColumn.
type Call struct {
	bun.BaseModel `bun:"table:calls,alias:call"`

	TenantID              int64  `bun:",pk"`
	ID                    string `bun:",pk"`
	Version               int
	Name                  *string
	NameFold              *string
	Subject               *string
	SubjectFold           *string
	CallType              *CallType
	StoredStatus          *OutgoingCallStatus `bun:"outgoing_call_status"` // SCHEDULED, COMPLETED or CANCELLED
	CallStartTime         *time.Time
	CallDurationInSeconds *int
	CallPurpose           *string
	CallResult            *string
	CallAgenda            *string
	CallAgendaFold        *string
	Reminder              *string
	ScheduledInCrm        *bool
	CtiEntry              *bool
	StoredCallerID        *string `bun:"caller_id"`
	CallerIDFold          *string
	StoredDialledNumber   *string `bun:"dialled_number"`
	DialledNumberFold     *string
	StoredVoiceRecording  *string `bun:"voice_recording"`
	Description           *string
	DescriptionFold       *string
	OwnerID               *string
	OwnerType             *string
	OwnerSubtype          *string
	AttachmentList        JSONList[*Attachment] `bun:"attachments"`
	CreatedBy             string
	CreatedAt             time.Time
	UpdatedBy             string
	UpdatedAt             time.Time
	DeletedAt             *time.Time
	CallRecordID          *int64 // the robot's record it was made of

	Visibility        Visibility    `bun:"-"` // what its reader sees of personal data
	AsOf              time.Time     `bun:"-"` // when it was read: what effective status is derived at
	DescriptionLoaded bool          `bun:"-"`
	RowSet            *RowSet[Call] `bun:"-" json:"-"`
}

// SetReading stores how the call was read.
func (c *Call) SetReading(r Reading[Call]) {
	c.AsOf, c.Visibility, c.RowSet = r.AsOf, r.Visibility, r.RowSet
}

// OutgoingCallStatus is the effective status: a scheduled call whose start has passed reads as OVERDUE.
func (c *Call) OutgoingCallStatus() *OutgoingCallStatus {
	if c.StoredStatus != nil && *c.StoredStatus == OutgoingCallStatusScheduled &&
		c.CallStartTime != nil && c.CallStartTime.Before(c.AsOf) {
		return new(OutgoingCallStatusOverdue)
	}
	return c.StoredStatus
}

// CallStatus is what kind of call this is; null where type, status and duration do not tell.
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

// CallDuration is the duration as mm:ss.
func (c *Call) CallDuration() *string {
	if c.CallDurationInSeconds == nil {
		return nil
	}
	return new(FormatDuration(*c.CallDurationInSeconds))
}

func (c *Call) Attachments() []*Attachment { return c.AttachmentList.orEmpty() }

// TextSize is how many bytes of text the call has, roughly.
func (c *Call) TextSize() int {
	size := 200
	for _, text := range []*string{c.Name, c.Subject, c.CallAgenda, c.StoredVoiceRecording, c.Description, c.DescriptionFold} {
		size += len(deref(text))
	}
	for _, a := range c.AttachmentList.V {
		size += len(a.ID) + len(deref(a.Name)) + len(deref(a.Title)) + len(deref(a.FileID))
	}
	return size
}

// FormatDuration writes seconds as mm:ss; minutes may exceed 59.
func FormatDuration(seconds int) string {
	return fmt.Sprintf("%02d:%02d", seconds/60, seconds%60)
}

var durationText = regexp.MustCompile(`^([0-9]{1,8}):([0-5][0-9])$`)

// ParseDuration reads mm:ss; minutes may exceed 59.
func ParseDuration(s string) (seconds int, err error) {
	m := durationText.FindStringSubmatch(s)
	if m == nil {
		return 0, badValue("must be a duration written mm:ss, such as 05:30")
	}
	minutes, _ := strconv.Atoi(m[1])
	rest, _ := strconv.Atoi(m[2])
	seconds = minutes*60 + rest
	if seconds > MaxInt {
		return 0, badValue("is longer than %d seconds", MaxInt)
	}
	return seconds, nil
}
