package model_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"callbook/model"
)

func TestNewAPIKey(t *testing.T) {
	in := model.CreateAPIKeyInput{Name: "sync", Roles: []model.Role{"ANALYST", "AGENT", "ANALYST"},
		Permissions: []model.Permission{"CALL_READ"}, ExpiresAt: new(noon.Add(1))}
	key, text, errs := model.NewAPIKey(7, in, noon)
	expectErrors(t, "a key", errs)
	tenantID, id, secret, ok := model.ParseAPIKey(text)
	if !ok || tenantID != 7 || id != key.ID {
		t.Errorf("ParseAPIKey(%q) = %d, %s, %v, want 7, %s", text, tenantID, id, ok, key.ID)
	}
	if !key.HasSecret(secret) || key.HasSecret(secret+"x") || key.HasSecret("") {
		t.Error("the key has another secret than its text, or any")
	}
	if strings.Contains(fmt.Sprintf("%+v", key), secret) {
		t.Errorf("the row holds the secret: %+v", key)
	}
	if want := []model.Role{"AGENT", "ANALYST"}; !reflect.DeepEqual(key.Roles(), want) {
		t.Errorf("the roles are %v, want %v", key.Roles(), want)
	}
	if other, otherText, _ := model.NewAPIKey(7, in, noon); other.ID == key.ID || otherText == text {
		t.Errorf("a second key has the same id %s, or the same text", other.ID)
	}
}

func TestAPIKeyActor(t *testing.T) {
	in := model.CreateAPIKeyInput{Name: "sync", Roles: []model.Role{"ANALYST", "AGENT"},
		Permissions: []model.Permission{"CALL_READ"}, ExpiresAt: new(noon.Add(1))}
	key, _, errs := model.NewAPIKey(7, in, noon)
	expectErrors(t, "a key", errs)
	actor := key.Actor()
	if want := []model.Permission{"CALL_READ"}; !reflect.DeepEqual(actor.Permissions, want) {
		t.Errorf("the actor may %v, want %v", actor.Permissions, want)
	}
	if actor.TenantID != 7 || actor.Name != "sync" || actor.Kind != model.CredentialKindAPIKey ||
		actor.Credential != "key "+key.ID || actor.ExpiresAt == nil {
		t.Errorf("the actor is %+v, want sync of tenant 7 with the key %s and its end", actor, key.ID)
	}
}

func TestAPIKeyPermissions(t *testing.T) {
	for _, c := range []struct {
		name     string
		narrowed []model.Permission
		want     []model.Permission
	}{
		{"not narrowed", nil, nil},
		{"narrowed to nothing", []model.Permission{}, []model.Permission{}},
		{"narrowed", []model.Permission{"CALL_READ"}, []model.Permission{"CALL_READ"}},
	} {
		key, _, errs := model.NewAPIKey(1, model.CreateAPIKeyInput{Name: "x", Roles: []model.Role{"ADMIN"},
			Permissions: c.narrowed}, noon)
		expectErrors(t, c.name, errs)
		if got := key.Permissions(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %#v, want %#v", c.name, got, c.want)
		}
	}
}

func TestNewAPIKeyChecks(t *testing.T) {
	roles := []model.Role{"ADMIN"}
	for _, c := range []struct {
		name string
		in   model.CreateAPIKeyInput
		want []string
	}{
		{"longest name", model.CreateAPIKeyInput{Name: strings.Repeat("价", 100), Roles: roles}, nil},
		{"name too long", model.CreateAPIKeyInput{Name: strings.Repeat("价", 101), Roles: roles},
			[]string{"name: has 101 characters; at most 100"}},
		{"two lines", model.CreateAPIKeyInput{Name: "a\nb", Roles: roles},
			[]string{"name: must be one line of text, without control and direction marks"}},
		{"nothing", model.CreateAPIKeyInput{ExpiresAt: &noon}, []string{
			"name: must not be empty, nor begin or end with white space", "roles: must name at least one role",
			"expiresAt: must be still to come"}},
	} {
		key, text, errs := model.NewAPIKey(1, c.in, noon)
		expectErrors(t, c.name, errs, c.want...)
		if (key == nil) != (c.want != nil) || (text == "") != (c.want != nil) {
			t.Errorf("%s: key %v, text %q beside errors %v", c.name, key, text, errs)
		}
	}
}

func TestParseAPIKey(t *testing.T) {
	const id, secret = "0123456789ABCDEV", "ABCDEFGHIJKLMNOPQRSTUVWX27"
	for text, want := range map[string]bool{
		"cbk_1_" + id + "_" + secret:                   true,
		"cbk_999999999999999999_" + id + "_" + secret:  true,
		"cbk_9999999999999999999_" + id + "_" + secret: false,
		"cbk_0_" + id + "_" + secret:                   false,
		"cbk_01_" + id + "_" + secret:                  false,
		"cbk_-1_" + id + "_" + secret:                  false,
		"cbk__" + id + "_" + secret:                    false,
		"CBK_1_" + id + "_" + secret:                   false,
		" cbk_1_" + id + "_" + secret:                  false,
		"cbk_1_" + id + "_" + secret + "\n":            false,
		"cbk_1_" + id[1:] + "_" + secret:               false,
		"cbk_1_" + id + "_" + secret[1:]:               false,
		"cbk_1_" + id + "_" + strings.ToLower(secret):  false,
		"cbk_1_" + id: false,
		"":            false,
	} {
		tenantID, gotID, gotSecret, ok := model.ParseAPIKey(text)
		if ok != want || ok && (tenantID < 1 || gotID != id || gotSecret != secret) {
			t.Errorf("ParseAPIKey(%q) = %d, %q, %q, %v, want %v", text, tenantID, gotID, gotSecret, ok, want)
		}
	}
}

func TestAPIKeyIsValid(t *testing.T) {
	earlier, later := noon.Add(-1), noon.Add(1)
	for _, c := range []struct {
		name             string
		expires, revoked *time.Time
		want             bool
	}{
		{"for ever", nil, nil, true},
		{"expires later", &later, nil, true},
		{"expires now", &noon, nil, false},
		{"expired", &earlier, nil, false},
		{"revoked", nil, &earlier, false},
		{"revoked, and expires later", &later, &earlier, false},
	} {
		key := model.APIKey{ExpiresAt: c.expires, RevokedAt: c.revoked}
		if got := key.IsValid(noon); got != c.want {
			t.Errorf("%s: IsValid = %v, want %v", c.name, got, c.want)
		}
	}
}
