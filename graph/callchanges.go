package graph

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"callbook/db"
	"callbook/model"
)

// CallChanged tells of changes until ctx ends.
func (r subscription) CallChanged(ctx context.Context, id *string, kinds []model.CallChangeKind) (<-chan *model.CallChange, error) {
	watcher, err := r.db.WatchCalls(ctx)
	if err != nil {
		return nil, err
	}
	out := make(chan *model.CallChange)
	go func() {
		defer close(out)
		defer endTurn(ctx) // of an event that nobody took any more
		for {
			changes, err := watcher.Next(ctx)
			if errors.Is(err, db.ErrBehind) {
				endWith(ctx, model.LimitExceeded("", "you are more than %d events, or %d bytes, behind, and some are lost; subscribe again", db.MaxBehind, db.MaxBehindBytes))
			}
			if err != nil {
				return
			}
			for _, change := range changes {
				if id != nil && change.ID != *id || kinds != nil && !slices.Contains(kinds, change.Kind) {
					continue
				}
				if !beginTurn(ctx) {
					return
				}
				select {
				case out <- change:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return out, nil
}

// beginTurn waits until the subscription may answer its next event; results says when it has.
func beginTurn(ctx context.Context) bool {
	turn, ok := ctx.Value(turnKey{}).(*turn)
	return !ok || turn.begin(ctx)
}

func endTurn(ctx context.Context) {
	if turn, ok := ctx.Value(turnKey{}).(*turn); ok {
		turn.end()
	}
}

type lastWordKey struct{}

// endWith says why a subscription ends, before it does.
func endWith(ctx context.Context, err *model.Error) {
	if word, ok := ctx.Value(lastWordKey{}).(*lastWord); ok {
		word.err.Store(err)
	}
}

// lastWord is what a subscription ends with, nil where it just ends.
type lastWord struct{ err atomic.Pointer[model.Error] }
