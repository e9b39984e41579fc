// Package auth checks credentials, which are API keys and JWT bearer tokens, and returns the actor of each. HTTP
// requests, websockets and event streams use it in the same way.
package auth

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"callbook/limiter"
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
	// unknown has the keys that there were not within keyMaxAge.
	unknown *recent[missingKey, bool]
	// admitted has the credentials that were accepted, by the SHA-256 of their text.
	admitted  *lru.Cache[[sha256.Size]byte, struct{}]
	refusals  *refusals
	strangers *limiter.Limiter // of keys that were not accepted here before

	anonymous anonymousAccess
}

// New returns an Auth with these options.
func New(o Options) *Auth {
	if o.Now == nil {
		o.Now = time.Now
	}
	admitted, err := lru.New[[sha256.Size]byte, struct{}](maxAdmitted)
	if err != nil {
		panic(err) // its size is positive
	}
	return &Auth{
		Options:   o,
		admitted:  admitted,
		refusals:  newRefusals(),
		unknown:   newRecent[missingKey, bool](keyMaxAge),
		strangers: limiter.New(limiter.Options{Size: maxStrangers, Waiting: maxWaitingStrangers, WaitTime: keyTimeout}),
		keys:      newRecent[string, *model.APIKey](keyMaxAge),
		stale:     newRecent[string, *model.APIKey](staleMaxAge),
		used:      newRecent[string, bool](useInterval),

		accepted: newRecent[[sha256.Size]byte, acceptedKey](keyMaxAge),
	}
}

// Actor returns the actor of a credential: the value of an Authorization header (RFC 6750: Bearer, and a token or an
// API key), or an API key's text. Without either it returns the anonymous actor. It returns UNAUTHENTICATED for a
// credential that is not accepted, for two at once, and where one is required, UNAVAILABLE where the credential cannot
// be checked now, and TooManyRefusals where too many were refused from the caller's address, which is from, and this
// one was not accepted here before. Failures are written to the audit log. A key takes one SQL statement where it was
// not read within the last two seconds.
func (a *Auth) Actor(ctx context.Context, authorization, apiKey, from string) (model.Actor, error) {
	authorization, apiKey = strings.TrimSpace(authorization), strings.TrimSpace(apiKey)
	if authorization+apiKey == "" {
		return a.actor(ctx, "", "")
	}
	actor, err := model.Actor{}, a.checkRefusals(authorization, apiKey, from)
	if err == nil {
		actor, err = a.actor(ctx, authorization, apiKey)
	}
	if err != nil {
		a.noteRefusal(ctx, "sign-in refused", from, actor, err)
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
		token := bearerOf(authorization)
		if token == "" {
			return model.Actor{}, model.Unauthenticated("the Authorization header must be: Bearer, and a token or an API key")
		}
		return a.bearer(ctx, token)
	case a.Anonymous == nil || a.anonymousEnded(ctx):
		return model.Actor{}, model.Unauthenticated(
			"nobody is signed in; send an API key or a token: Authorization: Bearer …")
	}
	return *a.Anonymous, nil
}

// bearerOf returns the credential of an Authorization header; empty where it has another form.
func bearerOf(authorization string) string {
	scheme, credential, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(credential)
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
	a.noteToken(token, err)
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
