package graph

import (
	"context"

	"callbook/db"
	"callbook/model"
)

func (r call) Notes(ctx context.Context, c *model.Call) ([]*model.Note, error) {
	notes, err := loadByKey(ctx, r.db, c.RowSet, "notes", callID, (*db.DB).NotesOfCalls)
	return orEmpty(notes[c.ID]), err
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
	if err := r.db.DeleteNote(ctx, id, expectedVersion); err != nil {
		return nil, err
	}
	return &model.DeleteNotePayload{ID: id}, nil
}
