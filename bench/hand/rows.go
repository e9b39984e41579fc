// Package hand answers the benchmark's operations with handlers written by hand: net/http, encoding/json and prepared
// statements, the shortest SQL that leaves calls, tags, history and transcripts as the product leaves them. It knows no
// GraphQL: it takes the name and the variables of an operation and answers the same JSON as the product. It is what the
// product could cost at the least, not a server for anyone: no tenants, permissions, limits or checks.
package hand

import (
	"time"
)

// tenant is whose rows all are; by is who writes.
const (
	tenant = 1
	by     = "hand"
)

// outcome is what records and deliveries say of how a call went.
type outcome struct {
	RobotCallJobID *int64     `json:"robotCallJobId,string"`
	ResultStatus   *string    `json:"resultStatus"`
	IntentLevel    *string    `json:"intentLevel"`
	StartTime      *time.Time `json:"startTime"`
	EndTime        *time.Time `json:"endTime"`
	ChatDuration   *int       `json:"chatDuration"`
	ChatRound      *int       `json:"chatRound"`
}

// Record is a call record as the operations ask for it.
type Record struct {
	ID      int64 `json:"id,string"`
	Version int   `json:"version"`
	outcome
	ReadStatus        string    `json:"readStatus"`
	CalledPhoneNumber *string   `json:"calledPhoneNumber"`
	CustomerConcern   JSON      `json:"customerConcern"`
	FullAudioURL      *string   `json:"fullAudioUrl"`
	CustomerPerson    *Customer `json:"customerPerson"`
	Details           []Turn    `json:"details"`
}

// JSON is JSON as it is stored.
type JSON []byte

// MarshalJSON returns the text itself.
func (j JSON) MarshalJSON() ([]byte, error) { return j, nil }

// Customer is the customer of a record.
type Customer struct {
	ID                int64   `json:"id,string"`
	Name              *string `json:"name"`
	PhoneNumber       *string `json:"phoneNumber"`
	Gender            *string `json:"gender"`
	CustomerGroupName *string `json:"customerGroupName"`
}

// mostCounted is how many turns that have a token are counted at the most, as by the product (docs/decisions/0032).
const mostCounted = 30_000

// Turn is a turn of a transcript.
type Turn struct {
	Position int    `json:"position"`
	Type     string `json:"type"`
	Text     string `json:"text"`
}

// Call is a call with the 25 fields of a page, and as it is created.
type Call struct {
	NodeID                string     `json:"nodeId"`
	ID                    string     `json:"id"`
	Version               int        `json:"version"`
	Name                  *string    `json:"name"`
	Subject               *string    `json:"subject"`
	CallType              *string    `json:"callType"`
	OutgoingCallStatus    *string    `json:"outgoingCallStatus"`
	CallStartTime         *time.Time `json:"callStartTime"`
	CallDurationInSeconds *int       `json:"callDurationInSeconds"`
	CallPurpose           *string    `json:"callPurpose"`
	CallResult            *string    `json:"callResult"`
	CallAgenda            *string    `json:"callAgenda"`
	Reminder              *string    `json:"reminder"`
	ScheduledInCrm        *bool      `json:"scheduledInCrm"`
	CtiEntry              *bool      `json:"ctiEntry"`
	CallerID              *string    `json:"callerId"`
	DialledNumber         *string    `json:"dialledNumber"`
	VoiceRecording        *string    `json:"voiceRecording"`
	OwnerID               *string    `json:"ownerId"`
	OwnerType             *string    `json:"ownerType"`
	OwnerSubtype          *string    `json:"ownerSubtype"`
	CreatedBy             string     `json:"createdBy"`
	CreatedAt             time.Time  `json:"createdAt"`
	UpdatedBy             string     `json:"updatedBy"`
	UpdatedAt             time.Time  `json:"updatedAt"`
}

// callColumns are the columns of a Call in the order of its fields, but for the first.
const callColumns = `id, version, name, subject, call_type, outgoing_call_status, call_start_time,
 call_duration_in_seconds, call_purpose, call_result, call_agenda, reminder, scheduled_in_crm, cti_entry, caller_id,
 dialled_number, voice_recording, owner_id, owner_type, owner_subtype, created_by, created_at, updated_by, updated_at`

// columns returns where the columns of callColumns are read to. at returns where a time is read to.
func (c *Call) columns(at func(**time.Time) any, required func(*time.Time) any) []any {
	return []any{
		&c.ID, &c.Version, &c.Name, &c.Subject, &c.CallType, &c.OutgoingCallStatus, at(&c.CallStartTime),
		&c.CallDurationInSeconds, &c.CallPurpose, &c.CallResult, &c.CallAgenda, &c.Reminder, &c.ScheduledInCrm,
		&c.CtiEntry, &c.CallerID, &c.DialledNumber, &c.VoiceRecording, &c.OwnerID, &c.OwnerType, &c.OwnerSubtype,
		&c.CreatedBy, required(&c.CreatedAt), &c.UpdatedBy, required(&c.UpdatedAt),
	}
}

// recordColumns are the columns of a Record and its customer, from the tables r and c.
const recordColumns = `r.id, r.version, r.robot_call_job_id, r.result_status, r.intent_level, r.start_time, r.end_time,
 r.chat_duration, r.chat_round, r.read_status, r.called_phone_number, r.customer_concern, r.full_audio_url, c.id,
 c.name, c.phone_number, c.gender, c.customer_group_name`

// fromRecords joins records with their customers.
const fromRecords = ` FROM call_records r LEFT JOIN customer_persons c
 ON c.tenant_id = r.tenant_id AND c.id = r.customer_person_id`

// columns returns where the columns of recordColumns are read to. The customer's key is read to id.
func (r *Record) columns(c *Customer, id **int64, at func(**time.Time) any) []any {
	return []any{
		&r.ID, &r.Version, &r.RobotCallJobID, &r.ResultStatus, &r.IntentLevel, at(&r.StartTime), at(&r.EndTime),
		&r.ChatDuration, &r.ChatRound, &r.ReadStatus, &r.CalledPhoneNumber, (*[]byte)(&r.CustomerConcern), &r.FullAudioURL,
		id, &c.Name, &c.PhoneNumber, &c.Gender, &c.CustomerGroupName,
	}
}

// Group is how many records have the same result and grade on a day.
type Group struct {
	Result, Intent, Day *string
	Count               int
}

// Hit is a turn that a search found.
type Hit struct {
	CallRecord struct {
		ID        int64      `json:"id,string"`
		StartTime *time.Time `json:"startTime"`
	} `json:"callRecord"`
	Turn Turn `json:"turn"`
}

// Delivery is a record as it is delivered.
type Delivery struct {
	ID int64 `json:"id,string"`
	outcome
	CustomerConcern []string `json:"customerConcern"`
	CustomerPerson  struct {
		ID          int64  `json:"id,string"`
		Name        string `json:"name"`
		PhoneNumber string `json:"phoneNumber"`
	} `json:"customerPerson"`
	Details []Turn `json:"details"`
}
