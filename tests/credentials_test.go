package tests

import (
	"context"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callbook/tests/harness"

	"github.com/golang-jwt/jwt/v5"

	"callbook/auth"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/web"
)

// TestAPIKeys creates, uses, lists and revokes keys through the API alone.
func TestAPIKeys(t *testing.T) {
	logged := harness.CaptureLog(t)
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := harness.Listen(t, e, nil)
		admin := []string{"Authorization", "Bearer " + d.Key("root", model.RoleAdmin)}
		created := d.Send(`mutation { createApiKey(input: {name: "reader", roles: [ANALYST, AGENT], permissions: [CALL_READ], expiresAt: "9999-01-01T00:00:00Z"}) { key apiKey { id name roles permissions createdBy expiresAt lastUsedAt revokedAt } } }`, admin...).JSON()
		text, _ := created.At("data", "createApiKey", "key").(string)
		id, _ := created.At("data", "createApiKey", "apiKey", "id").(string)
		if !strings.HasPrefix(text, "cbk_") || id == "" {
			t.Fatalf("%v", created)
		}
		for _, header := range [][]string{{"Authorization", "Bearer " + text}, {"Authorization", "bearer  " + text}, {"X-Api-Key", text}} {
			viewer := d.Send(`{ viewer { name tenantId credential roles permissions scope masks expiresAt } }`, header...).JSON().At("data", "viewer")
			want := vars{"name": "reader", "tenantId": "<any>", "credential": "API_KEY", "roles": []any{"AGENT", "ANALYST"}, "permissions": []any{"CALL_READ"},
				"scope": "ALL", "masks": []any{}, "expiresAt": "9999-01-01T00:00:00Z"}
			if !harness.Matches(want, viewer) {
				t.Errorf("%v: %v", header[0], viewer)
			}
		}
		listed := d.Send(`{ apiKeys { id name createdBy lastUsedAt } }`, admin...)
		if strings.Contains(listed.Body, strings.Split(text, "_")[3]) || listed.JSON().At("data", "apiKeys", 0, "createdBy") == nil {
			t.Errorf("%s", listed.Body)
		}
		if code := d.Send(`mutation { createApiKey(input: {name: "x", roles: [ADMIN]}) { key } }`, "X-Api-Key", text).Code(); code != "FORBIDDEN" {
			t.Errorf("a reader makes keys: %v", code)
		}
		for name, input := range map[string]string{"name": `{name: " ", roles: [ADMIN]}`, "roles": `{name: "x", roles: []}`, "expiresAt": `{name: "x", roles: [ADMIN], expiresAt: "2000-01-01T00:00:00Z"}`} {
			if _, field := d.Send(`mutation { createApiKey(input: `+input+`) { key } }`, admin...).JSON().FirstError(); field != name {
				t.Errorf("%s: %v", input, field)
			}
		}
		for _, query := range []string{`mutation { createApiKey(input: {name: "x", roles: [ADMIN]}) { key } }`, `mutation { ... on Mutation { ...F } } fragment F on Mutation { k: createApiKey(input: {name: "x", roles: [ADMIN]}) { key } }`} {
			if got := d.Send(query, append(admin, "Idempotency-Key", "k")...); got.Status != 400 || got.Code() != "BAD_USER_INPUT" {
				t.Errorf("a key's text would be kept: %d %s", got.Status, got.Body)
			}
		}
		_, narrow, err := e.DB.CreateAPIKey(e.Ctx, model.CreateAPIKeyInput{Name: "narrow", Roles: []model.Role{model.RoleAdmin}, Permissions: []model.Permission{model.PermissionAdmin, model.PermissionCallRead}})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Send(`mutation { createApiKey(input: {name: "x", roles: [AGENT]}) { key } }`, "X-Api-Key", narrow); got.Code() != "FORBIDDEN" {
			t.Errorf("a key makes one with more rights: %s", got.Body)
		}
		if got := d.Send(`mutation { createApiKey(input: {name: "x", roles: [AGENT], permissions: [CALL_READ]}) { key } }`, "X-Api-Key", narrow); got.Code() != nil {
			t.Errorf("%s", got.Body)
		}
		revoked := d.Send(`mutation { revokeApiKey(id: "`+id+`") { apiKey { revokedAt } } }`, admin...).JSON()
		if revoked.At("data", "revokeApiKey", "apiKey", "revokedAt") == nil {
			t.Errorf("%v", revoked)
		}
		if code := d.Send(`mutation { revokeApiKey(id: "nothing") { apiKey { id } } }`, admin...).Code(); code != "NOT_FOUND" {
			t.Errorf("%v", code)
		}
		harness.Eventually(t, "a revoked key opens nothing", func() bool { return d.Send(`{ viewer { name } }`, "X-Api-Key", text).Status == 401 })
		if strings.Contains(logged.String(), strings.Split(text, "_")[3]) {
			t.Error("the log has a key's secret")
		}
	})
	for _, line := range []string{`event="key used"`, "event=refused", "takes the permission ADMIN"} {
		if !strings.Contains(logged.String(), line) {
			t.Errorf("the log lacks %s", line)
		}
	}
}

// TestBadCredentials sends credentials of every wrong kind: 401, a challenge, and nothing is done.
func TestBadCredentials(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		actor, _ := model.ActorFrom(e.Ctx)
		tokens, err := auth.NewTokens(context.Background(), auth.TokenOptions{Secret: secret, Issuer: "https://id.example.com", Audience: "callbook", Skew: time.Minute,
			TenantClaim: "tenant_id", UserClaim: "sub", RolesClaim: "roles", PermissionsClaim: "permissions"})
		if err != nil {
			t.Fatal(err)
		}
		d := harness.Listen(t, e, func(s *web.Options) {
			s.Auth = auth.New(auth.Options{Key: e.DB.APIKey, NoteUse: e.DB.NoteKeyUse, Tokens: tokens.Actor})
		})
		claims := func(change func(jwt.MapClaims)) jwt.MapClaims {
			c := jwt.MapClaims{"iss": "https://id.example.com", "aud": "callbook", "sub": "mei", "tenant_id": actor.TenantID, "roles": []string{"agent", "Analyst"},
				"exp": time.Now().Add(time.Hour).Unix()}
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
		viewer := d.Send(`{ viewer { name credential roles scope } }`, "Authorization", "Bearer "+good).JSON().At("data", "viewer")
		if !harness.Matches(any(vars{"name": "mei", "credential": "TOKEN", "roles": []any{"AGENT", "ANALYST"}, "scope": "ALL"}), viewer) {
			t.Errorf("%v", viewer)
		}
		narrow := sign(func(c jwt.MapClaims) { c["permissions"] = []string{"CALL_READ"} })
		if got := d.Send(`{ viewer { permissions } }`, "Authorization", "Bearer "+narrow).JSON().At("data", "viewer", "permissions"); fmt.Sprint(got) != "[CALL_READ]" {
			t.Errorf("%v", got)
		}
		none, err := jwt.NewWithClaims(jwt.SigningMethodNone, claims(func(jwt.MapClaims) {})).SignedString(jwt.UnsafeAllowNoneSignatureType)
		if err != nil {
			t.Fatal(err)
		}
		key := d.Key("x", model.RoleAdmin)
		parts := strings.Split(key, "_")
		bearer := func(token string) []string { return []string{"Authorization", "Bearer " + token} }
		for name, c := range map[string]struct {
			headers []string
			message string
		}{
			"nothing":               {nil, "nobody is signed in"},
			"an expired token":      {bearer(sign(func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Hour).Unix() })), "expired"},
			"a token for later":     {bearer(sign(func(c jwt.MapClaims) { c["nbf"] = time.Now().Add(time.Hour).Unix() })), "not valid yet"},
			"another audience":      {bearer(sign(func(c jwt.MapClaims) { c["aud"] = "other" })), "audience"},
			"another issuer":        {bearer(sign(func(c jwt.MapClaims) { c["iss"] = "other" })), "issuer"},
			"no tenant":             {bearer(sign(func(c jwt.MapClaims) { delete(c, "tenant_id") })), "tenant"},
			"no user":               {bearer(sign(func(c jwt.MapClaims) { delete(c, "sub") })), "user"},
			"an unknown role":       {bearer(sign(func(c jwt.MapClaims) { c["roles"] = []string{"agent", "root"} })), `role "root"`},
			"no role":               {bearer(sign(func(c jwt.MapClaims) { delete(c, "roles") })), "no role"},
			"an unknown permission": {bearer(sign(func(c jwt.MapClaims) { c["permissions"] = "FLY" })), `permission "FLY"`},
			"alg none":              {bearer(none), "sign"},
			"another signature":     {bearer(good[:len(good)-4] + "AAAA"), "sign"},
			"a text":                {bearer("x"), "token"},
			"a long text":           {bearer(strings.Repeat("x", 20000)), "token"},
			"another scheme":        {[]string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("a:b"))}, "Bearer"},
			"an empty bearer":       {[]string{"Authorization", "Bearer "}, "Bearer"},
			"a key's other secret":  {[]string{"X-Api-Key", strings.Join(parts[:3], "_") + "_" + strings.Repeat("A", 26)}, "unknown"},
			"a key's other tenant":  {[]string{"X-Api-Key", "cbk_999999_" + parts[2] + "_" + parts[3]}, "unknown"},
			"an unknown key":        {[]string{"X-Api-Key", "cbk_1_AAAAAAAAAAAAAAAA_" + parts[3]}, "unknown"},
			"no key":                {[]string{"X-Api-Key", "' OR 1=1"}, "unknown"},
			"two credentials":       {append(bearer(good), "X-Api-Key", key), "two credentials"},
			"two tokens":            {append(bearer(good), bearer(good)...), "two credentials"},
			"two keys":              {[]string{"X-Api-Key", key, "X-Api-Key", key}, "two credentials"},
		} {
			got := d.Send(`mutation { createCall(input: {id: "never"}) { call { id } } }`, c.headers...)
			message, _ := got.JSON().At("errors", 0, "message").(string)
			if got.Status != 401 || got.Code() != "UNAUTHENTICATED" || !strings.Contains(message, c.message) || !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s: %d %q %s", name, got.Status, got.Header.Get("WWW-Authenticate"), got.Body)
			}
			if len(c.headers) > 1 && len(c.headers[1]) > 12 && strings.Contains(got.Body, c.headers[1][9:]) {
				t.Errorf("%s: the credential is echoed", name)
			}
		}
		if call, err := e.DB.Call(e.Ctx, "never", true); call != nil || err != nil {
			t.Errorf("%v %v", call, err)
		}
	})
}

// TestKeyCommands manages keys from the command line, and starts servers with and without them.
func TestKeyCommands(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "keys.db")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--name", "x", "--role", "root"}, `there is no role "root"`},
		{[]string{"--name", "x", "--role", "admin", "--permission", "FLY"}, `there is no permission "FLY"`},
		{[]string{"--name", "x", "--role", "admin", "--expires=-1h"}, "expiresAt: must be still to come"},
		{[]string{"--name", " ", "--role", "admin"}, "name: must not be empty"},
		{[]string{"--name", "x", "--role", "admin", "--permission="}, "there is no permission"},
		{[]string{"--name", "x", "--role", "admin", "--permission", ""}, "there is no permission"},
		{[]string{"--name", "x\ny", "--role", "admin"}, "one line"},
		{[]string{"--name", "x", "--role", "admin", "--tenant", "0"}, "must be a number from 1"},
		{[]string{"--name", "x", "--role", "admin", "--tenant", "9223372036854775807"}, "must be a number from 1"},
		{[]string{"--role", "admin"}, "missing flags: --name"},
		{[]string{"--name", "x"}, "missing flags: --role"},
	} {
		if code, _, messages := harness.Run(nil, append([]string{"key", "create", "--db", dsn}, c.args...)...); code == 0 || !strings.Contains(messages, c.want) {
			t.Errorf("%v: %d %s", c.args, code, messages)
		}
	}
	code, out, messages := harness.Run(nil, "key", "create", "--db", dsn, "--name", "dialer", "--role", "integration", "--role", "analyst", "--expires", "24h")
	if key := strings.TrimSpace(out); code != 0 || !strings.HasPrefix(key, "cbk_1_") || strings.Contains(messages, key) {
		t.Fatalf("%d %q %q", code, out, messages)
	}
	_, listed, _ := harness.Run(nil, "key", "list", "--db", dsn)
	id := strings.Split(out, "_")[2]
	if !strings.Contains(listed, id) || !strings.Contains(listed, "analyst, integration") || !strings.Contains(listed, "valid") {
		t.Errorf("%s", listed)
	}
	server, stop := harness.Serve(t, "--db", dsn)
	if got := server.Send(`{ calls { totalCount } }`); got.Status != 401 {
		t.Errorf("without a credential: got %d %s, want 401", got.Status, got.Body)
	}
	bearer := "Bearer " + strings.TrimSpace(out)
	if got := server.Send(`{ calls { totalCount } }`, "Authorization", bearer); got.Status != 200 {
		t.Errorf("with a key: got %d %s, want 200", got.Status, got.Body)
	}
	stop()
	if code, out, _ := harness.Run(nil, "key", "revoke", "--db", dsn, id); code != 0 || !strings.Contains(out, "is revoked") {
		t.Errorf("%d %s", code, out)
	}
	if code, _, messages := harness.Run(nil, "key", "revoke", "--db", dsn, "nothing"); code == 0 || !strings.Contains(messages, "there is no API key") {
		t.Errorf("%d %s", code, messages)
	}
	if _, listed, _ := harness.Run(nil, "key", "list", "--db", dsn); !strings.Contains(listed, "revoked") {
		t.Errorf("%s", listed)
	}
	if code, _, messages := harness.Run(nil, "--db", dsn, "--addr", "127.0.0.1:0", "--jwt-issuer", "x"); code == 0 || !strings.Contains(messages, "need --jwt-jwks-url") {
		t.Errorf("%d %s", code, messages)
	}
}

// TestInsecureNoAuth lets everybody in on purpose: on any address, but under no name that a page could be made to have.
func TestInsecureNoAuth(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "open.db")
	harness.CreateKey(t, dsn, "agent")
	server, _ := harness.Serve(t, "--db", dsn, "--addr", "0.0.0.0:0", "--insecure-no-auth", "--allowed-host", "calls.example.com")
	for host, want := range map[string]int{"127.0.0.1": 200, "192.0.2.7:80": 200, "calls.example.com": 200, "evil.example.com": 421} {
		got := server.Send(`{ viewer { name } }`, "Host", host)
		if got.Status != want || want == 200 && !strings.Contains(got.Body, `"name":"local"`) {
			t.Errorf("Host %s: got %d %s, want %d", host, got.Status, got.Body, want)
		}
	}
	if got := server.Send(`{ viewer { name } }`, "X-Api-Key", "cbk_1_x"); got.Status != 401 {
		t.Errorf("with a wrong key: got %d %s, want 401", got.Status, got.Body)
	}
}
