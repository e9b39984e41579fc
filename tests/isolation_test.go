package tests

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// TestIsolationOfEverything runs every query and mutation, with all fields of its answer, as every role of another
// tenant, and as an agent of the same tenant who owns none of its rows. It checks that they see and change nothing, and
// that an analyst of the tenant sees no personal data.
func TestIsolationOfEverything(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		made := server.Post(secrets, nil)
		if made["errors"] != nil {
			t.Fatalf("the owner's rows: got %v, want no errors", made["errors"])
		}
		text := func(path ...any) string { return fmt.Sprint(made.At(append([]any{"data"}, path...)...)) }
		cursors := server.Post(`{ a: calls(first: 1) { pageInfo { endCursor } }
			b: callRecords(first: 1) { pageInfo { endCursor } } }`, nil)
		f := found{text("f", "tasks", 0, "id"), text("f", "tasks", 0, "nodeId"), text("g", "note", "id"),
			text("g", "note", "nodeId"), text("k", "apiKey", "apiKeyId"),
			fmt.Sprint(cursors.At("data", "a", "pageInfo", "endCursor")),
			fmt.Sprint(cursors.At("data", "b", "pageInfo", "endCursor"))}
		cases := isolationCases(f)
		before := ownersView(t, server)
		for kind, root := range map[string]*ast.Definition{"query": harness.ParsedSchema().Query,
			"mutation": harness.ParsedSchema().Mutation, "subscription": harness.ParsedSchema().Subscription} {
			for _, field := range root.Fields {
				arguments, known := cases[field.Name]
				if !known && !strings.HasPrefix(field.Name, "__") {
					t.Errorf("%s.%s: got no case, want one in isolationCases", root.Name, field.Name)
				}
				for _, argument := range arguments {
					if argument != "" {
						argument = "(" + argument + ")"
					}
					of := harness.ParsedSchema().Types[field.Type.Name()]
					query := kind + " { " + field.Name + argument + " " + everything(of, []string{"<" + of.Name + ">"}, 4) + " }"
					walkAsStrangers(t, server, query)
					if kind == "query" {
						walkAsAnalyst(t, server, query)
					}
					if after := ownersView(t, server); after != before {
						t.Fatalf("the owner's rows after %s: got\n%s\nwant\n%s", query, after, before)
					}
				}
			}
		}
	})
}

// walkAsStrangers runs an operation as every actor who may see nothing of the owner's rows.
func walkAsStrangers(t *testing.T, server *harness.Server, query string) {
	t.Helper()
	elsewhere, _ := dbtest.NewTenant(context.Background())
	other, _ := model.ActorFrom(elsewhere)
	var strangers []model.Actor
	if !strings.HasPrefix(query, "query { savedQuer") { // all of a tenant may read and run what it has saved
		strangers = append(strangers, server.Actor("stranger", model.RoleAgent))
	}
	for _, role := range model.AllRole {
		strangers = append(strangers, model.NewActor(other.TenantID, "stranger", []model.Role{role}, nil))
	}
	for _, actor := range strangers {
		response := server.As(actor).Post(query, nil)
		answer := fmt.Sprint(response)
		if code, _ := response.FirstError(); code == "GRAPHQL_VALIDATION_FAILED" || code == "LIMIT_EXCEEDED" ||
			code == "INTERNAL" {
			t.Fatalf("%.300s: got %.300s, want an operation that runs", query, answer)
		}
		if !strings.Contains(query, markText) { // what the query itself says may come back in an error
			for _, mark := range []string{markText, markPhone, markRecording} {
				if strings.Contains(answer, mark) {
					t.Errorf("%v, %.200s…: got %s in %.500s, want nothing of the owner's", actor.Roles, query, mark, answer)
				}
			}
		} else if strings.Contains(answer, "again") || strings.Contains(answer, "too") ||
			strings.Contains(answer, markPhone) || strings.Contains(answer, "totalCount:1") {
			t.Errorf("%v, %.200s…: got %.500s, want nothing found", actor.Roles, query, answer)
		}
	}
}

// walkAsAnalyst runs a query as an analyst of the tenant, who sees everything but personal data.
func walkAsAnalyst(t *testing.T, server *harness.Server, query string) {
	t.Helper()
	answer := fmt.Sprint(server.AsRoles("analyst", model.RoleAnalyst).Post(query, nil))
	for _, mark := range []string{markPhone, markRecording} {
		if strings.Contains(answer, mark) {
			t.Errorf("an analyst, %.200s…: got %s in %.500s, want it masked", query, mark, answer)
		}
	}
}

// ownersView returns all that the owner sees of the rows.
func ownersView(t *testing.T, server *harness.Server) string {
	t.Helper()
	call, record := everything(harness.ParsedSchema().Types["Call"], []string{"<Call>"}, 3),
		everything(harness.ParsedSchema().Types["CallRecord"], []string{"<CallRecord>"}, 3)
	response := server.Post(`{
		a: call(id: "secret-call") `+call+`
		b: call(id: "secret-deleted", includeDeleted: true) `+call+`
		c: callRecord(id: "77001") `+record+`
		d: callRecord(id: "77001") { call `+call+` } }`, nil)
	if response["errors"] != nil {
		t.Fatalf("the owner's rows: got %v, want no errors", response["errors"])
	}
	view := fmt.Sprint(response["data"])
	for _, mark := range []string{markText, markPhone, markRecording, "classified again", "classified too"} {
		if !strings.Contains(view, mark) {
			t.Fatalf("the owner's rows: got %s, want %s among them", view, mark)
		}
	}
	return view
}

// subscriptionCases are, for each subscription, a write that causes an event: by the actor of a context, of a call with
// a name. A subscription without a case fails the test.
var subscriptionCases = map[string]func(ctx context.Context, d *db.DB, name string) error{
	"callRecordChanged": writeRecord,
	"taskChanged":       writeTask,
	"callChanged": func(ctx context.Context, d *db.DB, name string) error {
		in := model.CreateCallInput{}
		in.Name = graphql.OmittableOf(&name)
		_, err := d.CreateCall(ctx, in)
		return err
	},
}

// writeRecord writes a record with a text.
func writeRecord(ctx context.Context, d *db.DB, text string) error {
	_, err := d.SaveCallRecords(ctx, []*model.SaveCallRecordInput{{ID: model.NewID(), AnalysisBasis: &text}})
	return err
}

// writeTask writes a call and a task with a subject.
func writeTask(ctx context.Context, d *db.DB, subject string) error {
	call, err := d.CreateCall(ctx, model.CreateCallInput{})
	if err != nil {
		return err
	}
	_, err = d.CreateCallTasks(ctx, model.CallSelector{Ids: []string{call.ID}},
		[]*model.CreateTaskInput{{Subject: subject, Status: model.TaskStatusNotStarted}}, db.Batch{})
	return err
}

// TestIsolationOfSubscriptions subscribes to everything as every role of another tenant, and as an agent of the same
// tenant, and checks that the first event of each is about a call of its own, not about the owner's earlier call.
func TestIsolationOfSubscriptions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.Listen(t, e, nil)
		for _, field := range harness.ParsedSchema().Subscription.Fields {
			if field.Name == "jobProgress" {
				continue // it names its job: TestJobProgress
			}
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
				keyName := name + " " + field.Name
				_, key, err := e.DB.CreateAPIKey(ctx, model.CreateAPIKeyInput{Name: keyName, Roles: []model.Role{role}})
				if err != nil {
					t.Fatal(err)
				}
				actor, _ := model.ActorFrom(ctx)
				actor.Name = keyName
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
