package operation

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"callbook/limiter"
	"callbook/model"
)

// queue returns the options of a limiter of this size at which callers wait as the limits say. Without a wait time
// they are refused at once.
func (l Limits) queue(size int64) limiter.Options {
	o := limiter.Options{Size: size, Waiting: l.Waiting, WaitTime: l.WaitTime}
	if l.WaitTime <= 0 {
		o.Waiting = 0 // to a limiter, no wait time means to wait until the context ends
	}
	return o
}

// newRunning returns the limiter of operations that run at once.
func newRunning(l Limits) *limiter.Shared {
	return limiter.NewShared(l.queue(int64(l.Running)), l.queue(int64(l.RunningEach)))
}

// newMemory returns the limiter of the memory that large requests have together.
func newMemory(l Limits) *limiter.Shared {
	return limiter.NewShared(l.queue(l.Memory), l.queue(l.Memory/2))
}

// heavyPrice is the price from which an operation is heavy: twice that of ordinary screens but those of many long
// texts, such as a page of 1,000 calls with descriptions, 31,010. Such pages take turns: each is run in a fraction of a
// second, so those who ask for them at the same time wait for one another and are not refused.
const heavyPrice = 4000

// newHeavy returns the limiter of heavy operations that run at once: one for each processor, and half of them for a
// tenant. More would only keep small operations, and whoever holds SQLite's write lock, from the processors.
func newHeavy(l Limits) *limiter.Shared {
	all := int64(max(2, runtime.GOMAXPROCS(0)))
	return limiter.NewShared(l.queue(all), l.queue(all/2))
}

// admitHeavy waits for the turn of a heavy operation among those of all; others need none. It holds no other turn and
// no memory for the run meanwhile. Error: UNAVAILABLE where there is none in time.
func (x *Execution) admitHeavy(ctx context.Context) *model.Error {
	if x.price.total < heavyPrice {
		return nil
	}
	release, err := x.pipeline.heavy.Acquire(ctx, strconv.FormatInt(actorOf(ctx).TenantID, 10), 1)
	if errors.Is(err, limiter.ErrKeyFull) {
		return Busy("large operations of this tenant")
	} else if err != nil {
		return Busy("large operations")
	}
	x.request.Reservation.Hold(release)
	return nil
}

// Quota limits what lasts, such as connections and subscriptions: so many in all, and so many for one credential.
// Acquire does not wait for a place.
type Quota struct {
	places *limiter.Shared
	what   string // in messages: "subscriptions"
	each   int
}

// NewQuota returns a quota of so many places in all, and so many for each credential.
func NewQuota(what string, all, each int) *Quota {
	places := limiter.NewShared(limiter.Options{Size: int64(all)}, limiter.Options{Size: int64(each)})
	return &Quota{places: places, what: what, each: each}
}

// Acquire takes a place for an actor. release gives it back and must be called once, unless there is an error:
// LIMIT_EXCEEDED where the credential has its number, UNAVAILABLE where all places are taken.
func (q *Quota) Acquire(ctx context.Context, a model.Actor) (release func(), refused *model.Error) {
	release, err := q.places.Acquire(ctx, limitKey(a, a.CredentialKey()), 1)
	switch {
	case err == nil:
		return release, nil
	case errors.Is(err, limiter.ErrKeyFull):
		return nil, model.LimitExceeded("", "you have %d %s open; at most %d", q.each, q.what, q.each)
	}
	return nil, busy(q.what, err)
}

// limitKey returns the key under which an actor is limited by itself; empty for callers without a credential, who share
// one identity, so that no limit of a credential can apply to them. credential is the actor's CredentialKey.
func limitKey(a model.Actor, credential string) string {
	if a.Kind == model.CredentialKindNone {
		return ""
	}
	return credential
}

// admit takes the operation's price from its caller's budget, and waits for its turn among heavy ones, for the memory
// that it may need, and for a turn to run, which the reservation holds. It refuses with LIMIT_EXCEEDED (429) where too
// little is left, and with UNAVAILABLE (503) where there is no memory or no turn in time. An operation that costs
// nothing asks for __typename alone, as health checks do: it needs neither.
func (x *Execution) admit(ctx context.Context) bool {
	if x.price.total == 0 {
		return true
	}
	p := x.pipeline
	if wait := p.budgets.spend(x.credential, x.price.total); wait > 0 {
		x.refuse(ctx, http.StatusTooManyRequests, model.LimitExceeded("",
			"the operation may cost %d, and too little is left of your budget of %d, which gains %d a second; try again in %s",
			x.price.total, p.limits.Budget, p.limits.BudgetPerSecond, wait.Round(time.Millisecond)))
		x.refusal.RetryAfter = wait
		return false
	}
	x.owed = x.price.total
	full := x.admitHeavy(ctx)
	if full == nil {
		full = x.reserveForRun(ctx)
	}
	if full != nil {
		x.refuse(ctx, http.StatusServiceUnavailable, full)
		x.refusal.RetryAfter = time.Second
		return false
	}
	release, err := p.running.Acquire(ctx, limitKey(actorOf(ctx), x.credential), 1)
	if err != nil {
		x.refuse(ctx, http.StatusServiceUnavailable, busy("operations", err))
		x.refusal.RetryAfter = time.Second
		return false
	}
	x.request.Reservation.Hold(release)
	return true
}

func actorOf(ctx context.Context) model.Actor {
	actor, _ := model.ActorFrom(ctx)
	return actor
}
