// Package limiter bounds how much goes on at once: in all, and for each key, such as a credential. Callers that
// find no room wait for a bounded time in a bounded queue, so that a flood costs little and those inside go on.
package limiter

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

var (
	// ErrFull says that there is no room, or that the wait for it ended.
	ErrFull = errors.New("limiter: no room")
	// ErrKeyFull says that there is no room for the key, or that the wait for it ended.
	ErrKeyFull = errors.New("limiter: no room for the key")
)

// Unbounded as Options.Waiting lets any number of callers wait.
const Unbounded = math.MaxInt

// Options describe a Limiter.
type Options struct {
	Size     int64         // the weight that may be held at once
	Waiting  int           // how many callers may wait; others are refused at once
	WaitTime time.Duration // the longest wait; 0 waits until the context ends
}

// Limiter lets callers hold a weight, of which there is so much at once. It may be used concurrently.
type Limiter struct {
	options Options
	held    *semaphore.Weighted
	waiting atomic.Int64
}

// New returns a limiter of which nothing is held.
func New(o Options) *Limiter {
	return &Limiter{options: o, held: semaphore.NewWeighted(o.Size)}
}

// Acquire takes a weight, and waits for it where there is no room. Release must follow, unless it returns ErrFull: too
// many wait already, the wait took too long, or ctx ended.
func (l *Limiter) Acquire(ctx context.Context, weight int64) error {
	if l.held.TryAcquire(weight) {
		return nil
	}
	if l.waiting.Add(1) > int64(l.options.Waiting) {
		l.waiting.Add(-1)
		return ErrFull
	}
	defer l.waiting.Add(-1)
	if l.options.WaitTime > 0 {
		limited, cancel := context.WithTimeout(ctx, l.options.WaitTime)
		defer cancel()
		ctx = limited
	}
	if l.held.Acquire(ctx, weight) != nil {
		return ErrFull
	}
	return nil
}

// Release gives back a weight that was acquired.
func (l *Limiter) Release(weight int64) { l.held.Release(weight) }
