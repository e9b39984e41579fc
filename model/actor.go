package model

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Actor is the identity that a request acts for, with its rights. Every SQL statement is confined to its tenant.
type Actor struct {
	TenantID    int64
	Name        string // written to created_by and updated_by; at most 100 characters
	Kind        CredentialKind
	Credential  string // names the credential in logs and quotas; holds no secret
	Roles       []Role
	Permissions []Permission
	// OwnOnly says that it sees only rows it created, and their tasks, notes and history.
	OwnOnly bool
	// Visibility is which personal data it sees, and OwnVisibility which in the rows that it created. They differ where a
	// role that sees its own rows alone masks less than one that sees all: see For.
	Visibility, OwnVisibility Visibility
	ExpiresAt                 *time.Time // when the credential ends; nil where it does not
}

// NewActor returns an actor with the rights of its roles: it has every permission that a role has. Where narrowed is
// not nil, permissions that it does not name are removed. It sees what some role of it sees, with the masks of that
// role; For says what it sees for one purpose. The actor has no credential.
func NewActor(tenantID int64, name string, roles []Role, narrowed []Permission) Actor {
	a := Actor{TenantID: tenantID, Name: name, Kind: CredentialKindNone, Credential: "none", Roles: roles}
	for _, role := range roles {
		a.Permissions = append(a.Permissions, rightsOf[role].permissions...)
	}
	slices.Sort(a.Permissions)
	a.Permissions = slices.DeleteFunc(slices.Compact(a.Permissions), func(p Permission) bool {
		return narrowed != nil && !slices.Contains(narrowed, p)
	})
	a.see(roles)
	return a
}

// IsName reports whether a text can be an actor's name: one line, without control characters and marks that turn the
// direction of writing, by which one name could look like another's.
func IsName(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
	})
}

// see sets what the actor sees by some of its roles: all rows where a role does, and personal data as the roles that
// see a row mask it least.
func (a *Actor) see(roles []Role) {
	a.OwnOnly, a.Visibility, a.OwnVisibility = true, Visibility{}, Visibility{}
	for _, role := range roles {
		r := rightsOf[role]
		a.OwnOnly = a.OwnOnly && r.ownOnly
		a.OwnVisibility = a.OwnVisibility.or(r.visibility)
		if !r.ownOnly {
			a.Visibility = a.Visibility.or(r.visibility)
		}
	}
	if a.OwnOnly {
		a.Visibility = a.OwnVisibility
	}
}

// For returns the actor as it is where something takes all of some permissions, and any of others: it sees the rows
// that a role with the permission sees, with the masks of such roles. Its permissions stay.
func (a Actor) For(allOf, anyOf []Permission) Actor {
	if len(a.Roles) < 2 {
		return a
	}
	roles := slices.DeleteFunc(slices.Clone(a.Roles), func(role Role) bool {
		has := func(p Permission) bool { return slices.Contains(rightsOf[role].permissions, p) }
		lacks := func(p Permission) bool { return !has(p) }
		return slices.ContainsFunc(allOf, lacks) || len(anyOf) > 0 && !slices.ContainsFunc(anyOf, has)
	})
	a.see(roles)
	return a
}

// SeesOwnClearer reports whether less is masked for the actor in the rows that it created than in others.
func (a Actor) SeesOwnClearer() bool { return a.OwnVisibility != a.Visibility }

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
