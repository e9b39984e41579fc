package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"callbook/model"
)

const (
	// MaxBehind is how many changes may be pending for a watcher.
	MaxBehind = 20000
	// MaxBehindBytes is how many bytes of changes may be pending for a watcher, roughly.
	MaxBehindBytes = 64 << 20

	maxChangesAtOnce = 16 // that Next copies and returns
)

// ErrBehind says that a watcher has fallen so far behind that changes are lost to it.
var ErrBehind = errors.New("db: a watcher has fallen behind")

// eventWatcher receives the events of a question. First it reads those behind the place where it begins, up to what was
// committed when it joined its channel; what its channel hands out meanwhile waits.
type eventWatcher struct {
	scope    scope
	question eventQuestion
	place    eventPlace // up to which it has read by itself
	isJoined bool       // it has read all that was committed when it joined
	backlog  []*watchedEvent
	wake     chan struct{} // holds an element when something is pending

	mu      sync.Mutex
	joined  *eventSnapshot // what was committed when it joined; nil until that is known
	pending []*watchedEvent
	size    int // of what is pending, in bytes, roughly
	behind  bool
}

// watch returns a watcher of the events of a question: of those behind a cursor, or else of those from now on, until
// ctx ends. filter is the question's, as JSON. It returns BAD_USER_INPUT and FORBIDDEN. It takes one statement.
func (d *DB) watch(ctx context.Context, q eventQuestion, filter any, after *string) (*eventWatcher, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	if q.filter != nil {
		if _, err := q.filter(s); err != nil {
			return nil, err
		}
	}
	text, err := json.Marshal(filter)
	if err != nil {
		return nil, err
	}
	w := &eventWatcher{scope: s, question: q, wake: make(chan struct{}, 1)}
	key := s.channelKey(q, text)
	c := d.eventHub.join(key, w, func() *eventChannel { return d.newEventChannel(s.actor, q) })
	context.AfterFunc(ctx, func() { d.eventHub.leave(key, c, w) })
	joined, err := s.eventSnapshot(ctx)
	if err != nil {
		return nil, err
	}
	w.begin(joined)
	w.place = eventPlace{seen: joined}
	w.isJoined = after == nil
	if after != nil {
		w.place, err = d.eventPlace(s, q.feed, *after, joined)
	}
	return w, err
}

// begin says what was committed when the watcher joined its channel. What the channel has handed to it since waits for
// that: nobody else does.
func (w *eventWatcher) begin(joined eventSnapshot) {
	w.mu.Lock()
	defer w.mu.Unlock()
	early := w.pending
	w.joined, w.pending, w.size = &joined, nil, 0
	w.add(early)
}

// channelKey returns what watchers have in common who share a channel: the question, and the rights by which rows are
// seen and filters allowed.
func (s scope) channelKey(q eventQuestion, filter []byte) string {
	owner := ""
	if s.actor.OwnOnly || s.actor.SeesOwnClearer() {
		owner = strconv.Quote(s.actor.Name) + string(s.ownerKinds())
	}
	return fmt.Sprint(s.actor.TenantID, s.actor.OwnOnly, owner, s.actor.Visibility, s.actor.OwnVisibility,
		s.actor.May(model.PermissionCustomerPersonRead), q.feed, strconv.Quote(q.key), q.kinds, string(filter))
}

func (d *DB) newEventChannel(actor model.Actor, q eventQuestion) *eventChannel {
	ctx, stop := context.WithCancel(model.WithActor(d.background.ctx, actor))
	c := &eventChannel{db: d, actor: actor, tenantID: actor.TenantID, question: q, ctx: ctx, stop: stop,
		woken: make(chan struct{}, 1)}
	c.wake()
	return c
}

// next waits for events and returns at most 16 of them. It returns ErrBehind where some are lost, and ctx's error where
// ctx ends. It takes a statement for each window that it reads itself, and one to judge the events.
func (w *eventWatcher) next(ctx context.Context) ([]*watchedEvent, error) {
	for {
		if len(w.backlog) == 0 && !w.isJoined {
			events, end, isMore, err := w.scope.answer(ctx, w.question, w.place, *w.joined)
			if err != nil {
				return nil, err
			}
			w.backlog, w.place, w.isJoined = events, end, !isMore
		}
		if n := min(len(w.backlog), maxChangesAtOnce); n > 0 {
			events := w.backlog[:n]
			w.backlog = w.backlog[n:]
			return events, nil
		}
		if !w.isJoined {
			continue
		}
		events, behind := w.take()
		switch {
		case behind:
			return nil, ErrBehind
		case len(events) > 0:
			return events, nil
		}
		select {
		case <-w.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (w *eventWatcher) take() (events []*watchedEvent, behind bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	events = w.pending[:min(len(w.pending), maxChangesAtOnce)]
	w.pending = w.pending[len(events):]
	for _, e := range events {
		w.size -= e.size()
	}
	return events, w.behind
}

// receive adds events that the watcher has not read itself to those pending, and wakes next.
func (w *eventWatcher) receive(events []*watchedEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.add(events)
}

// add is receive for who holds the lock.
func (w *eventWatcher) add(events []*watchedEvent) {
	if w.behind {
		return
	}
	for _, e := range events {
		if w.joined != nil && w.joined.has(e.Xid) {
			continue
		}
		if w.joined != nil && e.place.seen.isBefore(*w.joined) { // a cursor must not lead back to what was read before
			own := *e
			own.place.seen = *w.joined
			e = &own
		}
		w.pending = append(w.pending, e)
		w.size += e.size()
	}
	if len(w.pending) > MaxBehind || w.size > MaxBehindBytes {
		w.pending, w.size, w.behind = nil, 0, true
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// isBefore reports whether a snapshot was taken before another one, or has the same events.
func (s eventSnapshot) isBefore(other eventSnapshot) bool {
	return s.max < other.max || s.max == other.max && len(s.open) >= len(other.open)
}

// RowWatcher receives the changes of rows that its actor sees.
type RowWatcher[C any] struct {
	events  *eventWatcher
	convert func(scope, *watchedEvent) C
}

// Next waits for changes and returns at most 16 of them: of a row in the order of its versions. It returns ErrBehind
// where some are lost, and ctx's error where ctx ends. Where the watcher began behind a cursor it takes statements
// until it has read what had happened by then.
func (w *RowWatcher[C]) Next(ctx context.Context) ([]C, error) {
	events, err := w.events.next(ctx)
	if err != nil {
		return nil, err
	}
	changes := make([]C, len(events))
	for i, e := range events {
		s := w.events.scope
		s.now = e.At
		changes[i] = w.convert(s, e)
	}
	return changes, nil
}

// rowChange returns what changes of all rows have in common.
func (e *watchedEvent) rowChange(s scope, feed eventFeed, version *int) model.RowChange {
	return model.RowChange{Kind: e.kind, Cursor: s.eventCursor(feed, e.place, e.At), Operation: e.Operation,
		Version: version, ChangedBy: e.Actor, ChangedAt: e.At}
}

// CallWatch says which changes of calls are watched.
type CallWatch struct {
	ID      *string // of one call
	Kinds   []model.CallChangeKind
	Filter  *model.CallFilter
	Dataset model.CallDataset
	After   *string // a cursor
}

// CallWatcher receives the changes of calls that its actor sees.
type CallWatcher = RowWatcher[*model.CallChange]

// WatchCalls returns a watcher of the changes of calls that are committed from now on, or behind a cursor, until ctx
// ends. It returns BAD_USER_INPUT for a filter, and for a cursor that is of something else or too old, and FORBIDDEN.
// It takes one statement.
func (d *DB) WatchCalls(ctx context.Context, watch CallWatch) (*CallWatcher, error) {
	q := eventQuestion{feed: callsFeed, entity: model.ChangeEntityCall}
	if watch.ID != nil {
		q.key = *watch.ID
	}
	for _, kind := range watch.Kinds {
		q.kinds = append(q.kinds, model.ChangeKind(kind))
	}
	if watch.Filter != nil || watch.Dataset != model.CallDatasetDefault && watch.Dataset != "" {
		q.filter = func(s scope) (cond, error) { return s.callCond(watch.Dataset, watch.Filter, true) }
	}
	w, err := d.watch(ctx, q, []any{watch.Filter, watch.Dataset}, watch.After)
	return &CallWatcher{w, callChangeOf}, err
}

func callChangeOf(s scope, e *watchedEvent) *model.CallChange {
	change := &model.CallChange{CallID: e.Subject}
	if row, ok := e.row.(*model.Call); ok {
		change.Version = &row.Version
		if row.DeletedAt == nil {
			call := *row
			call.DescriptionLoaded = true
			prepareRows(s, []*model.Call{&call})
			change.Call = &call
		}
	}
	c := e.rowChange(s, callsFeed, change.Version)
	change.Kind, change.Cursor, change.Operation = model.CallChangeKind(c.Kind), c.Cursor, c.Operation
	change.ChangedBy, change.ChangedAt = c.ChangedBy, c.ChangedAt
	return change
}

// RowWatch says which changes of rows are watched, by a filter of their type.
type RowWatch[F any] struct {
	Kinds  []model.ChangeKind
	Filter *F
	After  *string // a cursor
}

// RecordWatch says which changes of call records are watched.
type RecordWatch = RowWatch[model.CallRecordFilter]

// RecordWatcher receives the changes of call records that its actor sees.
type RecordWatcher = RowWatcher[*model.CallRecordChange]

// WatchRecords is WatchCalls for call records.
func (d *DB) WatchRecords(ctx context.Context, watch RecordWatch) (*RecordWatcher, error) {
	q := eventQuestion{feed: recordsFeed, entity: model.ChangeEntityCallRecord}
	w, err := watchRows(ctx, d, q, watch, recordFilterColumns)
	return &RecordWatcher{w, recordChangeOf}, err
}

// watchRows watches what a question asks for, of the kinds, behind the cursor, and of rows that pass the filter.
func watchRows[F any](ctx context.Context, d *DB, q eventQuestion, watch RowWatch[F], columns map[string]filterColumn,
) (*eventWatcher, error) {
	q.kinds = slices.Clone(watch.Kinds)
	if watch.Filter != nil {
		q.filter = func(s scope) (cond, error) { return s.filter(watch.Filter, columns) }
	}
	return d.watch(ctx, q, watch.Filter, watch.After)
}

func recordChangeOf(s scope, e *watchedEvent) *model.CallRecordChange {
	change := &model.CallRecordChange{CallRecordID: e.Subject}
	var version *int
	if row, ok := e.row.(*model.CallRecord); ok {
		record := *row
		prepareRows(s, []*model.CallRecord{&record})
		change.CallRecord, version = &record, &record.Version
	}
	change.RowChange = e.rowChange(s, recordsFeed, version)
	return change
}

// TaskWatch says which changes of tasks are watched.
type TaskWatch = RowWatch[model.TaskFilter]

// TaskWatcher receives the changes of tasks of calls that its actor sees.
type TaskWatcher = RowWatcher[*model.TaskChange]

// WatchTasks is WatchCalls for tasks.
func (d *DB) WatchTasks(ctx context.Context, watch TaskWatch) (*TaskWatcher, error) {
	w, err := watchRows(ctx, d, eventQuestion{feed: tasksFeed, entity: model.ChangeEntityTask}, watch, taskFilterColumns)
	return &TaskWatcher{w, taskChangeOf}, err
}

func taskChangeOf(s scope, e *watchedEvent) *model.TaskChange {
	change := &model.TaskChange{TaskID: e.Key(), CallID: e.Subject}
	var version *int
	if row, ok := e.row.(*model.Task); ok {
		task := *row
		prepareRows(s, []*model.Task{&task})
		change.Task, version = &task, &task.Version
	}
	change.RowChange = e.rowChange(s, tasksFeed, version)
	return change
}
