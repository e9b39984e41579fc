package db

import (
	"context"
	"sync/atomic"
)

type counterKey struct{}

// countStatement counts a statement for CountStatements.
func countStatement(ctx context.Context) {
	if n, ok := ctx.Value(counterKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
}

// CountStatements returns a context that counts the SQL statements run under it, transaction control aside. What is one
// statement on PostgreSQL counts as one on SQLite too, where it is several, or one that is run for each row: there a
// statement takes no round trip.
func CountStatements(ctx context.Context) (context.Context, *atomic.Int64) {
	n := new(atomic.Int64)
	return context.WithValue(ctx, counterKey{}, n), n
}

// uncounted returns a context under which statements are not counted: the parts of one that was.
func uncounted(ctx context.Context) context.Context { return context.WithValue(ctx, counterKey{}, nil) }
