package model

import (
	"unicode/utf8"

	"github.com/uptrace/bun"
)

// Note is a note on a call: the row and the GraphQL object.
type Note struct {
	bun.BaseModel `bun:"table:notes,alias:note"`

	TenantID int64  `bun:",pk"`
	ID       string `bun:",pk"`
	CallID   string
	Text     string
	Audit

	CallCreator Creator       `bun:"-" json:"-"` // who created the call; where the row is read to be written
	RowSet      *RowSet[Note] `bun:"-" json:"-"`
}

// SetReading stores how the note was read.
func (n *Note) SetReading(r Reading[Note]) { n.RowSet = r.RowSet }

const maxNote = 32000

// CheckNote returns a BAD_USER_INPUT error for a text that is empty or longer than 32,000 characters, else nil.
func CheckNote(text string) error {
	if text == "" {
		return BadInput("text", "must not be empty")
	}
	if n := utf8.RuneCountInString(text); n > maxNote {
		return BadInput("text", "has %d characters; at most %d", n, maxNote)
	}
	return nil
}

// DeleteNotePayload is the answer to deleteNote.
type DeleteNotePayload struct {
	Note *Note // as it was
}

// NoteID returns the key of the note.
func (p *DeleteNotePayload) NoteID() string { return p.Note.ID }

// DeletedNodeID returns the nodeId of the note.
func (p *DeleteNotePayload) DeletedNodeID() string { return p.Note.NodeID() }
