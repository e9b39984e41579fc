package model

import (
	"time"

	"github.com/uptrace/bun"
)

// CallHistoryEntry is one change of a call: the row and the GraphQL object.
type CallHistoryEntry struct {
	bun.BaseModel `bun:"table:call_history,alias:call_history"`

	TenantID   int64  `bun:",pk"`
	CallID     string `bun:",pk"`
	Version    int    `bun:",pk"`
	Operation  string
	ChangedBy  string
	ChangedAt  time.Time
	ChangeList JSONList[*FieldChange] `bun:"changes"`

	Visibility Visibility `bun:"-"` // which personal data its reader sees
}

// NewChange returns the change of a field. Times in it are in UTC: drivers return them in the machine's time zone.
func NewChange(field string, from, to any) *FieldChange {
	return &FieldChange{Field: field, From: inUTC(from), To: inUTC(to)}
}

func inUTC(v any) any {
	if t, ok := v.(time.Time); ok {
		return t.UTC()
	}
	return v
}

// SetReading stores how the entry was read.
func (e *CallHistoryEntry) SetReading(r Reading[CallHistoryEntry]) { e.Visibility = r.Visibility }

// TextSize returns the bytes of the texts among the entry's changes.
func (e *CallHistoryEntry) TextSize() (bytes int64) {
	for _, change := range e.ChangeList.V {
		for _, value := range []any{change.From, change.To} {
			if text, isText := value.(string); isText {
				bytes += int64(len(text))
			}
		}
	}
	return bytes
}
