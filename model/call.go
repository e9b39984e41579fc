package model

import (
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
