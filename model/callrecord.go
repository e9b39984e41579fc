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
	CalledPhoneDigits      *string // see PhoneDigits
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
	GradedBy               *string // who set realIntentLevel; from then on no delivery changes it
	ReadBy                 *string // who set readStatus; from then on no delivery changes it
	CreatedBy              string
	CreatedAt              time.Time
	UpdatedBy              string
	UpdatedAt              time.Time

	Visibility Visibility          `bun:"-"` // what its reader sees of personal data
	RowSet     *RowSet[CallRecord] `bun:"-" json:"-"`
}

// SetReading stores how the record was read.
func (r *CallRecord) SetReading(how Reading[CallRecord]) {
	r.Visibility, r.RowSet = how.Visibility, how.RowSet
}

// EndsBeforeStart flags times that cannot be: delivered so, kept so.
func (r *CallRecord) EndsBeforeStart() bool {
	return r.StartTime != nil && r.EndTime != nil && r.EndTime.Before(*r.StartTime)
}

func (r *CallRecord) CustomerConcern() []string { return r.ConcernList.orEmpty() }
func (r *CallRecord) Attributes() []string      { return r.AttributeList.orEmpty() }

// CallDetail is one turn of a transcript. Its key is the record and the position.
type CallDetail struct {
	bun.BaseModel `bun:"table:call_details,alias:call_detail"`

	TenantID     int64 `bun:",pk"`
	CallRecordID int64 `bun:",pk"`
	Position     int   `bun:",pk"`
	CallDetailID string
	Type         CallDetailType
	Text         string
	TextFold     *string // what searches compare: see FoldColumn
	TurnID       int64   // of the index on SQLite; made here, grows with time
}

// CallRecordTag is one tag of one record.
type CallRecordTag struct {
	bun.BaseModel `bun:"table:call_record_tags,alias:record_tag"`

	TenantID     int64  `bun:",pk"`
	CallRecordID int64  `bun:",pk"`
	Tag          string `bun:",pk"`
	TagFold      *string
}

// CustomerPerson is a customer the robots call: the row and the GraphQL object.
type CustomerPerson struct {
	bun.BaseModel `bun:"table:customer_persons,alias:customer_person"`

	TenantID           int64 `bun:",pk"`
	ID                 int64 `bun:",pk"`
	CreationTime       *time.Time
	CustomerGroupID    *int64
	CustomerGroupName  *string
	Name               *string
	NameFold           *string
	StoredPhoneNumber  *string `bun:"phone_number"`
	PhoneNumberFold    *string
	PhoneDigits        *string // see PhoneDigits
	StoredWechatNumber *string `bun:"wechat_number"`
	Source             *CustomerSource
	Gender             *Gender
	PropertyList       JSONList[*CustomerProperty] `bun:"properties"`
	LastFollowTime     *time.Time
	LastChatDuration   *int
	LastStartTime      *time.Time
	LastIntentLevel    *IntentLevel
	LastDialStatus     *ResultStatus
	AssignTime         *time.Time
	LastCallRecordID   *int64  // the record that the last-call fields were taken from
	CreatedBy          *string // null where it came before its creator was kept
	UpdatedAt          time.Time

	Visibility Visibility              `bun:"-"` // what its reader sees of personal data
	RowSet     *RowSet[CustomerPerson] `bun:"-" json:"-"`
}

// SetReading stores how the customer was read.
func (p *CustomerPerson) SetReading(r Reading[CustomerPerson]) {
	p.Visibility, p.RowSet = r.Visibility, r.RowSet
}

func (p *CustomerPerson) Properties() []*CustomerProperty { return p.PropertyList.orEmpty() }
