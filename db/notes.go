package db

import (
	"context"

	"callbook/model"
)

// MaxNotePage is the greatest page of the notes on a call.
const MaxNotePage = 100

// onLiveCall is the condition on notes that their call is not deleted.
const onLiveCall = "EXISTS (SELECT 1 FROM calls AS owner" +
	" WHERE owner.tenant_id = note.tenant_id AND owner.id = note.call_id AND owner.deleted_at IS NULL)"

// Note returns a note by its key; nil where there is none, or where its call is deleted. Where columns are asked for no
// others are read. It takes one statement.
func (d *DB) Note(ctx context.Context, id string, asked ...Columns) (*model.Note, error) {
	return rowByKey(ctx, d, &noteEntity, id, expr(onLiveCall), asked)
}

// NotesByID returns notes by key; those that are missing, or whose calls are deleted, are absent. Where columns are
// asked for no others are read. It takes one statement.
func (d *DB) NotesByID(ctx context.Context, ids []string, asked ...Columns) (map[string]*model.Note, error) {
	return rowsByKey(ctx, d, &noteEntity, ids, expr(onLiveCall), asked)
}

// NotesOfCalls returns a page of the notes on each of many calls, by call, the latest first; every call has a page.
// Where columns are asked for no others are read. It returns BAD_USER_INPUT, and LIMIT_EXCEEDED for a page that is too
// large. It takes one statement, and one more for the totals of all calls together where one is asked for.
func (d *DB) NotesOfCalls(ctx context.Context, callIDs []string, args model.PageArgs, asked ...Columns,
) (map[string]model.Page[model.Note], error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	id := textKey("id", "note.id", func(n *model.Note) *string { return &n.ID })
	l := &list[model.Note]{scope: s, kind: "notes", maxSize: MaxNotePage, fixed: "notes",
		rows: NoteColumns, asked: NoteColumns.union(asked), needed: NoteColumns.Of("callId"),
		order: []sortStep[model.Note]{{sortKey: id.required(), desc: true}}}
	of := children[string, model.Note]{list: l, parent: "note.call_id",
		key: func(n *model.Note) *string { return &n.CallID }, prepareAll: prepareRows[model.Note]}
	return of.pages(ctx, callIDs, args)
}

// AddNote creates a note on a call. It returns BAD_USER_INPUT for a text that is empty or too long, and NOT_FOUND
// where there is no such call or it is deleted. It takes two statements.
func (d *DB) AddNote(ctx context.Context, callID, body string) (note *model.Note, err error) {
	if err := model.CheckNote(body); err != nil {
		return nil, err
	}
	err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
		calls, err := s.lockCalls(ctx, []string{callID})
		if err != nil {
			return err
		}
		if call := calls[callID]; call == nil || call.DeletedAt != nil || !s.owns(call.CreatedBy) {
			return model.NotFound("callId", "there is no call with the key %s", quoteKey(callID))
		}
		note = &model.Note{ID: newID(nil), CallID: callID, Text: body,
			Audit: model.Audit{CreatedBy: s.actor.Name, CreatedAt: s.now}}
		noteEntity.bumpVersion(s, note)
		prepareRows(s, []*model.Note{note})
		return insertRows(ctx, s, []*model.Note{note})
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
	err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
		if note, err = s.lockNote(ctx, id, expected); err != nil || note.Text == text {
			return err
		}
		note.Text = text
		noteEntity.bumpVersion(s, note)
		return upsertRows(ctx, s, []*model.Note{note})
	})
	return note, err
}

// DeleteNote removes a note permanently, and returns what it was. It returns NOT_FOUND and CONFLICT as UpdateNote does.
// It takes three statements.
func (d *DB) DeleteNote(ctx context.Context, id string, expected *int) (note *model.Note, err error) {
	err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
		if note, err = s.lockNote(ctx, id, expected); err != nil {
			return err
		}
		_, err := s.deleteFrom((*model.Note)(nil)).Where("id = ?", id).Exec(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return note, nil
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
	prepareRows(s, rows)
	return note, nil
}
