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
	"callbook/web"
)

// TestDeadline lets an operation run out of time: its statement ends in the database, and the next one is answered at once.
func TestDeadline(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := openFreeDoor(t, e, func(s *web.Options) { s.Limits.Deadline, s.Limits.RunningEach = slowness*200*time.Millisecond, 1 })
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
		body := string(asBody(`query($f: CallFilter) { calls(filter: $f) { totalCount } }`, vars{"f": vars{"or": conditions}}))
		start := time.Now()
		got := d.send("POST", "/graphql", body, "Content-Type", "application/json")
		if took := time.Since(start); got.code(t) != "UNAVAILABLE" || took > slowness*8*time.Second {
			t.Errorf("%v: %d %s", took, got.status, got.body)
		}
		start = time.Now()
		if got := d.post(`{ call(id: "1") { id } }`); got.status != 200 || got.json(t)["errors"] != nil || time.Since(start) > slowness*4*time.Second {
			t.Errorf("%v: %d %s", time.Since(start), got.status, got.body)
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
		d := openDoor(t, e, func(s *web.Options) {
			s.Auth = auth.New(auth.Options{Key: e.DB.APIKey, NoteUse: e.DB.NoteKeyUse, Tokens: tokens.Actor})
		})
		token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": "mei"})
		token.Header["kid"] = "k1"
		text, err := token.SigningString()
		if err != nil {
			t.Fatal(err)
		}
		got := d.post(`{ viewer { name } }`, "Authorization", "Bearer "+text+".AAAA")
		if got.status != 503 || got.code(t) != "UNAVAILABLE" || got.header.Get("Retry-After") == "" {
			t.Errorf("%d %s", got.status, got.body)
		}
		confused, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": "mei"}).SignedString([]byte("the public key, for all to see"))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.post(`{ viewer { name } }`, "Authorization", "Bearer "+confused); got.status != 401 {
			t.Errorf("%d %s", got.status, got.body)
		}
		if got := d.post(`{ viewer { name } }`, "X-Api-Key", d.key("x", model.RoleAdmin)); got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
}
