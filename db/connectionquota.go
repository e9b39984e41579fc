package db

import (
	"context"

	"github.com/uptrace/bun"

	"callbook/limiter"
	"callbook/model"
)

const (
	// readConns is how many connections read at once.
	readConns = 16
	// readShare is how many of them one credential may use: one operation may have fifty root fields, each of which reads,
	// while other callers must still be authenticated and served.
	readShare = readConns - 4
)

// connectionQuota is a query hook that keeps the reads of one credential from using all connections that read: its
// statements beyond readShare wait. Statements in a transaction never wait, because it has its connection already, and
// perhaps locks for which others wait. On PostgreSQL transactions use the same connections and are not limited: those
// of one credential can take them all (docs/decisions/0009). Statements without an actor have no quota.
type connectionQuota struct{ byCredential *limiter.Keyed }

func newConnectionQuota() connectionQuota {
	return connectionQuota{limiter.NewKeyed(limiter.Options{Size: readShare, Waiting: limiter.Unbounded})}
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

func (q connectionQuota) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	if release := q.acquire(ctx); release != nil {
		return context.WithValue(ctx, quotaReleaseKey{}, release)
	}
	return ctx
}

// acquire waits until the caller may use a connection to read, and returns the function that gives it back; nil where
// the caller has no quota, or ctx has ended.
func (q connectionQuota) acquire(ctx context.Context) (release func()) {
	actor, ok := model.ActorFrom(ctx)
	if !ok || isInTransaction(ctx) {
		return nil
	}
	release, err := q.byCredential.Acquire(ctx, actor.CredentialKey(), 1)
	if err != nil { // ctx has ended, and with it the statement ends at once
		return nil
	}
	return release
}

func (connectionQuota) AfterQuery(ctx context.Context, _ *bun.QueryEvent) {
	if release, ok := ctx.Value(quotaReleaseKey{}).(func()); ok {
		release()
	}
}
