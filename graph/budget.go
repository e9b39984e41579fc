package graph

import (
	"context"
	"sync"
	"time"
)

// budgets are what credentials have left to spend: each a leaky bucket that fills again with time.
type budgets struct {
	capacity, perSecond float64
	mu                  sync.Mutex
	left                map[string]*budget // by credential
}

type budget struct {
	left float64
	at   time.Time
}

const maxBudgets = 10000 // full ones are forgotten then

func newBudgets(limits Limits) *budgets {
	return &budgets{capacity: float64(limits.Budget), perSecond: float64(limits.BudgetPerSecond), left: map[string]*budget{}}
}

// spend takes a cost from a credential's budget. Where too little is left, it takes nothing and answers how long to wait.
func (b *budgets) spend(credential string, cost int) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	bucket := b.bucket(credential)
	if missing := float64(cost) - bucket.left; missing > 0 {
		return time.Duration(missing / b.perSecond * float64(time.Second))
	}
	bucket.left -= float64(cost)
	return 0
}

// refund gives back what was not used, and answers what is left.
func (b *budgets) refund(credential string, cost int) (left int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	bucket := b.bucket(credential)
	bucket.left = min(max(bucket.left+float64(cost), -b.capacity), b.capacity)
	return int(max(bucket.left, 0))
}

// wait waits until a credential whose subscriptions have cost more than it had has paid for them; false where ctx ends first.
func (b *budgets) wait(ctx context.Context, credential string) bool {
	b.mu.Lock()
	debt := -b.bucket(credential).left
	b.mu.Unlock()
	if debt <= 0 {
		return true
	}
	paid := time.NewTimer(time.Duration(debt / b.perSecond * float64(time.Second)))
	defer paid.Stop()
	select {
	case <-paid.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// bucket is a credential's budget as it is now.
func (b *budgets) bucket(credential string) *budget {
	now := time.Now()
	bucket := b.left[credential]
	if bucket == nil {
		if len(b.left) >= maxBudgets {
			b.forgetFull(now)
		}
		bucket = &budget{left: b.capacity, at: now}
		b.left[credential] = bucket
	}
	bucket.left, bucket.at = b.filled(bucket, now), now
	return bucket
}

func (b *budgets) filled(bucket *budget, now time.Time) float64 {
	return min(b.capacity, bucket.left+now.Sub(bucket.at).Seconds()*b.perSecond)
}

func (b *budgets) forgetFull(now time.Time) {
	for credential, bucket := range b.left {
		if b.filled(bucket, now) >= b.capacity {
			delete(b.left, credential)
		}
	}
}
