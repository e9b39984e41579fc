package auth

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// anonymousCheckInterval is how long the answer to whether there are credentials counts: anonymous access ends at most
// that long after the first one was created.
const anonymousCheckInterval = 2 * time.Second

// anonymousAccess knows whether requests without a credential are still accepted. Once they are not, they never are
// again.
type anonymousAccess struct {
	ended atomic.Bool

	mu      sync.Mutex // held while the database is asked
	checked time.Time
}

// anonymousEnded reports whether a credential exists by now, so that requests need one. While the database does not
// answer, what was known last counts. It takes one statement every two seconds at the most, none where
// Options.HasCredentials is nil.
func (a *Auth) anonymousEnded(ctx context.Context) bool {
	access := &a.anonymous
	if a.HasCredentials == nil || access.ended.Load() || !access.mu.TryLock() {
		return access.ended.Load()
	}
	defer access.mu.Unlock()
	now := a.Now()
	if age := now.Sub(access.checked); age >= 0 && age < anonymousCheckInterval {
		return access.ended.Load()
	}
	access.checked = now
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keyTimeout)
	defer cancel()
	has, err := a.HasCredentials(ctx)
	if err != nil {
		slog.WarnContext(ctx, "whether there are credentials could not be read", "error", err)
		return false
	}
	if has {
		access.ended.Store(true)
		slog.InfoContext(ctx, "an API key has been made: requests without a credential are refused from here on")
	}
	return has
}
