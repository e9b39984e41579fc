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

	Visibility Visibility `bun:"-"` // what its reader sees of personal data
}

// SetReading stores how the entry was read.
func (e *CallHistoryEntry) SetReading(r Reading[CallHistoryEntry]) { e.Visibility = r.Visibility }
