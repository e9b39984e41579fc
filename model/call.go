package model

import (
	"time"

	"github.com/uptrace/bun"
)

// Call is one phone call in the CRM: the row and the GraphQL object.
// Searches compare the *Fold columns: see text.FoldColumn.
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
	CreatedByKind         *CreatorKind
	CreatedAt             time.Time
	UpdatedBy             string
	UpdatedAt             time.Time
	DeletedAt             *time.Time
	CallRecordID          *int64 // the robot's record it was created from

	Visibility        Visibility    `bun:"-"` // which personal data its reader sees
	AsOf              time.Time     `bun:"-"` // when it was read; the effective status depends on it
	DescriptionLoaded bool          `bun:"-"`
	WrittenTags       []string      `bun:"-"` // the tags that a write gives it; nil where it leaves them
	RowSet            *RowSet[Call] `bun:"-" json:"-"`
}

// SetReading stores how the call was read.
func (c *Call) SetReading(r Reading[Call]) {
	c.AsOf, c.Visibility, c.RowSet = r.AsOf, r.Visibility, r.RowSet
}

// CallDuration returns the duration as mm:ss, nil where there is none.
func (c *Call) CallDuration() *string {
	if c.CallDurationInSeconds == nil {
		return nil
	}
	return new(FormatDuration(*c.CallDurationInSeconds))
}

// Attachments returns the call's links to files, never nil.
func (c *Call) Attachments() []*Attachment { return c.AttachmentList.orEmpty() }

// TextSize returns roughly how many bytes of text the call has, for the cost of answering it.
func (c *Call) TextSize() int {
	size := 200
	for _, s := range []*string{
		c.Name, c.Subject, c.CallAgenda, c.StoredVoiceRecording, c.Description, c.DescriptionFold,
	} {
		size += len(deref(s))
	}
	for _, a := range c.AttachmentList.V {
		size += len(a.AttachmentID) + len(deref(a.Name)) + len(deref(a.Title)) + len(deref(a.FileID))
	}
	return size
}

// Creator returns who created the row.
func (c *Call) Creator() Creator { return Creator{c.CreatedBy, c.CreatedByKind} }
