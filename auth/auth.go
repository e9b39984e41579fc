// Package auth turns a credential into the actor it stands for: one way for HTTP requests, websockets and event streams.
package auth

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"

	"callbook/model"
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
	return &Auth{Options: o, keys: expirable.NewLRU[string, *model.APIKey](maxKnownKeys, nil, keyMaxAge),
		stale: expirable.NewLRU[string, *model.APIKey](maxKnownKeys, nil, staleMaxAge), used: expirable.NewLRU[string, bool](maxKnownKeys, nil, useInterval)}
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
