package graph

import (
	"context"
	"sync"
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

// gates are a gate for each credential, so that none keeps the others out.
type gates struct {
	mu    sync.Mutex
	open  map[string]*gateInUse
	build func() *gate
}

type gateInUse struct {
	*gate
	users int
}

func newGates(build func() *gate) *gates { return &gates{open: map[string]*gateInUse{}, build: build} }

// enter waits for room at a credential's gate; the answered function must be called at the end, unless there is an error.
func (g *gates) enter(ctx context.Context, credential string, weight int64) (leave func(), bad *model.Error) {
	g.mu.Lock()
	own := g.open[credential]
	if own == nil {
		own = &gateInUse{gate: g.build()}
		g.open[credential] = own
	}
	own.users++
	g.mu.Unlock()
	forget := func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if own.users--; own.users == 0 {
			delete(g.open, credential)
		}
	}
	if bad := own.enter(ctx, weight); bad != nil {
		forget()
		return nil, bad
	}
	return func() { own.leave(weight); forget() }, nil
}

// turn lets one event of a subscription at a time be read and answered, and few of all subscriptions together: an event may reach
// thousands of them at once.
type turn struct {
	gate  *gate
	ready chan struct{} // holds an element when somebody waits for an event
	held  atomic.Bool
}

type turnKey struct{}

func newTurn(g *gate) *turn {
	return &turn{gate: g, ready: make(chan struct{}, 1)}
}

// await says that somebody waits for the next event.
func (t *turn) await() {
	select {
	case t.ready <- struct{}{}:
	default:
	}
}

// begin waits until somebody waits for an event, and for room; false where ctx ends first.
func (t *turn) begin(ctx context.Context) bool {
	select {
	case <-t.ready:
	case <-ctx.Done():
		return false
	}
	if t.gate.inside.Acquire(ctx, 1) != nil {
		return false
	}
	t.held.Store(true)
	return true
}

// end ends the event under way, if there is one.
func (t *turn) end() {
	if t.held.CompareAndSwap(true, false) {
		t.gate.leave(1)
	}
}

// seats are places for what lasts, websockets and event streams: so many in all, and so many for one credential.
type seats struct {
	mu         sync.Mutex
	taken      int
	takenBy    map[string]int // by budgetOf
	most, each int
	what       string // for people
}

func newSeats(what string, most, each int) *seats {
	return &seats{takenBy: map[string]int{}, most: most, each: each, what: what}
}

// enter takes a seat for an actor; leave must follow, unless it answers an error.
func (s *seats) enter(a model.Actor) *model.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.Kind != model.CredentialKindNone && s.takenBy[a.CredentialKey()] >= s.each {
		return model.LimitExceeded("", "you have %d %s open; at most %d", s.takenBy[a.CredentialKey()], s.what, s.each)
	}
	if s.taken >= s.most {
		return &model.Error{Code: model.ErrorCodeUnavailable, Message: "the server is busy: too many " + s.what + " at once; try again in a moment"}
	}
	s.taken++
	s.takenBy[a.CredentialKey()]++
	return nil
}

func (s *seats) leave(a model.Actor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	if s.takenBy[a.CredentialKey()]--; s.takenBy[a.CredentialKey()] == 0 {
		delete(s.takenBy, a.CredentialKey())
	}
}
