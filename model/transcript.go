package model

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// TranscriptHit is a turn that matches a search, read with what its order needs.
type TranscriptHit struct {
	bun.BaseModel `bun:"table:call_details,alias:call_detail"`

	TenantID     int64 `bun:",pk"`
	CallRecordID int64 `bun:",pk"`
	Position     int   `bun:",pk"`
	CallDetailID string
	Type         CallDetailType
	Text         string
	StartTime    *time.Time `bun:",scanonly"` // of the record
	Relevance    int        `bun:",scanonly"`

	Terms    []string                 `bun:"-"` // what was looked for
	Siblings *Siblings[TranscriptHit] `bun:"-" json:"-"`
}

// Turn is the hit as a turn of its record.
func (h *TranscriptHit) Turn() *CallDetail {
	return &CallDetail{CallRecordID: h.CallRecordID, Position: h.Position, CallDetailID: h.CallDetailID, Type: h.Type, Text: h.Text}
}

// Snippet shows where the hit has the terms.
func (h *TranscriptHit) Snippet() *Snippet { return NewSnippet(h.Text, h.Terms) }

// TranscriptFacets say how hits spread; each is read when it is asked for.
type TranscriptFacets struct {
	JobCounts    func(context.Context) ([]*JobFacet, error)
	IntentCounts func(context.Context) ([]*IntentCount, error)
	DayCounts    func(ctx context.Context, timeZone string) ([]*DayFacet, error)
}

func (f *TranscriptFacets) Jobs(ctx context.Context) ([]*JobFacet, error) { return f.JobCounts(ctx) }

func (f *TranscriptFacets) IntentLevels(ctx context.Context) ([]*IntentCount, error) {
	return f.IntentCounts(ctx)
}

func (f *TranscriptFacets) Days(ctx context.Context, timeZone string) ([]*DayFacet, error) {
	return f.DayCounts(ctx, timeZone)
}

// JobFacet is written by hand because gqlgen would bind its key to text.
type JobFacet struct {
	RobotCallJobID *int64
	Count          int
}
