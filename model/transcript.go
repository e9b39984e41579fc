package model

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"callbook/text"
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

	Terms  []string               `bun:"-"` // what was looked for
	RowSet *RowSet[TranscriptHit] `bun:"-" json:"-"`
}

// SetReading stores how the hit was read.
func (h *TranscriptHit) SetReading(r Reading[TranscriptHit]) { h.RowSet = r.RowSet }

// Turn is the hit as a turn of its record.
func (h *TranscriptHit) Turn() *CallDetail {
	return &CallDetail{CallRecordID: h.CallRecordID, Position: h.Position, CallDetailID: h.CallDetailID, Type: h.Type, Text: h.Text}
}

// Snippet returns the turn's text, or of a long one the part around the first term, with the places of all terms.
func (h *TranscriptHit) Snippet() *Snippet {
	s := text.NewSnippet(h.Text, h.Terms)
	highlights := make([]*Highlight, len(s.Highlights))
	for i, r := range s.Highlights {
		highlights[i] = &Highlight{Start: r.Start, End: r.End}
	}
	return &Snippet{Text: s.Text, Highlights: highlights, IsCut: s.IsCut}
}

// TranscriptFacets say how hits spread. Each of its closures, which come from package db, takes one statement when it
// is asked for.
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
