package tests

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"callbook/auth"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
	"callbook/web"
)

// TestBadCredentials sends credentials of every wrong kind, and checks that each is answered 401 with a challenge, and
// that nothing is done.
func TestBadCredentials(t *testing.T) {
	t.Parallel()
	const secret = "0123456789abcdef0123456789abcdef"
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		actor, _ := model.ActorFrom(e.Ctx)
		tokens, err := auth.NewTokens(context.Background(),
			auth.TokenOptions{Secret: secret, Issuer: "https://id.example.com", Audience: "callbook", Skew: time.Minute,
				TenantClaim: "tenant_id", UserClaim: "sub", RolesClaim: "roles", PermissionsClaim: "permissions"})
		if err != nil {
			t.Fatal(err)
		}
		server := harness.Listen(t, e, func(o *web.Options) {
			o.Auth = auth.New(auth.Options{Key: e.DB.APIKey, NoteUse: e.DB.NoteKeyUse, Tokens: tokens.Actor})
		})
		claims := func(change func(jwt.MapClaims)) jwt.MapClaims {
			c := jwt.MapClaims{"iss": "https://id.example.com", "aud": "callbook", "sub": "mei", "tenant_id": actor.TenantID,
				"roles": []string{"agent", "Analyst"},
				"exp":   time.Now().Add(time.Hour).Unix()}
			change(c)
			return c
		}
		sign := func(change func(jwt.MapClaims)) string {
			text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims(change)).SignedString([]byte(secret))
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		good := sign(func(jwt.MapClaims) {})
		viewer := server.Send(`{ viewer { name credential roles scope } }`, "Authorization", "Bearer "+good).JSON()
		want := vars{"name": "mei", "credential": "TOKEN", "roles": []any{"AGENT", "ANALYST"}, "scope": "ALL"}
		if got := viewer.At("data", "viewer"); !harness.Matches(want, got) {
			t.Errorf("viewer by a token: got %v, want %v", got, want)
		}
		narrow := sign(func(c jwt.MapClaims) { c["permissions"] = []string{"CALL_READ"} })
		viewer = server.Send(`{ viewer { permissions } }`, "Authorization", "Bearer "+narrow).JSON()
		if got := viewer.At("data", "viewer", "permissions"); fmt.Sprint(got) != "[CALL_READ]" {
			t.Errorf("permissions of a narrowed token: got %v, want [CALL_READ]", got)
		}
		none, err := jwt.NewWithClaims(jwt.SigningMethodNone,
			claims(func(jwt.MapClaims) {})).SignedString(jwt.UnsafeAllowNoneSignatureType)
		if err != nil {
			t.Fatal(err)
		}
		key := server.Key("x", model.RoleAdmin)
		parts := strings.Split(key, "_")
		bearer := func(token string) []string { return []string{"Authorization", "Bearer " + token} }
		for name, c := range map[string]struct {
			headers []string
			message string
		}{
			"nothing": {nil, "nobody is signed in"},
			"an expired token": {bearer(sign(func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Hour).Unix() })),
				"expired"},
			"a token for later": {bearer(sign(func(c jwt.MapClaims) { c["nbf"] = time.Now().Add(time.Hour).Unix() })),
				"not valid yet"},
			"another audience": {bearer(sign(func(c jwt.MapClaims) { c["aud"] = "other" })), "audience"},
			"another issuer":   {bearer(sign(func(c jwt.MapClaims) { c["iss"] = "other" })), "issuer"},
			"no tenant":        {bearer(sign(func(c jwt.MapClaims) { delete(c, "tenant_id") })), "tenant"},
			"no user":          {bearer(sign(func(c jwt.MapClaims) { delete(c, "sub") })), "user"},
			"an unknown role": {bearer(sign(func(c jwt.MapClaims) { c["roles"] = []string{"agent", "root"} })),
				`role "root"`},
			"no role":               {bearer(sign(func(c jwt.MapClaims) { delete(c, "roles") })), "no role"},
			"an unknown permission": {bearer(sign(func(c jwt.MapClaims) { c["permissions"] = "FLY" })), `permission "FLY"`},
			"alg none":              {bearer(none), "sign"},
			"another signature":     {bearer(good[:len(good)-4] + "AAAA"), "sign"},
			"a text":                {bearer("x"), "token"},
			"a long text":           {bearer(strings.Repeat("x", 20000)), "token"},
			"another scheme": {[]string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("a:b"))},
				"Bearer"},
			"an empty bearer": {[]string{"Authorization", "Bearer "}, "Bearer"},
			"a key's other secret": {[]string{"X-Api-Key", strings.Join(parts[:3], "_") + "_" + strings.Repeat("A", 26)},
				"unknown"},
			"a key's other tenant": {[]string{"X-Api-Key", "cbk_999999_" + parts[2] + "_" + parts[3]}, "unknown"},
			"an unknown key":       {[]string{"X-Api-Key", "cbk_1_AAAAAAAAAAAAAAAA_" + parts[3]}, "unknown"},
			"no key":               {[]string{"X-Api-Key", "' OR 1=1"}, "unknown"},
			"two credentials":      {append(bearer(good), "X-Api-Key", key), "two credentials"},
			"two tokens":           {append(bearer(good), bearer(good)...), "two credentials"},
			"two keys":             {[]string{"X-Api-Key", key, "X-Api-Key", key}, "two credentials"},
		} {
			got := server.Send(`mutation { createCall(input: {id: "never"}) { call { id } } }`, c.headers...)
			message, _ := got.JSON().At("errors", 0, "message").(string)
			if got.Status != 401 || got.Code() != "UNAUTHENTICATED" || !strings.Contains(message, c.message) ||
				!strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s: got %d, the challenge %q and %s, want 401 UNAUTHENTICATED that says %q", name, got.Status,
					got.Header.Get("WWW-Authenticate"), got.Body, c.message)
			}
			if len(c.headers) > 1 && len(c.headers[1]) > 12 && strings.Contains(got.Body, c.headers[1][9:]) {
				t.Errorf("%s: got the credential in %s, want it left out", name, got.Body)
			}
		}
		if call, err := e.DB.Call(e.Ctx, "never", true); call != nil || err != nil {
			t.Errorf("the call of refused requests: got %v, %v, want none", call, err)
		}
	})
}

// TestKeysEndpointDown sends a token whose keys cannot be fetched, and checks that the answer is 503, and that API keys
// still work.
func TestKeysEndpointDown(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(nil)
	gone.Close()
	tokens, err := auth.NewTokens(t.Context(), auth.TokenOptions{JWKSURL: gone.URL, Issuer: "https://id.example.com",
		Audience: "callbook", TenantClaim: "tenant_id", UserClaim: "sub", RolesClaim: "roles"})
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.Listen(t, e, func(o *web.Options) {
			o.Auth = auth.New(auth.Options{Key: e.DB.APIKey, NoteUse: e.DB.NoteKeyUse, Tokens: tokens.Actor})
		})
		token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": "mei"})
		token.Header["kid"] = "k1"
		text, err := token.SigningString()
		if err != nil {
			t.Fatal(err)
		}
		got := server.Send(`{ viewer { name } }`, "Authorization", "Bearer "+text+".AAAA")
		if got.Status != 503 || got.Code() != "UNAVAILABLE" || got.Header.Get("Retry-After") == "" {
			t.Errorf("a token whose keys cannot be fetched: got %d %s, want 503 UNAVAILABLE with Retry-After", got.Status,
				got.Body)
		}
		confused, err := jwt.NewWithClaims(jwt.SigningMethodHS256,
			jwt.MapClaims{"sub": "mei"}).SignedString([]byte("the public key, for all to see"))
		if err != nil {
			t.Fatal(err)
		}
		if got := server.Send(`{ viewer { name } }`, "Authorization", "Bearer "+confused); got.Status != 401 {
			t.Errorf("a token signed with a public key: got %d %s, want 401", got.Status, got.Body)
		}
		if got := server.Send(`{ viewer { name } }`, "X-Api-Key", server.Key("x", model.RoleAdmin)); got.Status != 200 {
			t.Errorf("an API key meanwhile: got %d %s, want 200", got.Status, got.Body)
		}
	})
}
