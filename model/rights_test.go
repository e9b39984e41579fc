package model

import (
	"slices"
	"testing"
)

// TestActorFor compares what holders of every pair of roles see for every permission with what the roles with that
// permission see.
func TestActorFor(t *testing.T) {
	for _, one := range AllRole {
		for _, other := range AllRole {
			for _, p := range AllPermission {
				actor := NewActor(7, "x", []Role{one, other}, nil).For([]Permission{p}, nil)
				want := Actor{OwnOnly: true}
				for _, role := range []Role{one, other} {
					r := rightsOf[role]
					if !slices.Contains(r.permissions, p) {
						continue
					}
					want.OwnVisibility = want.OwnVisibility.or(r.visibility)
					if !r.ownOnly {
						want.OwnOnly, want.Visibility = false, want.Visibility.or(r.visibility)
					}
				}
				if want.OwnOnly {
					want.Visibility = want.OwnVisibility
				}
				if actor.OwnOnly != want.OwnOnly || actor.Visibility != want.Visibility ||
					actor.OwnVisibility != want.OwnVisibility {
					t.Errorf("%s and %s for %s: got %+v, want %+v", one, other, p, actor, want)
				}
			}
		}
	}
	either := NewActor(7, "x", []Role{RoleAgent, RoleAnalyst}, nil).For(nil,
		[]Permission{PermissionCallUpdate, PermissionExport})
	if either.OwnOnly || !either.SeesOwnClearer() {
		t.Errorf("agent and analyst for one of two permissions: got %+v, want all rows, the own ones clear", either)
	}
}
