package model

import (
	"github.com/uptrace/bun"

	"callbook/text"
)

// CallDetail is one turn of a transcript. Its key is the record and the position.
type CallDetail struct {
	bun.BaseModel `bun:"table:call_details,alias:call_detail"`

	TenantID     int64 `bun:",pk"`
	CallRecordID int64 `bun:",pk"`
	Position     int   `bun:",pk"`
	CallDetailID string
	Type         CallDetailType
	Text         string
	TextFold     *string // what searches compare: see text.FoldColumn
	TurnID       int64   // key in the search index on SQLite; grows with time
}

// MergeDetails returns the turns to write over the stored ones, in order, empty where nothing changes. Both lists are
// sorted by position. Delivered turns that are numbered from 1 without gaps and reach at least as far as the stored
// ones replace them; of any others only those at positions that are not stored are added.
func MergeDetails(recordID int64, stored []*CallDetail, in []*CallDetailInput) (turns []*CallDetail) {
	n := len(in)
	replaces := n > 0 && *in[n-1].Position == n && (len(stored) == 0 || stored[len(stored)-1].Position <= n)
	at := make(map[int]*CallDetail, len(stored))
	for _, turn := range stored {
		at[turn.Position] = turn
	}
	for _, d := range in {
		old := at[*d.Position]
		switch {
		case old == nil:
		case !replaces, old.Type == d.Type && old.Text == d.Text && old.CallDetailID == *d.CallDetailID:
			continue
		}
		turn := &CallDetail{
			CallRecordID: recordID,
			Position:     *d.Position,
			CallDetailID: *d.CallDetailID,
			Type:         d.Type,
			Text:         d.Text,
			TextFold:     text.FoldColumn(&d.Text),
			TurnID:       newID(),
		}
		if old != nil {
			turn.TurnID = old.TurnID
		}
		turns = append(turns, turn)
	}
	return turns
}
