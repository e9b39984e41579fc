package tests

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"callbook/auth"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
	"callbook/web"
)

// TestKeysOfOthers sends one request under one idempotency key by credentials that share a name, from another tenant,
// and to another process: keys belong to the credential, and to all processes of a database.
func TestKeysOfOthers(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		tokens, err := auth.NewTokens(context.Background(), auth.TokenOptions{Secret: secret,
			Issuer: "https://id.example.com", Audience: "callbook", TenantClaim: "tenant_id", UserClaim: "sub",
			RolesClaim: "roles", PermissionsClaim: "permissions"})
		if err != nil {
			t.Fatal(err)
		}
		serve := func(e *dbtest.Env) *harness.Server {
			return harness.Listen(t, e, func(o *web.Options) {
				o.Auth = auth.New(auth.Options{Key: e.DB.APIKey, NoteUse: e.DB.NoteKeyUse, Tokens: tokens.Actor})
			})
		}
		server, other := serve(e), serve(dbtest.NewEnv(t, e.Engine, e.DSN))
		_, stranger := dbtest.NewTenant(t.Context())
		tokenOf := func(tenantID int64) string {
			claims := jwt.MapClaims{"iss": "https://id.example.com", "aud": "callbook", "sub": "bob",
				"tenant_id": tenantID, "roles": []string{"admin"}, "exp": time.Now().Add(time.Hour).Unix()}
			text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		key, token := server.Key("bob", model.RoleAdmin), tokenOf(e.Actor.TenantID)
		create := func(server *harness.Server, credential string) string {
			got := server.Send(`mutation { createCall(input: {name: "once"}) { call { id createdBy } } }`,
				"Authorization", "Bearer "+credential, "Idempotency-Key", "k").JSON()
			if got["errors"] != nil || got.At("data", "createCall", "call", "createdBy") != "bob" {
				t.Fatalf("createCall: got %v, want a call of bob", got)
			}
			return fmt.Sprint(got.At("data", "createCall", "call", "id"))
		}
		first := create(server, key)
		if again := create(other, key); again != first {
			t.Errorf("a repeat to another process: got the call %s, want %s", again, first)
		}
		keys, err := e.DB.APIKeys(e.Ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.DB.RevokeAPIKey(e.Ctx, keys[0].ID); err != nil {
			t.Fatal(err)
		}
		next := server.Key("bob", model.RoleAdmin)
		seen := map[string]string{first: "the key bob"}
		for who, credential := range map[string]string{"the token bob": token, "the next key bob": next,
			"bob of another tenant": tokenOf(stranger.TenantID)} {
			id := create(server, credential)
			if seen[id] != "" {
				t.Errorf("%s: got the call of %s, want one of its own", who, seen[id])
			}
			seen[id] = who
		}
	})
}

// TestRepeatWhileUnderWay repeats a long request to another process while it runs: the repeat waits, and is answered
// the same.
func TestRepeatWhileUnderWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		other := harness.NewServer(t, dbtest.NewEnv(t, e.Engine, e.DSN)).As(e.Actor)
		inputs := make([]vars, 500)
		for i := range inputs {
			inputs[i] = vars{"name": "x"}
		}
		body := harness.Body(`mutation($inputs: [CreateCallInput!]!) { createCalls(inputs: $inputs) { results { callId } } }`,
			vars{"inputs": inputs})
		answers := make(chan string, 4)
		for n := range 4 {
			go func() {
				answers <- untilAvailable([]*harness.Server{server, other}[n%2], "k", body)
			}()
		}
		first := <-answers
		for range 3 {
			if again := <-answers; again != first {
				t.Errorf("at once from two processes: got %.300s, want %.300s", again, first)
			}
		}
		if total := server.Post(`{ calls { totalCount } }`, nil).At("data", "calls", "totalCount"); total != 500.0 {
			t.Errorf("calls: got %v, want 500", total)
		}
	})
}

// untilAvailable sends a request until it is answered, as clients do, and returns the answer's data: on a busy machine
// a repeat may wait until time is up.
func untilAvailable(server *harness.Server, key, body string) string {
	for {
		answer := postWithKey(server, key, body)
		if code, _ := answer.FirstError(); code != "UNAVAILABLE" {
			return fmt.Sprint(answer["data"])
		}
	}
}
