package db

import (
	"context"
	"sync"

	"github.com/uptrace/bun"
	"golang.org/x/sync/semaphore"

	"callbook/model"
)

const (
	// readConns is how many connections read at once.
	readConns = 16
	// readShare is how many of them one credential may use: one operation alone may have fifty root fields, each of which
	// reads, and others must still be let in, and signed in, meanwhile.
	readShare = readConns - 4
)

// shares keep one credential from taking all connections that read. In a transaction, which has its connection and perhaps locks
// that others wait for, nobody waits.
type shares struct {
	mu sync.Mutex
	by map[string]*share // of the credentials at work
}

type share struct {
	slots *semaphore.Weighted
	users int
}

type (
	inTransaction struct{}
	shareKey      struct{}
)

// heldShare is a slot that a statement holds.
type heldShare struct {
	name string
	*share
}

func (s *shares) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	actor, ok := model.ActorFrom(ctx)
	if !ok || ctx.Value(inTransaction{}) != nil {
		return ctx
	}
	held := heldShare{name: actor.CredentialKey()}
	held.share = s.of(held.name)
	if held.slots.Acquire(ctx, 1) != nil { // the statement ends at once: so has ctx
		s.leave(held)
		return ctx
	}
	return context.WithValue(ctx, shareKey{}, held)
}

func (s *shares) AfterQuery(ctx context.Context, _ *bun.QueryEvent) {
	if held, ok := ctx.Value(shareKey{}).(heldShare); ok {
		held.slots.Release(1)
		s.leave(held)
	}
}

func (s *shares) of(name string) *share {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.by[name]
	if own == nil {
		own = &share{slots: semaphore.NewWeighted(readShare)}
		s.by[name] = own
	}
	own.users++
	return own
}

func (s *shares) leave(held heldShare) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held.users--; held.users == 0 {
		delete(s.by, held.name)
	}
}
