package tests

import (
	"strings"
	"testing"
	"time"

	"callbook/auth"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
	"callbook/web"
)

// TestAPIKeys creates, uses, lists and revokes keys through the API alone.
func TestAPIKeys(t *testing.T) {
	t.Parallel()
	logged := harness.CaptureLog(t)
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.Listen(t, e, nil)
		admin := []string{"Authorization", "Bearer " + server.Key("root", model.RoleAdmin)}
		created := server.Send(`mutation {
			createApiKey(input: {
				name: "reader", roles: [ANALYST, AGENT], permissions: [CALL_READ], expiresAt: "9999-01-01T00:00:00Z"
			}) { key apiKey { apiKeyId name roles permissions createdBy expiresAt lastUsedAt revokedAt } }
		}`, admin...).JSON()
		text, _ := created.At("data", "createApiKey", "key").(string)
		id, _ := created.At("data", "createApiKey", "apiKey", "apiKeyId").(string)
		if !strings.HasPrefix(text, "cbk_") || id == "" {
			t.Fatalf("createApiKey: got %v, want a key and its id", created)
		}
		for _, header := range [][]string{{"Authorization", "Bearer " + text}, {"Authorization", "bearer  " + text},
			{"X-Api-Key", text}} {
			viewer := server.Send(`{ viewer { name tenantId credential roles permissions scope masks expiresAt } }`,
				header...).JSON().At("data", "viewer")
			want := vars{"name": "reader", "tenantId": "<any>", "credential": "API_KEY", "roles": []any{"AGENT", "ANALYST"},
				"permissions": []any{"CALL_READ"},
				"scope":       "ALL", "masks": []any{"PHONE_NUMBERS", "RECORDINGS"}, "expiresAt": "9999-01-01T00:00:00Z"}
			if !harness.Matches(want, viewer) {
				t.Errorf("viewer by %v: got %v, want %v", header[0], viewer, want)
			}
		}
		listed := server.Send(`{ apiKeys { apiKeyId name createdBy lastUsedAt } }`, admin...)
		if strings.Contains(listed.Body, strings.Split(text, "_")[3]) ||
			listed.JSON().At("data", "apiKeys", 0, "createdBy") == nil {
			t.Errorf("apiKeys: got %s, want the key's creator and not its secret", listed.Body)
		}
		code := server.Send(`mutation { createApiKey(input: {name: "x", roles: [ADMIN]}) { key } }`, "X-Api-Key", text).Code()
		if code != "FORBIDDEN" {
			t.Errorf("createApiKey by a reader: got the code %v, want FORBIDDEN", code)
		}
		for name, input := range map[string]string{"name": `{name: " ", roles: [ADMIN]}`, "roles": `{name: "x", roles: []}`,
			"expiresAt": `{name: "x", roles: [ADMIN], expiresAt: "2000-01-01T00:00:00Z"}`} {
			_, field := server.Send(`mutation { createApiKey(input: `+input+`) { key } }`, admin...).JSON().FirstError()
			if field != name {
				t.Errorf("createApiKey(input: %s): got an error about %v, want %s", input, field, name)
			}
		}
		for _, query := range []string{`mutation { createApiKey(input: {name: "x", roles: [ADMIN]}) { key } }`,
			`mutation { ... on Mutation { ...F } }
				fragment F on Mutation { k: createApiKey(input: {name: "x", roles: [ADMIN]}) { key } }`} {
			if got := server.Send(query, append(admin, "Idempotency-Key", "k")...); got.Status != 400 ||
				got.Code() != "BAD_USER_INPUT" {
				t.Errorf("createApiKey with an Idempotency-Key: got %d %s, want 400 BAD_USER_INPUT, as answers are kept",
					got.Status, got.Body)
			}
		}
		_, narrow, err := e.DB.CreateAPIKey(e.Ctx, model.CreateAPIKeyInput{Name: "narrow",
			Roles: []model.Role{model.RoleAdmin}, Permissions: []model.Permission{model.PermissionAdmin,
				model.PermissionCallRead}})
		if err != nil {
			t.Fatal(err)
		}
		got := server.Send(`mutation { createApiKey(input: {name: "x", roles: [AGENT]}) { key } }`, "X-Api-Key", narrow)
		if got.Code() != "FORBIDDEN" {
			t.Errorf("createApiKey with more rights than one's own: got %s, want FORBIDDEN", got.Body)
		}
		got = server.Send(`mutation { createApiKey(input: {name: "x", roles: [AGENT], permissions: [CALL_READ]}) { key } }`,
			"X-Api-Key", narrow)
		if got.Code() != nil {
			t.Errorf("createApiKey with fewer rights than one's own: got %s, want no errors", got.Body)
		}
		revoked := server.Send(`mutation { revokeApiKey(id: "`+id+`") { apiKey { revokedAt } } }`, admin...).JSON()
		if revoked.At("data", "revokeApiKey", "apiKey", "revokedAt") == nil {
			t.Errorf("revokeApiKey: got %v, want the time in revokedAt", revoked)
		}
		code = server.Send(`mutation { revokeApiKey(id: "nothing") { apiKey { apiKeyId } } }`, admin...).Code()
		if code != "NOT_FOUND" {
			t.Errorf("revokeApiKey of an unknown key: got the code %v, want NOT_FOUND", code)
		}
		harness.Eventually(t, "a revoked key opens nothing",
			func() bool { return server.Send(`{ viewer { name } }`, "X-Api-Key", text).Status == 401 })
		if strings.Contains(logged.String(), strings.Split(text, "_")[3]) {
			t.Error("the log: got the secret of a key, want none")
		}
	})
	for _, line := range []string{`event="key used"`, "event=refused", "takes the permission ADMIN"} {
		if !strings.Contains(logged.String(), line) {
			t.Errorf("the log: got no line with %s, want one", line)
		}
	}
}

// TestKeyNames creates keys with names that are taken, or that could be taken for another's.
func TestKeyNames(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		create := func(name string) harness.Response {
			return server.Post(`mutation($n: String!) { createApiKey(input: {name: $n, roles: [AGENT]}) {
				apiKey { apiKeyId } } }`,
				vars{"n": name})
		}
		first := create("bob")
		if code, field := create("bob").FirstError(); code != "CONFLICT" || field != "name" {
			t.Errorf("a second key with the name bob: got %v about %v, want CONFLICT about name", code, field)
		}
		for _, name := range []string{"bob\nroot", "bob\u202e", "bob\u2028", "bob\u0007"} {
			if code, field := create(name).FirstError(); code != "BAD_USER_INPUT" || field != "name" {
				t.Errorf("a key with the name %q: got %v about %v, want BAD_USER_INPUT about name", name, code, field)
			}
		}
		server.Post(`mutation($id: ID!) { revokeApiKey(id: $id) { apiKey { apiKeyId } } }`,
			vars{"id": first.At("data", "createApiKey", "apiKey", "apiKeyId")})
		if again := create("bob"); again["errors"] != nil {
			t.Errorf("a key with the name of a revoked one: got %v, want it created", again)
		}
	})
}

// TestCredentialEnds revokes keys, and lets them expire, while websockets and event streams are open.
func TestCredentialEnds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		later := make(chan struct{})
		now := func() time.Time {
			select {
			case <-later:
				return time.Now().Add(48 * time.Hour)
			default:
				return time.Now()
			}
		}
		server := harness.Listen(t, e, func(o *web.Options) {
			o.Auth = auth.New(auth.Options{Key: e.DB.APIKey, NoteUse: e.DB.NoteKeyUse, Now: now})
		})
		for name, end := range map[string]func(id string){
			"revoked": func(id string) {
				if _, err := e.DB.RevokeAPIKey(e.Ctx, id); err != nil {
					t.Fatal(err)
				}
			},
			"expired": func(string) { close(later) },
		} {
			expires := time.Now().Add(24 * time.Hour)
			in := model.CreateAPIKeyInput{Name: name, Roles: []model.Role{model.RoleAdmin}}
			if name == "expired" {
				in.ExpiresAt = &expires
			}
			key, text, err := e.DB.CreateAPIKey(e.Ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			socket := server.Dial()
			socket.Say(`{"type":"connection_init","payload":{"apiKey":"` + text + `"}}`)
			if m := socket.Hear(); m["type"] != "connection_ack" {
				t.Fatalf("connection_init: got %v, want connection_ack", m)
			}
			next := server.Events(watch, "X-Api-Key", text)
			end(key.ID)
			if m := socket.Hear(); m["closed"] != 4403.0 {
				t.Errorf("%s: got %v on the socket, want it closed by 4403", name, m)
			}
			if event, data := next(); event != "next" || !strings.Contains(data, "UNAUTHENTICATED") {
				t.Errorf("%s: got the event %s %s, want next with UNAUTHENTICATED", name, event, data)
			}
			if event, _ := next(); event != "complete" {
				t.Errorf("%s: got the event %s, want complete", name, event)
			}
		}
	})
}
