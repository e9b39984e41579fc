package db

import (
	"context"
	"errors"
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

// watchers receive changes after they are committed, within the process.
type watchers struct {
	mu  sync.Mutex
	all map[*CallWatcher]bool
}

// CallWatcher receives the changes of calls that its actor sees.
type CallWatcher struct {
	watchers *watchers
	actor    model.Actor
	scope    scope
	wake     chan struct{} // holds one element when something is pending

	mu      sync.Mutex
	pending []*model.CallChange
	size    int // of what is pending, in bytes, roughly
	behind  bool
}

// WatchCalls returns a watcher of the changes that are committed from now on, until ctx ends. It takes no statement.
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

// Next waits for changes and returns at most 16 of them, in the order of the commits. It returns ErrBehind where some
// are lost, and ctx's error where ctx ends. It takes no statement.
func (w *CallWatcher) Next(ctx context.Context) ([]*model.CallChange, error) {
	for {
		w.mu.Lock()
		changes, behind := w.pending[:min(len(w.pending), maxChangesAtOnce)], w.behind
		w.pending = w.pending[len(changes):]
		for _, change := range changes {
			w.size -= sizeOf(change)
		}
		w.mu.Unlock()
		if behind {
			return nil, ErrBehind
		}
		if len(changes) > 0 {
			return w.copies(changes), nil
		}
		select {
		case <-w.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// copies returns copies of changes as the watcher's actor sees them.
func (w *CallWatcher) copies(changes []*model.CallChange) []*model.CallChange {
	out := make([]*model.CallChange, len(changes))
	for i, change := range changes {
		copied := *change
		if change.Call != nil {
			call := *change.Call
			copied.Call = &call
			s := w.scope
			s.now = change.ChangedAt
			prepareRows(s, []*model.Call{&call})
		}
		out[i] = &copied
	}
	return out
}

// receive adds the changes that the watcher's actor sees to those pending, and wakes Next.
func (w *CallWatcher) receive(changes []*model.CallChange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, change := range changes {
		if change.TenantID == w.actor.TenantID && w.scope.owns(change) {
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

// publish passes committed changes on to every watcher.
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
		if change.Call != nil { // a copy: the row itself is returned to the caller that wrote it
			call := *change.Call
			call.DescriptionLoaded = true
			change.Call = &call
		}
	}
	for watcher := range w.all {
		watcher.receive(changes)
	}
}

// recordChange records a change of a call, to be published when the transaction is committed.
func (s scope) recordChange(kind model.CallChangeKind, operation string, row *model.Call) {
	change := &model.CallChange{TenantID: s.actor.TenantID, Kind: kind, CallID: row.ID, Operation: operation,
		ChangedBy: s.actor.Name, ChangedAt: s.now, By: row.Creator()}
	if kind != model.CallChangeKindPurged {
		change.Version = new(row.Version)
	}
	if kind != model.CallChangeKindPurged && kind != model.CallChangeKindDeleted {
		change.Call = row
	}
	*s.changes = append(*s.changes, change)
}

// sizeOf returns the size of a change in bytes, roughly.
func sizeOf(change *model.CallChange) int {
	if change.Call == nil {
		return 200
	}
	return 200 + change.Call.TextSize()
}
