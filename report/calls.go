package report

import (
	_ "embed"
	"time"
)

// CallsDocument is the GraphQL document that answers Calls. Its variables are those of Query.calls, and withRecords,
// which asks for transcripts.
//
//go:embed calls.graphql
var CallsDocument string

// Calls are calls with what hangs on them, as CallsDocument answers them.
type Calls struct {
	Calls *struct {
		Nodes    []*Call
		PageInfo struct {
			HasNextPage bool
			EndCursor   *string
		}
	}
}

// Call is a call to be printed. Its fields are the schema's.
type Call struct {
	ID                                                          string
	Version                                                     int
	Name, Subject, CallType, OutgoingCallStatus, CallStatus     *string
	CallStartTime                                               *time.Time
	CallDuration, CallPurpose, CallResult, CallAgenda, Reminder *string
	ScheduledInCrm, CtiEntry                                    *bool
	CallerID, DialledNumber, VoiceRecording                     *string
	Tags                                                        []string
	Description, OwnerID, OwnerType, OwnerSubtype               *string
	Attachments                                                 []Attachment
	CreatedBy, UpdatedBy                                        string
	CreatedAt, UpdatedAt                                        time.Time
	Tasks                                                       page[Task]
	Notes                                                       page[Note]
	CallRecord                                                  *Record
}

type page[T any] struct {
	Nodes    []T
	PageInfo struct{ HasNextPage bool }
}

// Attachment is a link to a file.
type Attachment struct{ Name, Title, FileID *string }

// Task is a task of a call.
type Task struct {
	Subject, Status       string
	Description, Assignee *string
	DueAt                 *time.Time
}

// Note is a note on a call.
type Note struct {
	Text, CreatedBy string
	CreatedAt       time.Time
}

// Record is the robot's record that a call was made of.
type Record struct {
	ID                                       string
	ResultStatus, IntentLevel, AnalysisBasis *string
	RealIntentLevel                          *string
	StartTime                                *time.Time
	ChatDuration, ChatRound                  *int
	Details                                  []Turn
}

// Turn is one utterance of a transcript.
type Turn struct{ Type, Text string }
