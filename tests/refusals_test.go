package tests

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"callbook/auth"
	"callbook/db/dbtest"
	"callbook/graph/operation"
	"callbook/model"
	"callbook/tests/harness"
	"callbook/web"
)

// TestRefusedSignIns sends unknown keys from one address until they are refused without a look: 429 with Retry-After,
// and over websockets 4429. A key that was used before gets in from the same address, and no more keys are read.
func TestRefusedSignIns(t *testing.T) {
	log := harness.CaptureLog(t)
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		var reads atomic.Int64
		server := harness.Listen(t, e, func(o *web.Options) {
			o.Auth = auth.New(auth.Options{NoteUse: e.DB.NoteKeyUse,
				Key: func(ctx context.Context, id string) (*model.APIKey, error) {
					reads.Add(1)
					return e.DB.APIKey(ctx, id)
				}})
		})
		good, late := server.Key("good", model.RoleAdmin), server.Key("late", model.RoleAdmin)
		send := func(key string) harness.Answer { return server.Send(`{ viewer { name } }`, "X-Api-Key", key) }
		if got := send(good); got.Status != 200 {
			t.Fatalf("the key: got %d %s, want 200", got.Status, got.Body)
		}
		reads.Store(0)
		linesBefore := strings.Count(log.String(), "sign-in refused")
		const tries = 150
		statuses := map[int]int{}
		var last harness.Answer
		for i := range tries {
			last = send(fmt.Sprintf("cbk_1_%016d_%s", i, strings.Repeat("A", 26)))
			statuses[last.Status]++
		}
		seconds, _ := strconv.Atoi(last.Header.Get("Retry-After"))
		if statuses[401] != 100 || statuses[429] != tries-100 || last.Code() != "LIMIT_EXCEEDED" || seconds < 1 ||
			seconds > 60 || reads.Load() != 100 {
			t.Errorf("%d unknown keys: got the statuses %v, %s, Retry-After %d and %d reads, want 100 looked at, the others 429",
				tries, statuses, last.Body, seconds, reads.Load())
		}
		if n := strings.Count(log.String(), "sign-in refused") - linesBefore; n != 5 {
			t.Errorf("audit lines of refusals: got %d, want 5", n)
		}
		if got := send(good); got.Status != 200 {
			t.Errorf("the key that was used before: got %d %s, want 200", got.Status, got.Body)
		}
		if got := send(late); got.Status != 429 {
			t.Errorf("a key that was not used before: got %d %s, want 429", got.Status, got.Body)
		}
		socket := server.Dial()
		socket.Say(`{"type": "connection_init", "payload": {"apiKey": "` + late + `"}}`)
		if closed := socket.Hear(); closed["closed"] != 4429.0 {
			t.Errorf("a websocket with an unknown key: got %v, want it closed with 4429", closed)
		}
	})
}

// TestBudgetsOfNamesakes spends the budget of a key bob: a token bob has its own, and audit lines tell them apart.
func TestBudgetsOfNamesakes(t *testing.T) {
	log := harness.CaptureLog(t)
	const secret = "0123456789abcdef0123456789abcdef"
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		tokens, err := auth.NewTokens(context.Background(), auth.TokenOptions{Secret: secret,
			Issuer: "https://id.example.com", Audience: "callbook", TenantClaim: "tenant_id", UserClaim: "sub",
			RolesClaim: "roles", PermissionsClaim: "permissions"})
		if err != nil {
			t.Fatal(err)
		}
		server := harness.Listen(t, e, func(o *web.Options) {
			o.Limits = operation.DefaultLimits()
			o.Limits.Cost, o.Limits.Budget, o.Limits.BudgetPerSecond = 5000, 5000, 1
			o.Auth = auth.New(auth.Options{Key: e.DB.APIKey, NoteUse: e.DB.NoteKeyUse, Tokens: tokens.Actor})
		})
		name := "bob-" + e.Engine
		token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": "https://id.example.com",
			"aud": "callbook", "sub": name, "tenant_id": e.Actor.TenantID, "roles": []string{"admin"},
			"exp": time.Now().Add(time.Hour).Unix()}).SignedString([]byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		key := server.Key(name, model.RoleAdmin)
		const query = `{ picklists { field } calls(first: 100) { nodes { id } } }`
		status := 200
		for range 200 {
			if status = server.Send(query, "X-Api-Key", key).Status; status != 200 {
				break
			}
		}
		if got := server.Send(query, "Authorization", "Bearer "+token); status != 429 || got.Status != 200 {
			t.Errorf("the key and then the token %s: got %d and %d %s, want 429 and 200", name, status, got.Status, got.Body)
		}
		credentials := map[string]bool{}
		for _, line := range auditLines(log, name) {
			if _, rest, isListed := strings.Cut(line, "event=listed"); isListed {
				_, credential, _ := strings.Cut(rest, "credential=")
				credentials[strings.Trim(strings.Fields(credential)[0], `"`)] = true
			}
		}
		if !credentials["key"] || !credentials["token"] {
			t.Errorf("audit lines of %s: got the credentials %v, want a key and a token", name, credentials)
		}
	})
}
