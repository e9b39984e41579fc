package db

import (
	"context"

	"github.com/uptrace/bun"

	"callbook/model"
)

// onLiveCall is the condition on notes that their call is not deleted.
const onLiveCall = "EXISTS (SELECT 1 FROM calls AS owner" +
	" WHERE owner.tenant_id = note.tenant_id AND owner.id = note.call_id AND owner.deleted_at IS NULL)"

// Note returns a note by its key; nil where there is none, or where its call is deleted. It takes one statement.
func (d *DB) Note(ctx context.Context, id string) (*model.Note, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*model.Note
	err = s.selectFrom(&rows).Where("note.id = ?", id).Where(onLiveCall).Scan(ctx)
	return firstRow(rows), err
}

// NotesOfCalls returns the notes on calls, by call, the latest first; calls without notes are absent. It takes one
// statement.
func (d *DB) NotesOfCalls(ctx context.Context, callIDs []string) (map[string][]*model.Note, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*model.Note
	if err := s.selectFrom(&rows).Where("note.call_id IN (?)", bun.List(callIDs)).
		OrderExpr("note.call_id, note.id DESC").Scan(ctx); err != nil {
		return nil, err
	}
	notes := make(map[string][]*model.Note, len(callIDs))
	for _, row := range rows {
		notes[row.CallID] = append(notes[row.CallID], row)
	}
	return notes, nil
}

// AddNote creates a note on a call. It returns BAD_USER_INPUT for a text that is empty or too long, and NOT_FOUND
// where there is no such call or it is deleted. It takes two statements.
func (d *DB) AddNote(ctx context.Context, callID, body string) (note *model.Note, err error) {
	if err := model.CheckNote(body); err != nil {
		return nil, err
	}
	err = d.write(ctx, func(ctx context.Context, s scope) error {
		calls, err := s.lockCalls(ctx, []string{callID})
		if err != nil {
			return err
		}
		if call := calls[callID]; call == nil || call.DeletedAt != nil || !s.owns(call.CreatedBy) {
			return model.NotFound("callId", "there is no call with the key %s", quoteKey(callID))
		}
		note = &model.Note{ID: newID(nil), CallID: callID, Text: body, CreatedBy: s.actor.Name, CreatedAt: s.now}
		noteEntity.bumpVersion(s, note)
		_, err = insertInto(s, []*model.Note{note}).Exec(ctx)
		return err
	})
	return note, err
}

// UpdateNote changes a note's text. It returns BAD_USER_INPUT for a text that is empty or too long, NOT_FOUND where
// there is no such note or its call is deleted, and CONFLICT where the version is not the expected one. It takes two
// statements, three where the text changes.
func (d *DB) UpdateNote(ctx context.Context, id, text string, expected *int) (note *model.Note, err error) {
	if err := model.CheckNote(text); err != nil {
		return nil, err
	}
	err = d.write(ctx, func(ctx context.Context, s scope) error {
		if note, err = s.lockNote(ctx, id, expected); err != nil || note.Text == text {
			return err
		}
		note.Text = text
		noteEntity.bumpVersion(s, note)
		_, err := upsert(s, []*model.Note{note}, "id").Exec(ctx)
		return err
	})
	return note, err
}

// DeleteNote removes a note permanently. It returns NOT_FOUND and CONFLICT as UpdateNote does. It takes three
// statements.
func (d *DB) DeleteNote(ctx context.Context, id string, expected *int) error {
	return d.write(ctx, func(ctx context.Context, s scope) error {
		if _, err := s.lockNote(ctx, id, expected); err != nil {
			return err
		}
		_, err := s.deleteFrom((*model.Note)(nil)).Where("id = ?", id).Exec(ctx)
		return err
	})
}

// lockNote reads a note and locks it against writers, and its call against deletion. It returns NOT_FOUND and
// CONFLICT. It takes two statements.
func (s scope) lockNote(ctx context.Context, id string, expected *int) (*model.Note, error) {
	var rows []*model.Note
	if err := s.lockForUpdate(&rows).Where("note.id = ?", id).Where(onLiveCall).Scan(ctx); err != nil {
		return nil, err
	}
	note := firstRow(rows)
	if note == nil {
		return nil, noteEntity.notFound(id)
	}
	live, err := s.lockLiveCalls(ctx, []string{note.CallID})
	if err != nil {
		return nil, err
	}
	if !live[note.CallID] {
		return nil, noteEntity.notFound(id)
	}
	if err := noteEntity.checkVersion(note, expected); err != nil {
		return nil, err
	}
	return note, nil
}
