package model

import (
	"github.com/uptrace/bun"
)

// CallDetail is one turn of a transcript. Its key is the record and the position.
type CallDetail struct {
	bun.BaseModel `bun:"table:call_details,alias:call_detail"`

	TenantID     int64 `bun:",pk"`
	CallRecordID int64 `bun:",pk"`
	Position     int   `bun:",pk"` // from 1 without gaps
	CallDetailID string
	Type         CallDetailType
	Text         string
	TextFold     *string // what searches compare: see text.FoldColumn
	TurnID       int64   // key in the search index on SQLite; grows with time
	SortKey      int64   // what the turns of a record are sorted by, before the callDetailId; may have gaps
	ListLength   int     // turns of the delivery that it comes from; a shorter one does not change it
}
