package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"callbook/limiter"
	"callbook/model"
)

// connectionQuota is a query hook that keeps one credential from using all connections: its statements and transactions
// beyond its share wait, before they take one. Statements in a transaction never wait, because it has its connection
// already, and perhaps locks for which others wait. Statements without an actor have no quota.
type connectionQuota struct {
	reads  *limiter.Keyed
	writes *limiter.Keyed // nil where nobody has a share: SQLite has one connection that writes
	// isShared says that all credentials have one share together.
	isShared bool
}

func newConnectionQuota(p *pools) connectionQuota {
	q := connectionQuota{reads: limiterOf(p.readShare)}
	if p.writeShare > 0 {
		q.writes = limiterOf(p.writeShare)
	}
	return q
}

// newReservedQuota returns the quota of the reserved connections: all sign-ins together leave one to readiness.
func newReservedQuota() connectionQuota {
	return connectionQuota{reads: limiterOf(reservedConnections - 1), isShared: true}
}

func limiterOf(share int) *limiter.Keyed {
	return limiter.NewKeyed(limiter.Options{Size: int64(share), Waiting: limiter.Unbounded})
}

type (
	inTransactionKey struct{}
	quotaReleaseKey  struct{}
)

// withTransaction returns a context for the statements of a transaction.
func withTransaction(ctx context.Context) context.Context {
	return context.WithValue(ctx, inTransactionKey{}, true)
}

func isInTransaction(ctx context.Context) bool { return ctx.Value(inTransactionKey{}) != nil }

// BeforeQuery waits for a connection of the credential's share.
func (q connectionQuota) BeforeQuery(ctx context.Context, event *bun.QueryEvent) context.Context {
	acquire := q.acquire
	if event != nil && event.Operation() != "SELECT" {
		acquire = q.acquireToWrite
	}
	if release := acquire(ctx); release != nil {
		return context.WithValue(ctx, quotaReleaseKey{}, release)
	}
	return ctx
}

// acquire waits until the caller may use a connection to read, and returns the function that gives it back; nil where
// the caller has no quota, or ctx has ended.
func (q connectionQuota) acquire(ctx context.Context) (release func()) {
	return q.acquireOf(ctx, q.reads)
}

// acquireToWrite is acquire for a connection to write.
func (q connectionQuota) acquireToWrite(ctx context.Context) (release func()) {
	return q.acquireOf(ctx, q.writes)
}

func (q connectionQuota) acquireOf(ctx context.Context, shares *limiter.Keyed) (release func()) {
	actor, ok := model.ActorFrom(ctx)
	if !ok || shares == nil || isInTransaction(ctx) {
		return nil
	}
	key := ""
	if !q.isShared {
		key = actor.CredentialKey()
	}
	release, err := shares.Acquire(ctx, key, 1)
	if err != nil { // ctx has ended, and with it the statement ends at once
		return nil
	}
	return release
}

// admitTransaction waits until the caller may begin a transaction, which holds no connection meanwhile, and returns the
// function that ends its turn. It returns the error of ctx where that ends first.
func (q connectionQuota) admitTransaction(ctx context.Context) (end func(), err error) {
	release := q.acquireToWrite(ctx)
	if err := ctx.Err(); err != nil {
		if release != nil {
			release()
		}
		return nil, fmt.Errorf("no connection for a transaction came free in time: %w", err)
	}
	if release == nil {
		return func() {}, nil
	}
	return release, nil
}

// AfterQuery gives the connection back to the credential's share.
func (connectionQuota) AfterQuery(ctx context.Context, _ *bun.QueryEvent) {
	if release, ok := ctx.Value(quotaReleaseKey{}).(func()); ok {
		release()
	}
}
