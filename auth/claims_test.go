package auth

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"callbook/model"
)

func TestClaimNames(t *testing.T) {
	o := options("")
	o.Secret = secret
	o.TenantClaim, o.UserClaim = "https://example.com/tenant", "user.name"
	o.RolesClaim, o.PermissionsClaim = "resource_access.my.client.roles", ""
	d := edited(map[string]any{
		"https://example.com/tenant": 9,
		"user":                       map[string]any{"name": "bo"},
		"resource_access":            map[string]any{"my.client": map[string]any{"roles": []string{"agent"}}},
		"permissions":                []string{"calls:read"},
		"":                           []string{"calls:write"},
	})
	d.signedBy(jwt.SigningMethodHS256, "", []byte(secret))
	got, err := newTokens(t, o).Verify(t.Context(), d.sign())
	want := Claims{ID: "t1", TenantID: 9, Name: "bo", Roles: []string{"agent"}, ExpiresAt: start.Add(time.Hour)}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("claims %+v, %v", got, err)
	}
}

// FuzzClaims holds that claims of any shape are read without a panic, and within the bounds the database needs.
func FuzzClaims(f *testing.F) {
	o := options("")
	f.Add(must(json.Marshal(newDraft().claims)))
	f.Add([]byte(`{"iss":"https://id.example.com","aud":["callbook"],"exp":1.9e9,"tenant":"1","sub":"a",
		"realm_access":{"roles":"a,b"}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		claims := jwt.MapClaims{}
		decoder := json.NewDecoder(strings.NewReader(string(payload)))
		decoder.UseNumber()
		if decoder.Decode(&claims) != nil {
			return
		}
		c, err := o.read(claims)
		if err == nil && (c.TenantID <= 0 || c.Name == "" || len([]rune(c.Name)) > 100 || model.CheckText(c.Name) != nil ||
			!c.ExpiresAt.After(start.Add(-o.Skew))) {
			t.Errorf("reads %+v", c)
		}
	})
}
