package graph

import (
	"context"

	"callbook/db"
	"callbook/model"
)

func (r call) Notes(ctx context.Context, c *model.Call, first *int, after *string) (*model.NoteConnection, error) {
	args := model.PageArgs{First: first, After: after}
	page, err := loadPage(ctx, r.db, c.RowSet, "notes", c, callID, args, db.NoteColumns, (*db.DB).NotesOfCalls)
	return &model.NoteConnection{Page: page}, err
}

func (r note) Call(ctx context.Context, n *model.Note) (*model.Call, error) {
	ofCall := func(n *model.Note) *string { return &n.CallID }
	return loadRow(ctx, r.db, n.RowSet, "call", n, ofCall, db.CallColumns, (*db.DB).CallsByID)
}

func (r query) Note(ctx context.Context, id string) (*model.Note, error) {
	return r.db.Note(ctx, id, selected(ctx, db.NoteColumns))
}

func (r mutation) AddNote(ctx context.Context, callID, text string) (*model.NotePayload, error) {
	n, err := r.db.AddNote(ctx, callID, text)
	if err != nil {
		return nil, err
	}
	return &model.NotePayload{Note: n}, nil
}

func (r mutation) UpdateNote(ctx context.Context, id, text string, expectedVersion *int) (*model.NotePayload, error) {
	n, err := r.db.UpdateNote(ctx, id, text, expectedVersion)
	if err != nil {
		return nil, err
	}
	return &model.NotePayload{Note: n}, nil
}

func (r mutation) DeleteNote(ctx context.Context, id string, expectedVersion *int) (*model.DeleteNotePayload, error) {
	n, err := r.db.DeleteNote(ctx, id, expectedVersion)
	noteErased(ctx, "notes", func() []string { return []string{n.ID} }, err)
	if err != nil {
		return nil, err
	}
	return &model.DeleteNotePayload{Note: n}, nil
}

func (r deletedNote) Call(ctx context.Context, p *model.DeleteNotePayload) (*model.Call, error) {
	return note(r).Call(ctx, p.Note)
}
