package operation

import (
	"context"
	"sync"
	"time"
)

// budgets are what credentials may spend: a token bucket for each, which fills with time. A bucket may be overdrawn
// by maxDebt times as much as it holds.
type budgets struct {
	capacity, perSecond float64
	mu                  sync.Mutex
	byCredential        map[string]*budget
}

type budget struct {
	left float64
	free share // what it may still take for nothing
	at   time.Time
}

// maxDebt bounds for how long a credential pays for operations that took more than their price: by default 200 s.
const maxDebt = 10

const maxBudgets = 10_000 // when there are more, full ones are forgotten

func newBudgets(limits Limits) *budgets {
	return &budgets{
		capacity:     float64(limits.Budget),
		perSecond:    float64(limits.BudgetPerSecond),
		byCredential: map[string]*budget{},
	}
}

// spend takes a cost from a credential's budget. Where too little is left it takes nothing and returns how long to
// wait.
func (b *budgets) spend(credential string, cost int) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	own := b.refilled(credential)
	if missing := float64(cost) - own.left; missing > 0 {
		return b.timeFor(missing)
	}
	own.left -= float64(cost)
	return 0
}

// refund gives back a cost, or takes it where it is negative, and returns what is left, at least 0.
func (b *budgets) refund(credential string, cost int) (left int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	own := b.refilled(credential)
	own.left = min(max(own.left+float64(cost), -maxDebt*b.capacity), b.capacity)
	return int(max(own.left, 0))
}

// takeFree takes from what a credential may take for nothing what one of its operations may, and returns what is left
// of that.
func (b *budgets) takeFree(credential string, asked share) share {
	b.mu.Lock()
	defer b.mu.Unlock()
	own := b.refilled(credential)
	free := share{min(asked.bytes, own.free.bytes), min(asked.time, own.free.time)}
	own.free.bytes -= free.bytes
	own.free.time -= free.time
	return free
}

// waitForCredit waits until a credential's budget is not overdrawn. It returns false where ctx ends first.
func (b *budgets) waitForCredit(ctx context.Context, credential string) bool {
	b.mu.Lock()
	debt := -b.refilled(credential).left
	b.mu.Unlock()
	if debt <= 0 {
		return true
	}
	paid := time.NewTimer(b.timeFor(debt))
	defer paid.Stop()
	select {
	case <-paid.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// timeFor returns how long a cost takes to come back.
func (b *budgets) timeFor(cost float64) time.Duration {
	return time.Duration(cost / b.perSecond * float64(time.Second))
}

// refilled returns a credential's budget as it is now.
func (b *budgets) refilled(credential string) *budget {
	now := time.Now()
	own := b.byCredential[credential]
	if own == nil {
		if len(b.byCredential) >= maxBudgets {
			b.forgetFull(now)
		}
		own = &budget{left: b.capacity, free: share{sharedBytes, sharedTime}, at: now}
		b.byCredential[credential] = own
	}
	since := now.Sub(own.at)
	own.free.bytes = min(sharedBytes, own.free.bytes+int64(since.Seconds()*sharedBytes))
	own.free.time = min(sharedTime, own.free.time+since) // as long as the second in which it comes back
	own.left, own.at = b.leftAt(own, now), now
	return own
}

func (b *budgets) leftAt(own *budget, now time.Time) float64 {
	return min(b.capacity, own.left+now.Sub(own.at).Seconds()*b.perSecond)
}

func (b *budgets) forgetFull(now time.Time) {
	for credential, own := range b.byCredential {
		if b.leftAt(own, now) >= b.capacity {
			delete(b.byCredential, credential)
		}
	}
}
