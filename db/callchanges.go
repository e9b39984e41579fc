package db

import (
	"context"
	"errors"
	"sync"

	"callbook/model"
)

// How far a watcher may be behind.
const (
	MaxBehind      = 20000
	MaxBehindBytes = 64 << 20
	shownAtOnce    = 16 // copied for a watcher
)

// ErrBehind says that a watcher has fallen too far behind to be told everything.
var ErrBehind = errors.New("db: a watcher has fallen behind")

// watchers are told of changes after they are committed, within the process.
type watchers struct {
	mu  sync.Mutex
	all map[*CallWatcher]bool
}

// CallWatcher hears of the changes of calls that its actor sees.
type CallWatcher struct {
	watchers *watchers
	actor    model.Actor
	scope    scope
	wake     chan struct{} // holds one element when there is something to hear

	mu      sync.Mutex
	pending []*model.CallChange
	size    int // of what is pending, in bytes, roughly
	behind  bool
}

// WatchCalls begins to watch, until ctx ends.
func (d *DB) WatchCalls(ctx context.Context) (*CallWatcher, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	w := &CallWatcher{watchers: d.watchers, actor: s.actor, scope: s, wake: make(chan struct{}, 1)}
	d.watchers.mu.Lock()
	d.watchers.all[w] = true
	d.watchers.mu.Unlock()
	context.AfterFunc(ctx, func() {
		d.watchers.mu.Lock()
		delete(d.watchers.all, w)
		d.watchers.mu.Unlock()
	})
	return w, nil
}

// Next waits for changes. It answers ErrBehind where some are lost, and ctx's error where that ends.
func (w *CallWatcher) Next(ctx context.Context) ([]*model.CallChange, error) {
	for {
		w.mu.Lock()
		changes, behind := w.pending[:min(len(w.pending), shownAtOnce)], w.behind
		w.pending = w.pending[len(changes):]
		for _, change := range changes {
			w.size -= sizeOf(change)
		}
		w.mu.Unlock()
		if behind {
			return nil, ErrBehind
		}
		if len(changes) > 0 {
			return w.shown(changes), nil
		}
		select {
		case <-w.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// shown are copies of changes as the watcher's actor sees them.
func (w *CallWatcher) shown(changes []*model.CallChange) []*model.CallChange {
	out := make([]*model.CallChange, len(changes))
	for i, change := range changes {
		copied := *change
		if change.Call != nil {
			call := *change.Call
			copied.Call = &call
			s := w.scope
			s.now = change.ChangedAt
			s.asRead([]*model.Call{&call})
		}
		out[i] = &copied
	}
	return out
}

func (w *CallWatcher) hear(changes []*model.CallChange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, change := range changes {
		if change.TenantID == w.actor.TenantID && (!w.actor.OwnOnly || change.CreatedBy == w.actor.Name) {
			w.pending = append(w.pending, change)
			w.size += sizeOf(change)
		}
	}
	if len(w.pending) > MaxBehind || w.size > MaxBehindBytes {
		w.pending, w.size, w.behind = nil, 0, true
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// publish tells every watcher of committed changes.
func (w *watchers) publish(changes []*model.CallChange) {
	if len(changes) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.all) == 0 {
		return
	}
	for _, change := range changes {
		if change.Call != nil { // the row itself goes on to whoever wrote it
			call := *change.Call
			call.DescriptionLoaded = true
			change.Call = &call
		}
	}
	for watcher := range w.all {
		watcher.hear(changes)
	}
}

// note notes a change of a call, to be told when the transaction is committed.
func (s scope) note(kind model.CallChangeKind, operation string, row *model.Call) {
	change := &model.CallChange{TenantID: s.actor.TenantID, Kind: kind, ID: row.ID, Operation: operation, ChangedBy: s.actor.Name, ChangedAt: s.now,
		CreatedBy: row.CreatedBy}
	if kind != model.CallChangeKindPurged {
		change.Version = new(row.Version)
	}
	if kind != model.CallChangeKindPurged && kind != model.CallChangeKindDeleted {
		change.Call = row
	}
	*s.changes = append(*s.changes, change)
}

func sizeOf(change *model.CallChange) int {
	if change.Call == nil {
		return 200
	}
	return 200 + change.Call.TextSize()
}
