package db

import (
	"context"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

// onLiveCall holds for notes whose call is not deleted.
const onLiveCall = "EXISTS (SELECT 1 FROM calls AS owner WHERE owner.tenant_id = note.tenant_id AND owner.id = note.call_id AND owner.deleted_at IS NULL)"

// Note is one note by its key; nil where there is none, or where its call is deleted.
func (d *DB) Note(ctx context.Context, id string) (*model.Note, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*model.Note
	err = s.selectFrom(&rows).Where("note.id = ?", id).Where(onLiveCall).Scan(ctx)
	return first(rows), err
}

// NotesOfCalls are the notes on calls, by call, the latest first: one statement.
func (d *DB) NotesOfCalls(ctx context.Context, callIDs []string) (map[string][]*model.Note, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*model.Note
	if err := s.selectFrom(&rows).Where("note.call_id IN (?)", bun.List(callIDs)).OrderExpr("note.call_id, note.id DESC").Scan(ctx); err != nil {
		return nil, err
	}
	notes := make(map[string][]*model.Note, len(callIDs))
	for _, row := range rows {
		notes[row.CallID] = append(notes[row.CallID], row)
	}
	return notes, nil
}

// AddNote writes a note on a call.
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
			return model.NotFound("callId", "there is no call with the key %s", text.Quote(callID))
		}
		note = &model.Note{ID: uuid.Must(uuid.NewV7()).String(), Version: 1, CallID: callID, Text: body,
			CreatedBy: s.actor.Name, CreatedAt: s.now, UpdatedBy: s.actor.Name, UpdatedAt: s.now}
		_, err = insertInto(s, []*model.Note{note}).Exec(ctx)
		return err
	})
	return note, err
}

// UpdateNote changes a note's text.
func (d *DB) UpdateNote(ctx context.Context, id, text string, expected *int) (note *model.Note, err error) {
	if err := model.CheckNote(text); err != nil {
		return nil, err
	}
	err = d.write(ctx, func(ctx context.Context, s scope) error {
		if note, err = s.lockNote(ctx, id, expected); err != nil || note.Text == text {
			return err
		}
		note.Version++
		note.Text, note.UpdatedBy, note.UpdatedAt = text, s.actor.Name, s.now
		_, err := upsert(s, []*model.Note{note}, "id").Exec(ctx)
		return err
	})
	return note, err
}

// DeleteNote removes a note for good.
func (d *DB) DeleteNote(ctx context.Context, id string, expected *int) error {
	return d.write(ctx, func(ctx context.Context, s scope) error {
		if _, err := s.lockNote(ctx, id, expected); err != nil {
			return err
		}
		_, err := s.deleteFrom((*model.Note)(nil)).Where("id = ?", id).Exec(ctx)
		return err
	})
}

func (s scope) lockNote(ctx context.Context, id string, expected *int) (*model.Note, error) {
	var rows []*model.Note
	if err := s.lockForUpdate(&rows).Where("note.id = ?", id).Where(onLiveCall).Scan(ctx); err != nil {
		return nil, err
	}
	note := first(rows)
	if note != nil {
		live, err := s.lockLive(ctx, []string{note.CallID})
		if err != nil {
			return nil, err
		}
		if !live[note.CallID] {
			note = nil
		}
	}
	if note == nil {
		return nil, model.NotFound("id", "there is no note with the key %s", text.Quote(id))
	}
	if expected != nil && *expected != note.Version {
		return nil, model.StaleVersion(*expected, note.Version, note.UpdatedBy, note.UpdatedAt)
	}
	return note, nil
}

// lockLive tells which calls are not deleted, and keeps others from deleting them while what hangs on them is written.
func (s scope) lockLive(ctx context.Context, callIDs []string) (map[string]bool, error) {
	live := map[string]bool{}
	if len(callIDs) == 0 {
		return live, nil
	}
	q := s.selectFrom((*model.Call)(nil)).Column("id").Where("call.id IN (?)", bun.List(callIDs)).Where("call.deleted_at IS NULL").Order("id")
	if s.dialect.forUpdate {
		q.For("SHARE")
	}
	var ids []string
	err := q.Scan(ctx, &ids)
	for _, id := range ids {
		live[id] = true
	}
	return live, err
}

// RelatedCounts counts what hangs on calls, by call, attachments aside, which are in the call itself: two statements.
func (d *DB) RelatedCounts(ctx context.Context, callIDs []string) (map[string]*model.CallRelatedCounts, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	counts := make(map[string]*model.CallRelatedCounts, len(callIDs))
	for _, id := range callIDs {
		counts[id] = &model.CallRelatedCounts{}
	}
	notes, err := s.countByCall(ctx, s.selectFrom((*model.Note)(nil)).Where("call_id IN (?)", bun.List(callIDs)))
	if err != nil {
		return nil, err
	}
	for id, n := range notes {
		counts[id].Notes = n
	}
	var tasks []struct {
		CallID         string
		Open, Finished int
	}
	err = s.selectFrom((*model.Task)(nil)).Where("call_id IN (?)", bun.List(callIDs)).Group("call_id").
		ColumnExpr("call_id, COUNT(CASE WHEN status <> 'DONE' THEN 1 END) AS open, COUNT(CASE WHEN status = 'DONE' THEN 1 END) AS finished").
		Scan(ctx, &tasks)
	for _, row := range tasks {
		counts[row.CallID].OpenTasks, counts[row.CallID].FinishedTasks = row.Open, row.Finished
	}
	return counts, err
}
