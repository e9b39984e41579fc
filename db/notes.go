package db

import (
	"context"

	"callbook/model"
)

type noteOutcome = Outcome[string, model.Note]

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
func (d *DB) AddNote(ctx context.Context, callID, body string) (*model.Note, error) {
	if err := model.CheckNote(body); err != nil {
		return nil, err
	}
	return d.writeNote(ctx, func(ctx context.Context, s scope) (*model.Note, error) {
		calls, err := s.lockCalls(ctx, []string{callID})
		if err != nil {
			return nil, err
		}
		if call := calls[callID]; call == nil || call.DeletedAt != nil || !s.owns(call) {
			return nil, model.NotFound("callId", "there is no call with the key %s", quoteKey(callID))
		}
		note := &model.Note{ID: newID(nil), CallID: callID, Text: body,
			Audit: model.Audit{CreatedBy: s.actor.Name, CreatedByKind: s.actor.CreatorKind(), CreatedAt: s.now}}
		note.CallCreator = calls[callID].Creator()
		noteEntity.bumpVersion(s, note)
		prepareRows(s, []*model.Note{note})
		s.noteChanged(model.ChangeKindCreated, "addNote", nil, note)
		return note, insertRows(ctx, s, []*model.Note{note})
	})
}

// writeNote runs a transaction that writes a note, and returns the note.
func (d *DB) writeNote(ctx context.Context, write func(context.Context, scope) (*model.Note, error),
) (*model.Note, error) {
	out, err := once(ctx, d, func(ctx context.Context) (out noteOutcome, err error) {
		err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
			if out.Row, err = write(ctx, s); err == nil {
				s.keep(func() *keptResult { return keptOne(out.Row.ID, model.RowOutcomeUpdated) })
			}
			return err
		})
		return out, err
	}, func(ctx context.Context, kept *keptResult) (noteOutcome, error) {
		return rowAgain(ctx, d, &noteEntity, kept)
	})
	if err != nil {
		return nil, err
	}
	return out.Row, nil
}

// UpdateNote changes a note's text. It returns BAD_USER_INPUT for a text that is empty or too long, NOT_FOUND where
// there is no such note or its call is deleted, and CONFLICT where the version is not the expected one. It takes two
// statements, three where the text changes.
func (d *DB) UpdateNote(ctx context.Context, id, text string, expected *int) (*model.Note, error) {
	if err := model.CheckNote(text); err != nil {
		return nil, err
	}
	return d.writeNote(ctx, func(ctx context.Context, s scope) (*model.Note, error) {
		note, err := s.lockNote(ctx, id, expected)
		if err != nil || note.Text == text {
			return note, err
		}
		before := new(*note)
		note.Text = text
		noteEntity.bumpVersion(s, note)
		s.noteChanged(model.ChangeKindUpdated, "updateNote", before, note)
		return note, upsertRows(ctx, s, []*model.Note{note})
	})
}

// DeleteNote removes a note permanently, and returns what it was. It returns NOT_FOUND and CONFLICT as UpdateNote does.
// It takes three statements.
func (d *DB) DeleteNote(ctx context.Context, id string, expected *int) (*model.Note, error) {
	out, err := once(ctx, d, func(ctx context.Context) (out noteOutcome, err error) {
		err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
			if out.Row, err = s.lockNote(ctx, id, expected); err != nil {
				return err
			}
			s.keep(func() *keptResult { return keptDeletion(out.Row) })
			if _, err := s.deleteFrom((*model.Note)(nil)).Where("id = ?", id).Exec(ctx); err != nil {
				return err
			}
			s.noteChanged(model.ChangeKindPurged, "deleteNote", nil, out.Row)
			return s.eraseEvents(ctx, []model.ChangeEntity{model.ChangeEntityNote}, []string{out.Row.CallID}, []string{id})
		})
		return out, err
	}, d.deletionAgain)
	if err != nil {
		return nil, err
	}
	return out.Row, nil
}

// keptDeletion returns what is kept of the deletion of a note: its key and its call's.
func keptDeletion(note *model.Note) *keptResult {
	kept := keptOne(note.ID, model.RowOutcomePurged)
	kept.CallID = note.CallID
	return kept
}

// deletionAgain returns what is kept of a note that was deleted.
func (d *DB) deletionAgain(ctx context.Context, kept *keptResult) (out noteOutcome, err error) {
	s, err := d.read(ctx)
	out.Row = &model.Note{ID: kept.row().Key, CallID: kept.CallID}
	prepareRows(s, []*model.Note{out.Row})
	return out, err
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
	if live[note.CallID] == nil {
		return nil, noteEntity.notFound(id)
	}
	note.CallCreator = live[note.CallID].Creator()
	if err := noteEntity.checkVersion(note, expected); err != nil {
		return nil, err
	}
	prepareRows(s, rows)
	return note, nil
}
