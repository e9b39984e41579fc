package graph

import (
	"context"
	"errors"
	"sync/atomic"

	"callbook/db"
	"callbook/limiter"
	"callbook/model"
)

// Feed carries the events of one subscription from its resolver to the goroutine that sends them. One event at a time
// is rendered, and only when the next one is wanted; of all subscriptions together as many as there are permits, for
// one change may reach thousands of them at once.
type Feed struct {
	permits *limiter.Limiter
	wanted  chan struct{} // holds an element when the next event is wanted
	holds   atomic.Bool   // whether a permit is held for the event under way
	err     atomic.Pointer[model.Error]
}

// NewFeed returns a feed that takes a permit for each event.
func NewFeed(permits *limiter.Limiter) *Feed {
	return &Feed{permits: permits, wanted: make(chan struct{}, 1)}
}

// Want says that the next event is wanted.
func (f *Feed) Want() {
	select {
	case f.wanted <- struct{}{}:
	default: // it is wanted already
	}
}

// Rendered says that the event under way has been rendered, and gives its permit back. Without an event it does
// nothing.
func (f *Feed) Rendered() {
	if f.holds.CompareAndSwap(true, false) {
		f.permits.Release(1)
	}
}

// Err returns why the events ended early; nil where they just ended.
func (f *Feed) Err() *model.Error { return f.err.Load() }

// begin waits until the next event is wanted and there is a permit for it. It returns false where ctx ends first.
func (f *Feed) begin(ctx context.Context) bool {
	select {
	case <-f.wanted:
	case <-ctx.Done():
		return false
	}
	if f.permits.Acquire(ctx, 1) != nil {
		return false
	}
	f.holds.Store(true)
	return true
}

// deliver sends the events that next returns to a channel for the executor, each when the feed begins it, until ctx
// ends or next fails.
func deliver[E any](ctx context.Context, feed *Feed, next func(context.Context) ([]E, error)) <-chan E {
	events := make(chan E)
	go func() {
		defer close(events)
		defer feed.Rendered() // of an event that was not taken
		for {
			batch, err := next(ctx)
			if errors.Is(err, db.ErrBehind) {
				feed.err.Store(model.LimitExceeded("", "you are more than %d events, or %d bytes, behind, and some are lost; "+
					"subscribe again", db.MaxBehind, db.MaxBehindBytes))
			}
			if err != nil {
				return
			}
			for _, event := range batch {
				if !feed.begin(ctx) {
					return
				}
				select {
				case events <- event:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return events
}
