package model

import (
	"time"

	"github.com/uptrace/bun"
)

// Event is one change of a row, as it was written with the row.
type Event struct {
	bun.BaseModel `bun:"table:events,alias:event"`

	TenantID    int64 `bun:",pk"`
	Position    int64 `bun:",pk"`
	At          time.Time
	Entity      ChangeEntity
	Kind        ChangeKind
	Subject     string  // the key of the call, or of the record
	RowID       *string // the key of the task or the note on the call; nil for calls and records
	Operation   string  // the mutation
	Actor       string  // who did it
	Creator     string  // who created the call or the record
	CreatorKind *CreatorKind
	BeforeRow   *string // JSON of the columns that had other values, by name; nil where the row is new or purged
	AfterRow    *string // JSON of the columns, by name; nil where the row is gone or purged
	Xid         int64   `bun:",scanonly"` // the transaction on PostgreSQL; the position on SQLite
}

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (e *Event) InTenant(id int64) { e.TenantID = id }

// Key returns the key of the row that has changed.
func (e *Event) Key() string {
	if e.RowID != nil {
		return *e.RowID
	}
	return e.Subject
}
