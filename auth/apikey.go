package auth

import (
	"context"
	"crypto/sha256"
	"errors"
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
	maxKeyText   = 128              // bytes; keys have 70 at the most
	// maxStrangers is how many keys are read at once that were not accepted here before, and maxWaitingStrangers how many
	// wait: half of the connections for sign-in, and as many as are read while one waits.
	maxStrangers        = 2
	maxWaitingStrangers = 256
)

// errInvalidKey is the same for every reason, so that callers learn nothing about keys.
var errInvalidKey = model.Unauthenticated("the API key is unknown, revoked or has ended")

var errKeyUnchecked = &model.Error{
	Code:    model.ErrorCodeUnavailable,
	Message: "the API key cannot be checked now; try again",
}

// keyActor returns the actor of an API key, and notes the key's use.
func (a *Auth) keyActor(ctx context.Context, text string) (model.Actor, error) {
	var memory [maxKeyText]byte
	sum := sha256.Sum256(append(memory[:0], text...))
	if known, ok := a.accepted.Get(sum); ok && a.isCurrent(known.key) && known.key.IsValid(a.Now()) {
		a.noteUse(ctx, known)
		return known.actor, nil
	}
	tenantID, id, secret, ok := model.ParseAPIKey(text)
	if !ok {
		return model.Actor{}, errInvalidKey
	}
	key, err := a.keyOf(ctx, sum, tenantID, id)
	if err != nil {
		slog.WarnContext(ctx, "an API key could not be read", "error", err)
		return model.Actor{}, errKeyUnchecked
	}
	if key == nil || !key.HasSecret(secret) || !key.IsValid(a.Now()) {
		a.admitted.Remove(sum)
		return model.Actor{}, errInvalidKey
	}
	a.admit(sum)
	actor := key.Actor()
	accepted := acceptedKey{key, actor, actor.CredentialKey()}
	a.accepted.Add(sum, accepted)
	a.noteUse(ctx, accepted)
	return actor, nil
}

// errTooManyLookups says that a key that was not accepted here before found no turn to be read.
var errTooManyLookups = errors.New("too many keys that were not used here before are looked up at once")

// keyOf is key for a text with a hash. Keys that were not accepted here before take turns, so that a flood of them
// leaves connections for sign-in to others.
func (a *Auth) keyOf(ctx context.Context, sum [sha256.Size]byte, tenantID int64, id string) (*model.APIKey, error) {
	if a.isUnknown(tenantID, id) {
		return nil, nil
	}
	if _, ok := a.keys.Get(id); !ok && !a.admitted.Contains(sum) {
		if a.strangers.Acquire(ctx, 1) != nil {
			return nil, errTooManyLookups
		}
		defer a.strangers.Release(1)
	}
	return a.key(ctx, tenantID, id)
}

// missingKey is a key that no tenant has, or not this one.
type missingKey struct {
	tenantID int64
	id       string
}

// isUnknown reports whether there was no such key within keyMaxAge.
func (a *Auth) isUnknown(tenantID int64, id string) bool {
	_, isUnknown := a.unknown.Get(missingKey{tenantID, id})
	return isUnknown
}

// acceptedKey is a key whose secret was right.
type acceptedKey struct {
	key        *model.APIKey
	actor      model.Actor
	credential string // the actor's CredentialKey
}

// isCurrent reports whether a key is what was read of it last, within keyMaxAge.
func (a *Auth) isCurrent(key *model.APIKey) bool {
	last, ok := a.keys.Get(key.ID)
	return ok && last == key
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
	switch {
	case key != nil:
		a.keys.Add(id, key)
		a.stale.Add(id, key)
	case err == nil:
		a.unknown.Add(missingKey{tenantID, id}, true)
	}
	return key, err
}

// noteUse stores the time of a key's use, in the background and at most once a minute.
func (a *Auth) noteUse(ctx context.Context, used acceptedKey) {
	if a.seen(used.credential) {
		return
	}
	Audit(ctx, "key used", used.actor)
	go func() {
		ctx, cancel := context.WithTimeout(model.WithActor(context.WithoutCancel(ctx), used.actor), useTimeout)
		defer cancel()
		if err := a.NoteUse(ctx, used.key.ID, a.Now()); err != nil {
			slog.WarnContext(ctx, "the use of an API key is not noted", "error", err)
		}
	}()
}

// seen reports whether a credential was used within the last minute, and remembers that it is used now.
func (a *Auth) seen(credential string) bool {
	_, seen := a.used.Get(credential)
	if !seen {
		a.used.Add(credential, true)
	}
	return seen
}
