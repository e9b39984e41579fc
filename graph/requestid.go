package graph

import (
	"context"
	"crypto/rand"
)

type requestIDKey struct{}

// requestContext is the context of a request, with its id.
type requestContext struct {
	context.Context
	id string
}

// Value returns the context itself for its key, else what the context above has.
func (c *requestContext) Value(key any) any {
	if key == (requestIDKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// WithRequestID returns a context for a new request, with an id of its own.
func WithRequestID(ctx context.Context) context.Context {
	return &requestContext{ctx, rand.Text()}
}

// RequestID returns the id under which the log and every error of a response name a request; empty where it has none.
func RequestID(ctx context.Context) string {
	if c, ok := ctx.Value(requestIDKey{}).(*requestContext); ok {
		return c.id
	}
	return ""
}
