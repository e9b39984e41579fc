package model

import (
	"context"
	"slices"
	"strconv"
	"time"
)

// Actor is who a request acts for, and what it may. Every statement is confined to its tenant.
type Actor struct {
	TenantID    int64
	Name        string // written to created_by and updated_by; at most 100 characters
	Kind        CredentialKind
	Credential  string // names the credential in logs and budgets; no secret
	Roles       []Role
	Permissions []Permission
	OwnOnly     bool       // sees only rows it created, and what hangs on them
	Visibility  Visibility // what it sees of personal data
	ExpiresAt   *time.Time
}

// NewActor is an actor with the rights of its roles: their permissions add up, the wider scope counts, and only what all of
// them mask is masked. narrowed, where not nil, is all that is left of the permissions.
func NewActor(tenantID int64, name string, roles []Role, narrowed []Permission) Actor {
	a := Actor{TenantID: tenantID, Name: name, Kind: CredentialKindNone, Credential: "none", Roles: roles, OwnOnly: true}
	for _, role := range roles {
		r := rightsOf[role]
		a.OwnOnly = a.OwnOnly && r.ownOnly
		a.Visibility.PhoneNumbers = a.Visibility.PhoneNumbers || r.visibility.PhoneNumbers
		a.Visibility.Recordings = a.Visibility.Recordings || r.visibility.Recordings
		a.Permissions = append(a.Permissions, r.permissions...)
	}
	slices.Sort(a.Permissions)
	a.Permissions = slices.DeleteFunc(slices.Compact(a.Permissions), func(p Permission) bool {
		return narrowed != nil && !slices.Contains(narrowed, p)
	})
	return a
}

// May tells whether the actor has a permission.
func (a Actor) May(p Permission) bool { return slices.Contains(a.Permissions, p) }

// Scope is which rows of its tenant the actor sees.
func (a Actor) Scope() DataScope {
	if a.OwnOnly {
		return DataScopeOwn
	}
	return DataScopeAll
}

// CredentialKey returns the key under which budgets, quotas and caches count the actor's credential: its tenant and its
// credential. Callers without a credential share one key in each tenant.
func (a Actor) CredentialKey() string { return strconv.FormatInt(a.TenantID, 10) + " " + a.Credential }

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
