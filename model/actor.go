package model

import (
	"context"
	"slices"
	"strconv"
	"time"
)

// Actor is the identity that a request acts for, with its rights. Every SQL statement is confined to its tenant.
type Actor struct {
	TenantID    int64
	Name        string // written to created_by and updated_by; at most 100 characters
	Kind        CredentialKind
	Credential  string // names the credential in logs and quotas; holds no secret
	Roles       []Role
	Permissions []Permission
	OwnOnly     bool       // sees only rows it created, and their tasks, notes and history
	Visibility  Visibility // which personal data it sees
	ExpiresAt   *time.Time // when the credential ends; nil where it does not
}

// NewActor returns an actor with the rights of its roles: it has every permission that a role has, sees all rows
// where a role does, and personal data is masked only where every role masks it. Where narrowed is not nil,
// permissions that it does not name are removed. The actor has no credential.
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

// May reports whether the actor has a permission.
func (a Actor) May(p Permission) bool { return slices.Contains(a.Permissions, p) }

// Scope returns which rows of its tenant the actor sees.
func (a Actor) Scope() DataScope {
	if a.OwnOnly {
		return DataScopeOwn
	}
	return DataScopeAll
}

// Grants returns what each of the actor's roles lets it do, in their order.
func (a Actor) Grants() []*RoleGrant {
	grants := make([]*RoleGrant, len(a.Roles))
	for i, role := range a.Roles {
		alone := NewActor(a.TenantID, a.Name, []Role{role}, a.Permissions)
		grants[i] = &RoleGrant{Role: role, Permissions: alone.Permissions, Scope: alone.Scope(),
			Masks: alone.Visibility.Masks()}
	}
	return grants
}

// CredentialKey returns the key under which budgets, quotas and caches count the actor's credential: its tenant and its
// credential. Callers without a credential share one key in each tenant.
func (a Actor) CredentialKey() string {
	key := make([]byte, 0, 64)
	return string(append(append(strconv.AppendInt(key, a.TenantID, 10), ' '), a.Credential...))
}

// WithActor returns a context that acts for a.
func WithActor(ctx context.Context, a Actor) context.Context { return WithValue(ctx, a) }

// ActorFrom returns the actor of ctx, and false where it has none.
func ActorFrom(ctx context.Context) (Actor, bool) {
	return ValueFrom[Actor](ctx)
}
