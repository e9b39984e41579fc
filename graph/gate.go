package graph

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"callbook/model"
)

// gate lets so many in at once; a bounded number of others waits, for a bounded time, and more are turned away at once, so
// that a flood costs the server little and those inside go on.
type gate struct {
	inside   *semaphore.Weighted
	waiting  atomic.Int64
	most     int64 // waiting
	waitTime time.Duration
	what     string // for people
}

func newGate(what string, size int64, waiting int, waitTime time.Duration) *gate {
	return &gate{inside: semaphore.NewWeighted(size), most: int64(waiting), waitTime: waitTime, what: what}
}

// enter waits for room; leave with the same weight must follow, unless it answers an error.
func (g *gate) enter(ctx context.Context, weight int64) *model.Error {
	if g.inside.TryAcquire(weight) {
		return nil
	}
	if g.waiting.Add(1) > g.most {
		g.waiting.Add(-1)
		return g.full()
	}
	defer g.waiting.Add(-1)
	wait, cancel := context.WithTimeout(ctx, g.waitTime)
	defer cancel()
	if g.inside.Acquire(wait, weight) != nil {
		return g.full()
	}
	return nil
}

func (g *gate) leave(weight int64) { g.inside.Release(weight) }

func (g *gate) full() *model.Error {
	return &model.Error{Code: model.ErrorCodeUnavailable, Message: "the server is busy: too many " + g.what + " at once; try again in a moment"}
}
