package auth

import (
	"context"
	"strings"
	"time"

	"callbook/model"
)

// Ended returns a channel that is closed once the credential of the context's actor is revoked or has expired, or once
// anonymous access has ended for an actor without one, checked each second until ctx ends.
func (a *Auth) Ended(ctx context.Context) <-chan struct{} {
	actor, _ := model.ActorFrom(ctx)
	ended := make(chan struct{})
	if actor.Kind == model.CredentialKindNone && a.HasCredentials == nil {
		return ended
	}
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for a.isValid(ctx, actor) {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
		Audit(ctx, "credential ended", actor)
		close(ended)
	}()
	return ended
}

// isValid reports whether an actor's credential is neither revoked nor expired. A key that cannot be read now counts as
// valid.
func (a *Auth) isValid(ctx context.Context, actor model.Actor) bool {
	if actor.Kind == model.CredentialKindNone {
		return !a.anonymousEnded(ctx)
	}
	if actor.ExpiresAt != nil && !a.Now().Before(*actor.ExpiresAt) {
		return false
	}
	id, isKey := strings.CutPrefix(actor.Credential, "key ")
	if !isKey {
		return true
	}
	key, err := a.key(ctx, actor.TenantID, id)
	return err != nil || key != nil && key.IsValid(a.Now())
}
