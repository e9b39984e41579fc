// Package auth turns a credential into the actor it stands for: one way for HTTP requests, websockets and event streams.
package auth

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"

	"callbook/model"
)

const (
	knownKeys = 10000
	// keyAge is how long a key is taken to be as it was read: a revoked one opens nothing after that.
	keyAge = 2 * time.Second
	// staleAge is how long it is taken to be so while the database does not answer, and keyPatience how long that may take.
	staleAge    = time.Minute
	keyPatience = 3 * time.Second
	// useAge is how often the use of a key is noted.
	useAge = time.Minute
)

// Options say which credentials are accepted.
type Options struct {
	Key       func(ctx context.Context, id string) (*model.APIKey, error)  // reads a key of the context's tenant
	NoteUse   func(ctx context.Context, id string, at time.Time) error     // keeps when it was last used
	Tokens    func(ctx context.Context, token string) (model.Actor, error) // checks JWT bearer tokens; nil where none are accepted
	Anonymous *model.Actor                                                 // who acts without a credential; nil where nobody may
	Now       func() time.Time                                             // the clock; time.Now where nil
}

// Auth knows who may come in.
type Auth struct {
	Options
	keys  *expirable.LRU[string, *model.APIKey]
	stale *expirable.LRU[string, *model.APIKey]
	used  *expirable.LRU[string, bool]
}

// New is an Auth with these options.
func New(o Options) *Auth {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Auth{Options: o, keys: expirable.NewLRU[string, *model.APIKey](knownKeys, nil, keyAge),
		stale: expirable.NewLRU[string, *model.APIKey](knownKeys, nil, staleAge), used: expirable.NewLRU[string, bool](knownKeys, nil, useAge)}
}

// Actor is who a credential stands for: an Authorization header (RFC 6750: Bearer, and a token or an API key) or the text of an API
// key; not both. It answers UNAUTHENTICATED, and UNAVAILABLE where the credential cannot be checked now. from is the caller's address,
// for the audit log.
func (a *Auth) Actor(ctx context.Context, authorization, apiKey, from string) (model.Actor, error) {
	actor, err := a.actor(ctx, strings.TrimSpace(authorization), strings.TrimSpace(apiKey))
	if err != nil && authorization+apiKey != "" {
		Audit(ctx, "sign-in refused", actor, "reason", err.Error(), "from", from)
	}
	return actor, err
}

func (a *Auth) actor(ctx context.Context, authorization, apiKey string) (model.Actor, error) {
	switch {
	case authorization != "" && apiKey != "":
		return model.Actor{}, model.Unauthenticated("two credentials came at once; send one")
	case apiKey != "":
		return a.keyActor(ctx, apiKey)
	case authorization != "":
		scheme, token, _ := strings.Cut(authorization, " ")
		if !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(token) == "" {
			return model.Actor{}, model.Unauthenticated("the Authorization header must be: Bearer, and a token or an API key")
		}
		return a.bearer(ctx, strings.TrimSpace(token))
	case a.Anonymous == nil:
		return model.Actor{}, model.Unauthenticated("nobody is signed in; send an API key or a token: Authorization: Bearer …")
	}
	return *a.Anonymous, nil
}

func (a *Auth) bearer(ctx context.Context, token string) (model.Actor, error) {
	if strings.HasPrefix(token, "cbk_") {
		return a.keyActor(ctx, token)
	}
	if a.Tokens == nil {
		return model.Actor{}, model.Unauthenticated("this server takes API keys alone, and this is none")
	}
	actor, err := a.Tokens(ctx, token)
	if err == nil && !a.seen(actor) {
		Audit(ctx, "signed in", actor)
	}
	return actor, err
}

var errKey = model.Unauthenticated("the API key is unknown, revoked or has ended")

func (a *Auth) keyActor(ctx context.Context, text string) (model.Actor, error) {
	tenantID, id, secret, ok := model.ParseAPIKey(text)
	if !ok {
		return model.Actor{}, errKey
	}
	key, err := a.key(ctx, tenantID, id)
	if err != nil {
		slog.ErrorContext(ctx, "an API key could not be read", "error", err)
		return model.Actor{}, &model.Error{Code: model.ErrorCodeUnavailable, Message: "the API key cannot be checked now; try again"}
	}
	if key == nil || !key.HasSecret(secret) || !key.IsValid(a.Now()) {
		return model.Actor{}, errKey
	}
	actor := key.Actor()
	a.noteUse(ctx, actor, id)
	return actor, nil
}

func (a *Auth) key(ctx context.Context, tenantID int64, id string) (*model.APIKey, error) {
	if key, ok := a.keys.Get(id); ok && key.TenantID == tenantID {
		return key, nil
	}
	ctx, cancel := context.WithTimeout(ctx, keyPatience)
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

// noteUse keeps, once a minute, that a key is used. Nobody waits for it.
func (a *Auth) noteUse(ctx context.Context, actor model.Actor, id string) {
	if a.seen(actor) {
		return
	}
	Audit(ctx, "key used", actor)
	go func() {
		ctx, cancel := context.WithTimeout(model.WithActor(context.WithoutCancel(ctx), actor), 10*time.Second)
		defer cancel()
		if err := a.NoteUse(ctx, id, a.Now()); err != nil {
			slog.WarnContext(ctx, "the use of an API key is not noted", "error", err)
		}
	}()
}

// seen tells whether a credential has been used within the minute.
func (a *Auth) seen(actor model.Actor) bool {
	_, seen := a.used.Get(actor.CredentialKey())
	if !seen {
		a.used.Add(actor.CredentialKey(), true)
	}
	return seen
}

// Ended is closed when the credential of the context's actor is: revoked, or expired.
func (a *Auth) Ended(ctx context.Context) <-chan struct{} {
	actor, _ := model.ActorFrom(ctx)
	ended := make(chan struct{})
	if actor.Kind == model.CredentialKindNone {
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

// isValid tells whether an actor's credential still is; what cannot be read now is taken to be.
func (a *Auth) isValid(ctx context.Context, actor model.Actor) bool {
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

// FromHeaders is the actor of an HTTP request's headers.
func (a *Auth) FromHeaders(r *http.Request) (model.Actor, error) {
	if len(r.Header.Values("Authorization")) > 1 || len(r.Header.Values("X-Api-Key")) > 1 {
		return model.Actor{}, model.Unauthenticated("two credentials came at once; send one")
	}
	return a.Actor(r.Context(), r.Header.Get("Authorization"), r.Header.Get("X-Api-Key"), r.RemoteAddr)
}

// HasCredential tells whether an HTTP request's headers carry one.
func HasCredential(r *http.Request) bool {
	return r.Header.Get("Authorization") != "" || r.Header.Get("X-Api-Key") != ""
}
