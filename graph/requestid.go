package graph

import (
	"context"
	"crypto/rand"
)

type requestIDKey struct{}

// WithRequestID returns a context for a new request, with an id of its own.
func WithRequestID(ctx context.Context) context.Context {
	return context.WithValue(ctx, requestIDKey{}, rand.Text())
}

// RequestID returns the id under which the log and every error of a response name a request; empty where it has none.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}
