package model

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"
)

// Job is work that goes on after the request that started it: the row and the GraphQL object.
type Job struct {
	bun.BaseModel `bun:"table:jobs,alias:job"`

	TenantID     int64  `bun:",pk"`
	ID           string `bun:",pk"`
	Kind         JobKind
	State        JobState
	Input        string // JSON, as the kind has it
	Position     string // JSON, from which the kind goes on; empty at the beginning
	RowsTotal    *int64
	RowsRead     int64
	RowsWritten  int64
	RowsFailed   int64
	FileID       *string
	Failure      *string // JSON of a JobFailure
	Starter      string  // JSON of a CredentialRights
	Credential   string
	CreatedBy    string
	CreatedAt    time.Time
	StartedAt    *time.Time // when it was claimed last
	ProgressedAt *time.Time
	EndedAt      *time.Time
	ExpiresAt    time.Time
	ClaimedBy    *string // the process that runs it; nil where none does
	Heartbeat    int64
	Attempts     int64       // how often it was claimed, without those that a stopping process handed back
	DueAt        time.Time   // before which it is not claimed
	Fingerprint  *string     // of an import: what is the same for imports that are one; nil where another has its place
	SourceID     *string     // the file that an import reads, or read that is undone; nil of others
	RowKind      *ImportKind // of an import: what its rows are; nil of others
	Undoes       *string     // of an undo: the import that it takes back; nil of others
	Counts       *string     `bun:"imported"` // JSON of ImportCounts; nil of others than imports

	File      *File `bun:"-"` // what an export has made; nil until then
	ErrorFile *File `bun:"-"` // what an import has made of rows at fault; nil where there is none
}

// JobOutcome is what became of a row of an import, or of its undo.
type JobOutcome struct {
	bun.BaseModel `bun:"table:job_outcomes,alias:job_outcome"`

	TenantID  int64  `bun:",pk"`
	JobID     string `bun:",pk"`
	RowNumber int64  `bun:",pk"` // of a table that of the sheet, else the place in the file, from 1
	Outcome   RowOutcome
	Errors    *string // JSON of a list of RowProblem; nil for none
	RowKey    *string
	Version   *int64
	Warnings  *string // as Errors
}

// RowProblem is what is wrong with a row of an import, or what it went in without.
type RowProblem struct {
	Code    ErrorCode `json:"code"`
	Field   string    `json:"field,omitempty"`
	Column  int       `json:"column,omitempty"` // of a table, from 1; 0 where it is the row as a whole
	Cell    string    `json:"cell,omitempty"`
	Message string    `json:"message"`
}

// Problems returns what is wrong with the row.
func (o *JobOutcome) Problems() []RowProblem { return rowProblems(o.Errors) }

// LeftOut returns what the row went in without.
func (o *JobOutcome) LeftOut() []RowProblem { return rowProblems(o.Warnings) }

func rowProblems(text *string) (problems []RowProblem) {
	if text == nil || json.Unmarshal([]byte(*text), &problems) != nil {
		return nil
	}
	return problems
}

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (o *JobOutcome) InTenant(id int64) { o.TenantID = id }

// JobSharer is a credential that has asked for a job that another one had started.
type JobSharer struct {
	bun.BaseModel `bun:"table:job_sharers,alias:job_sharer"`

	TenantID   int64  `bun:",pk"`
	JobID      string `bun:",pk"`
	Credential string `bun:",pk"`
}

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (s *JobSharer) InTenant(id int64) { s.TenantID = id }

// Imported returns what became of the rows of an import so far, nil for other jobs.
func (j *Job) Imported() *ImportCounts {
	if j.Kind != JobKindImport {
		return nil
	}
	counts := &ImportCounts{}
	if j.Counts != nil && json.Unmarshal([]byte(*j.Counts), counts) != nil {
		return nil
	}
	return counts
}

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (j *Job) InTenant(id int64) { j.TenantID = id }

// JobID returns the job's key.
func (j *Job) JobID() string { return j.ID }

// HasEnded reports whether the job is at its end.
func (j *Job) HasEnded() bool { return j.State != JobStateWaiting && j.State != JobStateRunning }

// OpenFileID returns the file that the job has begun, as its position says; empty where it has begun none.
func (j *Job) OpenFileID() string {
	var position struct {
		FileID string `json:"fileId"`
	}
	if json.Unmarshal([]byte(j.Position), &position) != nil {
		return "" // of another kind
	}
	return position.FileID
}

// Error returns why the job has failed, nil where it has not.
func (j *Job) Error() *JobFailure {
	if j.Failure == nil {
		return nil
	}
	failure := &JobFailure{}
	if json.Unmarshal([]byte(*j.Failure), failure) != nil {
		return nil
	}
	return failure
}

// Progress returns how far the job is. It tells rate and time left while the job runs.
func (j *Job) Progress() *JobProgress {
	p := &JobProgress{RowsRead: int(j.RowsRead), RowsWritten: int(j.RowsWritten), RowsFailed: int(j.RowsFailed)}
	if j.RowsTotal != nil {
		p.RowsTotal = new(int(*j.RowsTotal))
	}
	if j.StartedAt == nil || j.ProgressedAt == nil {
		return p
	}
	took := j.ProgressedAt.Sub(*j.StartedAt).Seconds()
	if took <= 0 || j.RowsRead == 0 {
		return p
	}
	p.RowsPerSecond = new(float64(j.RowsRead) / took)
	if left := int64(0); j.RowsTotal != nil && !j.HasEnded() {
		left = max(0, *j.RowsTotal-j.RowsRead)
		p.SecondsLeft = new(int(float64(left) / *p.RowsPerSecond))
	}
	return p
}

// CredentialRights are the rights of a credential, for what goes on after its request: a job, a link. Of a key they
// are read again whenever they are used.
type CredentialRights struct {
	Name        string         `json:"name"`
	Kind        CredentialKind `json:"kind"`
	Credential  string         `json:"credential"`
	Roles       []Role         `json:"roles"`
	Permissions []Permission   `json:"permissions"`
	ExpiresAt   *time.Time     `json:"expiresAt,omitempty"`
}

// RightsOf returns the rights of an actor.
func RightsOf(a Actor) CredentialRights {
	return CredentialRights{a.Name, a.Kind, a.Credential, a.Roles, a.Permissions, a.ExpiresAt}
}

// Actor returns the actor with the rights, in a tenant.
func (r CredentialRights) Actor(tenantID int64) Actor {
	permissions := r.Permissions
	if permissions == nil {
		permissions = []Permission{}
	}
	a := NewActor(tenantID, r.Name, r.Roles, permissions)
	a.Kind, a.Credential, a.ExpiresAt = r.Kind, r.Credential, r.ExpiresAt
	return a
}

// JobStarter returns the context's actor as the row of a job has it, as JSON.
func JobStarter(ctx context.Context) string {
	actor, _ := ActorFrom(ctx)
	text, err := json.Marshal(RightsOf(actor))
	if err != nil {
		panic(err) // it is texts and times
	}
	return string(text)
}
