// Package auth checks credentials, which are API keys and JWT bearer tokens, and returns the actor of each. HTTP
// requests, websockets and event streams use it in the same way.
package auth

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"time"

	"callbook/model"
)

// Options say which credentials are accepted.
type Options struct {
	// Key reads an API key of the context's tenant, nil where there is none.
	Key func(ctx context.Context, id string) (*model.APIKey, error)
	// NoteUse stores when a key of the context's tenant was last used.
	NoteUse func(ctx context.Context, id string, at time.Time) error
	// Tokens returns the actor of a JWT; nil where tokens are not accepted.
	Tokens func(ctx context.Context, token string) (model.Actor, error)
	// Anonymous is the actor of requests without a credential; nil where one is required.
	Anonymous *model.Actor
	// HasCredentials reports whether a credential exists by now, which ends the access of Anonymous for good; nil where
	// nothing ends it.
	HasCredentials func(ctx context.Context) (bool, error)
	// Now is the clock; time.Now where nil.
	Now func() time.Time
}

// Auth checks credentials. It may be used concurrently.
type Auth struct {
	Options
	keys  *recent[string, *model.APIKey] // by id; read within keyMaxAge
	stale *recent[string, *model.APIKey] // by id; read within staleMaxAge
	used  *recent[string, bool]          // by model.Actor.CredentialKey; used within useInterval

	// accepted has the keys whose secret was right, by the SHA-256 of their text.
	accepted *recent[[sha256.Size]byte, acceptedKey]

	anonymous anonymousAccess
}

// New returns an Auth with these options.
func New(o Options) *Auth {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Auth{
		Options: o,
		keys:    newRecent[string, *model.APIKey](keyMaxAge),
		stale:   newRecent[string, *model.APIKey](staleMaxAge),
		used:    newRecent[string, bool](useInterval),

		accepted: newRecent[[sha256.Size]byte, acceptedKey](keyMaxAge),
	}
}

// Actor returns the actor of a credential: the value of an Authorization header (RFC 6750: Bearer, and a token or an
// API key), or an API key's text. Without either it returns the anonymous actor. It returns UNAUTHENTICATED for a
// credential that is not accepted, for two at once, and where one is required, and UNAVAILABLE where the credential
// cannot be checked now. A refusal is written to the audit log with from, the caller's address. A key takes one SQL
// statement where it was not read within the last two seconds.
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
	case a.Anonymous == nil || a.anonymousEnded(ctx):
		return model.Actor{}, model.Unauthenticated(
			"nobody is signed in; send an API key or a token: Authorization: Bearer …")
	}
	return *a.Anonymous, nil
}

// bearer returns the actor of an API key or a JWT.
func (a *Auth) bearer(ctx context.Context, token string) (model.Actor, error) {
	if strings.HasPrefix(token, "cbk_") {
		return a.keyActor(ctx, token)
	}
	if a.Tokens == nil {
		return model.Actor{}, model.Unauthenticated("this server takes API keys alone, and this is none")
	}
	actor, err := a.Tokens(ctx, token)
	if err == nil && !a.seen(actor.CredentialKey()) {
		Audit(ctx, "signed in", actor)
	}
	return actor, err
}

// FromHeaders returns the actor of an HTTP request's headers Authorization and X-Api-Key, with the errors of Actor.
func (a *Auth) FromHeaders(r *http.Request) (model.Actor, error) {
	if len(r.Header.Values("Authorization")) > 1 || len(r.Header.Values("X-Api-Key")) > 1 {
		return model.Actor{}, model.Unauthenticated("two credentials came at once; send one")
	}
	return a.Actor(r.Context(), r.Header.Get("Authorization"), r.Header.Get("X-Api-Key"), r.RemoteAddr)
}

// HasCredential reports whether an HTTP request's headers have a credential, be it accepted or not.
func HasCredential(r *http.Request) bool {
	return r.Header.Get("Authorization") != "" || r.Header.Get("X-Api-Key") != ""
}
