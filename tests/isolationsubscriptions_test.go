package tests

import (
	"context"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// subscriptionCases are, for each subscription, a write that causes an event: by the actor of a context, of a call with
// a name. A subscription without a case fails the test.
var subscriptionCases = map[string]func(ctx context.Context, d *db.DB, name string) error{
	"callChanged": func(ctx context.Context, d *db.DB, name string) error {
		in := model.CreateCallInput{}
		in.Name = graphql.OmittableOf(&name)
		_, err := d.CreateCall(ctx, in)
		return err
	},
}

// TestIsolationOfSubscriptions subscribes to everything as every role of another tenant, and as an agent of the same
// tenant, and checks that the first event of each is about a call of its own, not about the owner's earlier call.
func TestIsolationOfSubscriptions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.Listen(t, e, nil)
		for _, field := range harness.ParsedSchema().Subscription.Fields {
			write, known := subscriptionCases[field.Name]
			if !known {
				t.Errorf("Subscription.%s: got no case, want one in subscriptionCases", field.Name)
				continue
			}
			of := harness.ParsedSchema().Types[field.Type.Name()]
			query := "subscription { " + field.Name + " " + everything(of, []string{"<" + of.Name + ">"}, 3) + " }"
			elsewhere, _ := dbtest.NewTenant(context.Background())
			strangers := map[string]context.Context{}
			subscribe := func(ctx context.Context, name string, role model.Role) harness.Events {
				_, key, err := e.DB.CreateAPIKey(ctx, model.CreateAPIKeyInput{Name: name, Roles: []model.Role{role}})
				if err != nil {
					t.Fatal(err)
				}
				actor, _ := model.ActorFrom(ctx)
				actor.Name = name
				strangers[name] = model.WithActor(ctx, actor)
				return server.Events(query, "X-Api-Key", key)
			}
			subscribers := map[string]harness.Events{"colleague": subscribe(e.Ctx, "colleague", model.RoleAgent)}
			for _, role := range model.AllRole {
				subscribers[string(role)] = subscribe(elsewhere, string(role), role)
			}
			if err := write(e.Ctx, e.DB, markText); err != nil {
				t.Fatal(err)
			}
			for name, ctx := range strangers {
				if err := write(ctx, e.DB, "own of "+name); err != nil {
					t.Fatal(err)
				}
			}
			for name, next := range subscribers {
				event, data := next()
				if event != "next" || !strings.Contains(data, "own of ") || strings.Contains(data, markText) ||
					strings.Contains(data, `"errors"`) {
					t.Errorf("%s subscribed to %s: got %s %.300s, want a change of its own first", name, field.Name, event, data)
				}
				if own := name == "colleague" || name == string(model.RoleAgent); own && !strings.Contains(data, "own of "+name) {
					t.Errorf("%s subscribed to %s: got %.300s, want its own change", name, field.Name, data)
				}
			}
		}
	})
}
