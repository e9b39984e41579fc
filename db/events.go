package db

import (
	"context"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

// Events say what has happened to rows. Every transaction that changes calls, records, tasks or notes writes one for
// each row; they are read by eventwindow.go, and go after some days by eventsweep.go. An event has the row as it was
// after the change and what was otherwise before; purges erase both from all events of the row.

// eventLog is the events of a transaction that are not stored yet.
type eventLog struct {
	pending []pendingEvent
	stored  int // how many are
}

// pendingEvent is an event whose rows are not written as JSON yet: they may still change. before and after point to
// structs of one table; before is nil where the row is new, both are where it is gone for good.
type pendingEvent struct {
	entity        model.ChangeEntity
	kind          model.ChangeKind
	subject       string
	rowID         *string
	operation     string
	creator       model.Creator
	table         reflect.Type
	before, after any
	tags          []string // before the change; nil where they stay
}

var (
	callType   = reflect.TypeFor[model.Call]()
	recordType = reflect.TypeFor[model.CallRecord]()
	taskType   = reflect.TypeFor[model.Task]()
	noteType   = reflect.TypeFor[model.Note]()
)

// callChanged records an event of a call. before is nil where the call is new; a purged call needs no more than its key
// and creator. tags are those that it had before, nil where they stay.
func (s scope) callChanged(kind model.ChangeKind, operation string, before, after *model.Call, tags []string) {
	record(s, pendingEvent{entity: model.ChangeEntityCall, kind: kind, operation: operation, subject: after.ID,
		creator: after.Creator(), table: callType, tags: tags}, before, after)
}

// recordChanged is callChanged for a record.
func (s scope) recordChanged(kind model.ChangeKind, operation string, before, after *model.CallRecord,
	tags []string,
) {
	record(s, pendingEvent{entity: model.ChangeEntityCallRecord, kind: kind, operation: operation,
		subject: strconv.FormatInt(after.ID, 10), creator: after.Creator(), table: recordType, tags: tags}, before, after)
}

// taskChanged is callChanged for a task, which knows who created its call.
func (s scope) taskChanged(kind model.ChangeKind, operation string, before, after *model.Task) {
	record(s, pendingEvent{entity: model.ChangeEntityTask, kind: kind, operation: operation, subject: after.CallID,
		rowID: &after.ID, creator: after.CallCreator, table: taskType}, before, after)
}

// noteChanged is taskChanged for a note.
func (s scope) noteChanged(kind model.ChangeKind, operation string, before, after *model.Note) {
	record(s, pendingEvent{entity: model.ChangeEntityNote, kind: kind, operation: operation, subject: after.CallID,
		rowID: &after.ID, creator: after.CallCreator, table: noteType}, before, after)
}

// record adds an event of a row to those that are to be stored.
func record[T any](s scope, e pendingEvent, before, after *T) {
	if before != nil {
		e.before = before
	}
	if e.kind != model.ChangeKindPurged {
		e.after = after
	}
	s.events.pending = append(s.events.pending, e)
}

// rows returns the JSON of an event's row: what was otherwise before, and what it is; nil where there is none.
func (e *pendingEvent) rows(s scope) (before, after *string) {
	if e.after == nil {
		return nil, nil
	}
	table := s.ready.rowTable(e.table)
	is := reflect.ValueOf(e.after).Elem()
	after = rowText(table, table.stored(), is, rowForm{timeLayout: time.RFC3339Nano})
	if e.before == nil {
		return nil, after
	}
	was := reflect.ValueOf(e.before).Elem()
	form := rowForm{withNulls: true, tags: e.tags, timeLayout: time.RFC3339Nano}
	return rowText(table, table.differing(was, is)&table.stored(), was, form), after
}

// rowTexts are buffers in which rows are written as JSON, of at most maxRowText bytes.
var rowTexts = sync.Pool{New: func() any { return new(make([]byte, 0, 1024)) }}

const maxRowText = 64 << 10

// rowText returns a row's columns as JSON.
func rowText(table *rowTable, set columnSet, row reflect.Value, form rowForm) *string {
	buffer := rowTexts.Get().(*[]byte)
	*buffer = table.appendRow((*buffer)[:0], set, row, form)
	text := string(*buffer)
	if cap(*buffer) <= maxRowText {
		rowTexts.Put(buffer)
	}
	return &text
}

// one returns the only event of a transaction that writes one call, and forgets it; it counts as stored.
func (l *eventLog) one(s scope) (e *pendingEvent, before, after *string) {
	e = &l.pending[0]
	l.pending, l.stored = nil, l.stored+1
	before, after = e.rows(s)
	return e, before, after
}

// storeEvents writes the events of the transaction that are not stored yet: one statement, none for no events.
func (s scope) storeEvents(ctx context.Context) error {
	if len(s.events.pending) == 0 {
		return nil
	}
	rows := make([]*model.Event, len(s.events.pending))
	all := make([]model.Event, len(rows))
	for i := range s.events.pending {
		e := &s.events.pending[i]
		all[i] = model.Event{At: s.now, Entity: e.entity, Kind: e.kind, Subject: e.subject, RowID: e.rowID,
			Operation: e.operation, Actor: s.actor.Name, Creator: e.creator.Name, CreatorKind: e.creator.Kind}
		all[i].BeforeRow, all[i].AfterRow = e.rows(s)
		rows[i] = &all[i]
	}
	s.events.pending, s.events.stored = nil, s.events.stored+len(rows)
	table := s.ready.rowTable(reflect.TypeFor[model.Event]())
	return writeRows(ctx, s, "insert", rows, table.all&^table.keys, func(t *rowTable, columns []*rowColumn) string {
		return t.insertText(s.dialect, columns)
	})
}

// eventColumns are what insertEventOfWritten writes.
const eventColumns = "(tenant_id, at, entity, kind, subject, actor, creator, creator_kind, operation, before_row," +
	" after_row)"

// writtenCall are the columns of a call that a statement returns under the name written for its event.
const writtenCall = "id, updated_at, updated_by, created_by, created_by_kind"

// insertEventOfWritten returns the INSERT of the event of the call in written, of which the kind, the operation, and
// the row before and after are the next parameters.
func insertEventOfWritten(p *parameters) string {
	return "INSERT INTO events " + eventColumns + " SELECT $1::bigint, written.updated_at, 'CALL', " + p.next() +
		"::text, written.id, written.updated_by, written.created_by, written.created_by_kind, " + p.next() + "::text, " +
		p.next() + "::text, " + p.next() + "::text FROM written"
}

// eraseEvents erases what events say of rows that are purged, by the keys of the calls or records, and where rowIDs are
// given of these tasks or notes on the calls: one statement, none for no keys.
func (s scope) eraseEvents(ctx context.Context, entities []model.ChangeEntity, subjects, rowIDs []string) error {
	if len(subjects) == 0 {
		return nil
	}
	q := s.update((*model.Event)(nil)).Set("before_row = NULL, after_row = NULL").
		Where("subject IN (?)", bun.List(subjects)).Where("entity IN (?)", bun.List(entities))
	if rowIDs != nil {
		q.Where("row_id IN (?)", bun.List(rowIDs))
	}
	return s.execWrite(ctx, q)
}

// ofCalls are the entities whose events go with a call.
var ofCalls = []model.ChangeEntity{model.ChangeEntityCall, model.ChangeEntityTask, model.ChangeEntityNote}

// isDerived reports whether a column is computed from others, so that events do without it.
func isDerived(name string) bool {
	return strings.HasSuffix(name, "_fold") || strings.HasSuffix(name, "_digits")
}

// stored returns the columns that events have.
func (t *rowTable) stored() columnSet { return t.all &^ t.derived }
