package graph

import (
	"context"
	"strconv"

	"callbook/model"
)

// Viewer returns who is calling and what it may do. Error: UNAUTHENTICATED where the context has no actor.
func (r query) Viewer(ctx context.Context) (*model.Viewer, error) {
	actor, ok := model.ActorFrom(ctx)
	if !ok {
		return nil, model.Unauthenticated("nobody is signed in")
	}
	return &model.Viewer{
		Name:        actor.Name,
		TenantID:    strconv.FormatInt(actor.TenantID, 10),
		Credential:  actor.Kind,
		Roles:       actor.Roles,
		Permissions: actor.Permissions,
		Scope:       actor.Scope(),
		Masks:       actor.Visibility.Masks(),
		Grants:      actor.Grants(),
		ExpiresAt:   actor.ExpiresAt,
	}, nil
}
