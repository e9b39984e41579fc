package graph

import (
	"context"
	"crypto/rand"

	"callbook/model"
)

// requestID is the id of a request in its context.
type requestID string

// WithRequestID returns a context for a new request, with an id of its own.
func WithRequestID(ctx context.Context) context.Context {
	return model.WithValue(ctx, requestID(rand.Text()))
}

// RequestID returns the id under which the log and every error of a response name a request; empty where it has none.
func RequestID(ctx context.Context) string {
	id, _ := model.ValueFrom[requestID](ctx)
	return string(id)
}
