package model_test

import (
	"reflect"
	"slices"
	"testing"

	"callbook/model"
)

// TestNewActor combines and narrows roles.
func TestNewActor(t *testing.T) {
	all := model.AllPermission
	masked, full := model.Visibility{}, model.Visibility{PhoneNumbers: true, Recordings: true}
	agent := []model.Permission{"CALL_CREATE", "CALL_READ", "CALL_RECORD_READ", "CALL_RECORD_UPDATE", "CALL_UPDATE",
		"CUSTOMER_PERSON_READ"}
	analyst := []model.Permission{"CALL_READ", "CALL_RECORD_READ", "CUSTOMER_PERSON_READ", "EXPORT"}
	integration := []model.Permission{"CALL_CREATE", "CALL_READ", "CALL_RECORD_CREATE", "CALL_RECORD_READ",
		"CALL_RECORD_UPDATE",
		"CALL_UPDATE", "CUSTOMER_PERSON_CREATE", "CUSTOMER_PERSON_READ", "CUSTOMER_PERSON_UPDATE", "IMPORT"}
	manager := slices.DeleteFunc(slices.Clone(all), func(p model.Permission) bool { return p == model.PermissionAdmin })
	for _, c := range []struct {
		name       string
		roles      []model.Role
		narrowed   []model.Permission
		want       []model.Permission
		scope      model.DataScope
		visibility model.Visibility
	}{
		{"none", nil, nil, nil, "OWN", masked},
		{"admin", []model.Role{"ADMIN"}, nil, all, "ALL", full},
		{"manager", []model.Role{"MANAGER"}, nil, manager, "ALL", full},
		{"agent", []model.Role{"AGENT"}, nil, agent, "OWN", full},
		{"analyst", []model.Role{"ANALYST"}, nil, analyst, "ALL", masked},
		{"integration", []model.Role{"INTEGRATION"}, nil, integration, "ALL", full},
		{"agent and analyst: permissions add up, all rows, those of others masked", []model.Role{"AGENT", "ANALYST"}, nil,
			append(slices.Clone(agent), "EXPORT"), "ALL", masked},
		{"agent twice", []model.Role{"AGENT", "AGENT"}, nil, agent, "OWN", full},
		{"narrowed", []model.Role{"ADMIN"}, []model.Permission{"CALL_READ", "ADMIN"},
			[]model.Permission{"ADMIN", "CALL_READ"},
			"ALL", full},
		{"narrowed to what the role has not", []model.Role{"ANALYST"}, []model.Permission{"CALL_READ", "CALL_CREATE"},
			[]model.Permission{"CALL_READ"}, "ALL", masked},
		{"narrowed to nothing", []model.Role{"ADMIN"}, []model.Permission{}, nil, "ALL", full},
	} {
		actor := model.NewActor(1, "me", c.roles, c.narrowed)
		want := slices.Sorted(slices.Values(c.want))
		if !slices.Equal(actor.Permissions, want) || actor.Scope() != c.scope || actor.Visibility != c.visibility {
			t.Errorf("%s: %v, %s, %+v, want %v, %s, %+v", c.name, actor.Permissions, actor.Scope(), actor.Visibility,
				want, c.scope, c.visibility)
		}
		for _, p := range all {
			if got := actor.May(p); got != slices.Contains(c.want, p) {
				t.Errorf("%s: May(%s) = %v, want %v", c.name, p, got, !got)
			}
		}
	}
}

func TestActorOfContext(t *testing.T) {
	if actor, ok := model.ActorFrom(t.Context()); ok {
		t.Errorf("a context without an actor has %+v", actor)
	}
	want := model.NewActor(3, "me", nil, nil)
	got, ok := model.ActorFrom(model.WithActor(t.Context(), want))
	if !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("the context's actor is %+v, %v, want %+v", got, ok, want)
	}
	if key := got.CredentialKey(); key != "3 none" {
		t.Errorf("CredentialKey = %q, want %q", key, "3 none")
	}
}
