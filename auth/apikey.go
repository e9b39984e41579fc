package auth

import (
	"context"
	"log/slog"
	"time"

	"callbook/model"
)

const (
	maxKnownKeys = 10000
	keyMaxAge    = 2 * time.Second  // how long a key that was read counts; a revoked one ends after that
	staleMaxAge  = time.Minute      // how long it counts while the database does not answer
	keyTimeout   = 3 * time.Second  // for reading a key
	useInterval  = time.Minute      // between two notes of a credential's use
	useTimeout   = 10 * time.Second // for storing a key's use
)

// errInvalidKey is the same for every reason, so that callers learn nothing about keys.
var errInvalidKey = model.Unauthenticated("the API key is unknown, revoked or has ended")

var errKeyUnchecked = &model.Error{
	Code:    model.ErrorCodeUnavailable,
	Message: "the API key cannot be checked now; try again",
}

// keyActor returns the actor of an API key, and notes the key's use.
func (a *Auth) keyActor(ctx context.Context, text string) (model.Actor, error) {
	tenantID, id, secret, ok := model.ParseAPIKey(text)
	if !ok {
		return model.Actor{}, errInvalidKey
	}
	key, err := a.key(ctx, tenantID, id)
	if err != nil {
		slog.ErrorContext(ctx, "an API key could not be read", "error", err)
		return model.Actor{}, errKeyUnchecked
	}
	if key == nil || !key.HasSecret(secret) || !key.IsValid(a.Now()) {
		return model.Actor{}, errInvalidKey
	}
	actor := key.Actor()
	a.noteUse(ctx, actor, id)
	return actor, nil
}

// key returns the key with an id of a tenant, nil where there is none: from the cache, else from the database, and
// where that fails, as it was within the last minute.
func (a *Auth) key(ctx context.Context, tenantID int64, id string) (*model.APIKey, error) {
	if key, ok := a.keys.Get(id); ok && key.TenantID == tenantID {
		return key, nil
	}
	ctx, cancel := context.WithTimeout(ctx, keyTimeout)
	defer cancel()
	key, err := a.Key(model.WithActor(ctx, model.Actor{TenantID: tenantID, Credential: "sign-in"}), id)
	if stale, ok := a.stale.Get(id); err != nil && ok && stale.TenantID == tenantID {
		return stale, nil
	}
	if key != nil {
		a.keys.Add(id, key)
		a.stale.Add(id, key)
	}
	return key, err
}

// noteUse stores the time of a key's use, in the background and at most once a minute.
func (a *Auth) noteUse(ctx context.Context, actor model.Actor, id string) {
	if a.seen(actor) {
		return
	}
	Audit(ctx, "key used", actor)
	go func() {
		ctx, cancel := context.WithTimeout(model.WithActor(context.WithoutCancel(ctx), actor), useTimeout)
		defer cancel()
		if err := a.NoteUse(ctx, id, a.Now()); err != nil {
			slog.WarnContext(ctx, "the use of an API key is not noted", "error", err)
		}
	}()
}

// seen reports whether a credential was used within the last minute, and remembers that it is used now.
func (a *Auth) seen(actor model.Actor) bool {
	_, seen := a.used.Get(actor.CredentialKey())
	if !seen {
		a.used.Add(actor.CredentialKey(), true)
	}
	return seen
}
