package model

import "context"

// Actor is who a request acts for. Every statement is confined to its tenant.
type Actor struct {
	TenantID int64
	Name     string // written to created_by and updated_by; at most 100 characters
}

type actorKey struct{}

// WithActor returns a context that acts for a.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorFrom tells who ctx acts for; false where nobody is signed in.
func ActorFrom(ctx context.Context) (Actor, bool) {
	a, ok := ctx.Value(actorKey{}).(Actor)
	return a, ok
}
