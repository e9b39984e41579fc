package tests

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/golang-jwt/jwt/v5"

	"callbook/auth"
	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
	"callbook/web"
)

// TestDeadline lets an operation run out of time: its statement ends in the database, and the next one is answered at once.
func TestDeadline(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := harness.ListenAnonymous(t, e, func(s *web.Options) {
			s.Limits.Deadline, s.Limits.RunningEach = harness.Slowness*200*time.Millisecond, 1
		})
		inputs := make([]*model.CreateCallInput, 1000)
		for i := range inputs {
			inputs[i] = &model.CreateCallInput{ID: new(fmt.Sprint(i))}
			inputs[i].Description = graphql.OmittableOf(new(strings.Repeat("a", 20000)))
		}
		if _, err := e.DB.CreateCalls(e.Ctx, inputs, db.Batch{}); err != nil {
			t.Fatal(err)
		}
		conditions := make([]any, 50)
		for i := range conditions {
			conditions[i] = vars{"description": vars{"contains": strings.Repeat("a", 900) + fmt.Sprint("b", i)}}
		}
		body := harness.Body(`query($f: CallFilter) { calls(filter: $f) { totalCount } }`, vars{"f": vars{"or": conditions}})
		start := time.Now()
		got := d.Do("POST", "/graphql", body, "Content-Type", "application/json")
		if took := time.Since(start); got.Code() != "UNAVAILABLE" || took > harness.Slowness*8*time.Second {
			t.Errorf("%v: %d %s", took, got.Status, got.Body)
		}
		start = time.Now()
		if got := d.Send(`{ call(id: "1") { id } }`); got.Status != 200 || got.JSON()["errors"] != nil || time.Since(start) > harness.Slowness*4*time.Second {
			t.Errorf("%v: %d %s", time.Since(start), got.Status, got.Body)
		}
	})
}

// TestKeysEndpointDown signs in with a token whose keys cannot be fetched: try again, says the server, and API keys go on.
func TestKeysEndpointDown(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tokens, err := auth.NewTokens(ctx, auth.TokenOptions{JWKSURL: gone.URL, Issuer: "https://id.example.com", Audience: "callbook", TenantClaim: "tenant_id", UserClaim: "sub", RolesClaim: "roles"})
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := harness.Listen(t, e, func(s *web.Options) {
			s.Auth = auth.New(auth.Options{Key: e.DB.APIKey, NoteUse: e.DB.NoteKeyUse, Tokens: tokens.Actor})
		})
		token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": "mei"})
		token.Header["kid"] = "k1"
		text, err := token.SigningString()
		if err != nil {
			t.Fatal(err)
		}
		got := d.Send(`{ viewer { name } }`, "Authorization", "Bearer "+text+".AAAA")
		if got.Status != 503 || got.Code() != "UNAVAILABLE" || got.Header.Get("Retry-After") == "" {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		confused, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": "mei"}).SignedString([]byte("the public key, for all to see"))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Send(`{ viewer { name } }`, "Authorization", "Bearer "+confused); got.Status != 401 {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		if got := d.Send(`{ viewer { name } }`, "X-Api-Key", d.Key("x", model.RoleAdmin)); got.Status != 200 {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	})
}
