package model

import (
	"time"

	"github.com/uptrace/bun"
)

// CallRecord is one call made by a robot: the row and the GraphQL object.
type CallRecord struct {
	bun.BaseModel `bun:"table:call_records,alias:call_record"`

	TenantID               int64 `bun:",pk"`
	ID                     int64 `bun:",pk"`
	Version                int
	RobotCallJobID         *int64
	DialogFlowID           *int64
	RobotCallTaskID        *int64
	PhoneNumberID          *int64
	CustomerPersonID       *int64
	StoredPhoneNumber      *string `bun:"called_phone_number"`
	CalledNumberFold       *string `bun:"called_phone_number_fold"`
	CalledPhoneDigits      *string // text.PhoneDigits of the number, for searches
	ResultStatus           *ResultStatus
	IntentLevel            *IntentLevel
	RealIntentLevel        *IntentLevel
	ConcernList            JSONList[string] `bun:"customer_concern"`
	AttributeList          JSONList[string] `bun:"attributes"`
	StoredFullAudioURL     *string          `bun:"full_audio_url"`
	StoredCustomerAudioURL *string          `bun:"customer_audio_url"`
	AnalysisBasis          *string
	StartTime              *time.Time
	EndTime                *time.Time
	ChatDuration           *int
	ChatRound              *int
	ReadStatus             ReadStatus
	GradedBy               *string // who set realIntentLevel; deliveries no longer change it
	ReadBy                 *string // who set readStatus; deliveries no longer change it
	CreatedBy              string
	CreatedByKind          *CreatorKind
	CreatedAt              time.Time
	UpdatedBy              string
	UpdatedAt              time.Time

	Visibility Visibility          `bun:"-"` // which personal data its reader sees
	RowSet     *RowSet[CallRecord] `bun:"-" json:"-"`
}

// SetReading stores how the record was read.
func (r *CallRecord) SetReading(how Reading[CallRecord]) {
	r.Visibility, r.RowSet = how.Visibility, how.RowSet
}

// EndsBeforeStart reports whether the end is before the start. Such times are stored as they are delivered.
func (r *CallRecord) EndsBeforeStart() bool {
	return r.StartTime != nil && r.EndTime != nil && r.EndTime.Before(*r.StartTime)
}

// CustomerConcern returns what the customer cared about, never nil.
func (r *CallRecord) CustomerConcern() []string { return r.ConcernList.orEmpty() }

// Attributes returns the platform's parameters of the call, never nil.
func (r *CallRecord) Attributes() []string { return r.AttributeList.orEmpty() }

// CallRecordTag is one tag of one record.
type CallRecordTag struct {
	bun.BaseModel `bun:"table:call_record_tags,alias:record_tag"`

	TenantID     int64  `bun:",pk"`
	CallRecordID int64  `bun:",pk"`
	Tag          string `bun:",pk"`
	TagFold      *string
}

// Creator returns who created the row.
func (r *CallRecord) Creator() Creator { return Creator{r.CreatedBy, r.CreatedByKind} }
