package graph

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/quiet"
)

func TestMain(m *testing.M) { quiet.Main(m) }

// atField returns a context in which the root field a is resolved.
func atField(ctx context.Context) context.Context {
	return graphql.WithFieldContext(ctx, &graphql.FieldContext{
		Field: graphql.CollectedField{Field: &ast.Field{Name: "a", Alias: "a"}},
	})
}

func TestPresent(t *testing.T) {
	env := dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/presenter.db")
	p := NewPresenter(env.DB)
	ctx := WithRequestID(env.Ctx)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	id := RequestID(ctx)
	inInput := ast.Path{ast.PathName("a"), ast.PathName("input"), ast.PathName("tags"), ast.PathIndex(2)}
	stale := &model.Error{
		Code: model.ErrorCodeConflict, Field: "expectedVersion", Message: "is stale",
		Conflict: &model.VersionConflict{Version: 3, UpdatedBy: "ann", UpdatedAt: dbtest.Start},
	}
	for _, c := range []struct {
		name           string
		ctx            context.Context
		err            error
		code           model.ErrorCode
		field, message string
	}{
		{"bad input", ctx, model.BadInput("name", "is too long"), model.ErrorCodeBadUserInput, "name", "name: is too long"},
		{"without a field", ctx, model.BadInput("", "is odd"), model.ErrorCodeBadUserInput, "", "is odd"},
		{"wrapped", ctx, fmt.Errorf("in a call: %w", model.BadInput("name", "is odd")),
			model.ErrorCodeBadUserInput, "name", "name: is odd"},
		{"the first of several", ctx, model.Errors{model.BadInput("a", "is odd"), model.BadInput("b", "is odd")},
			model.ErrorCodeBadUserInput, "a", "a: is odd"},
		{"at a place among the arguments", ctx, gqlerror.WrapPath(inInput, model.BadInput("", "is odd")),
			model.ErrorCodeBadUserInput, "tags.2", "tags.2: is odd"},
		{"a value that cannot be read", ctx, gqlerror.WrapPath(inInput, errors.New("int is not a string")),
			model.ErrorCodeBadUserInput, "tags.2", "tags.2: int is not a string"},
		{"forbidden", ctx, model.Forbidden("", "not you"), model.ErrorCodeForbidden, "", "not you"},
		{"a stale version", ctx, stale, model.ErrorCodeConflict, "expectedVersion", "expectedVersion: is stale"},
		{"a long message", ctx, model.BadInput("", "%s", strings.Repeat("价", 600)),
			model.ErrorCodeBadUserInput, "", strings.Repeat("价", 500) + "…"},
		{"unknown", ctx, errors.New("secret"), model.ErrorCodeInternal, "",
			"internal error; the server's log has the details under request id " + id},
		{"a panic", ctx, Recovered(ctx, "secret"), model.ErrorCodeInternal, "",
			"internal error; the server's log has the details under request id " + id},
		{"a connection that is gone", ctx, context.DeadlineExceeded, model.ErrorCodeInternal, "",
			"internal error; the server's log has the details under request id " + id},
		{"a client that has gone", ended, errors.New("secret"), model.ErrorCodeUnavailable, "",
			"the request was cancelled or ran out of time"},
		{"bad input of a client that has gone", ended, model.BadInput("", "is odd"), model.ErrorCodeBadUserInput, "",
			"is odd"},
	} {
		got := p.Present(atField(c.ctx), c.err)
		field, _ := got.Extensions["field"].(string)
		if got.Extensions["code"] != c.code || field != c.field || got.Message != c.message {
			t.Errorf("%s: %v at %q: %q, want %s at %q: %q",
				c.name, got.Extensions["code"], field, got.Message, c.code, c.field, c.message)
		}
		if got.Path.String() != "a" || got.Extensions["requestId"] != id {
			t.Errorf("%s: the path is %s, the request %v, want a and %s", c.name, got.Path, got.Extensions["requestId"], id)
		}
		_, hasConflict := got.Extensions["conflict"]
		if hasConflict != (c.code == model.ErrorCodeConflict) {
			t.Errorf("%s: the extensions are %v", c.name, got.Extensions)
		}
	}
	conflict := p.Present(atField(ctx), stale).Extensions["conflict"]
	want := map[string]any{"version": 3, "updatedBy": "ann", "updatedAt": dbtest.Start.Format(time.RFC3339Nano)}
	if fmt.Sprint(conflict) != fmt.Sprint(want) {
		t.Errorf("the conflict is %v, want %v", conflict, want)
	}
}

// TestPresentLocations checks that each of several errors of a field has the field's location.
func TestPresentLocations(t *testing.T) {
	env := dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/presenter.db")
	present := NewPresenter(env.DB).Present
	ctx := graphql.WithResponseContext(env.Ctx, present, graphql.DefaultRecover)
	field := &ast.Field{Name: "a", Alias: "a", Position: &ast.Position{Line: 2, Column: 7}}
	ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Field: graphql.CollectedField{Field: field}})
	last := reportAll(ctx, model.Errors{model.BadInput("b", "is odd"), model.BadInput("c", "is odd")})
	graphql.AddError(ctx, graphql.AddFieldLocationToError(ctx, last))
	errs := graphql.GetErrors(ctx)
	want := []gqlerror.Location{{Line: 2, Column: 7}}
	if len(errs) != 2 || !slices.Equal(errs[0].Locations, want) || !slices.Equal(errs[1].Locations, want) {
		t.Errorf("the errors are %v, want two at %v", errs, want)
	}
}

func TestPresentWhereTheDatabaseIsClosed(t *testing.T) {
	env := dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/presenter.db")
	if err := env.DB.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := env.DB.Call(env.Ctx, "a", false)
	got := NewPresenter(env.DB).Present(env.Ctx, err)
	isUnavailable := env.DB.IsUnavailable(err)
	if (got.Extensions["code"] == model.ErrorCodeUnavailable) != isUnavailable || strings.Contains(got.Message, "sql") {
		t.Errorf("a closed database: %v %q, want UNAVAILABLE %v without the driver's words", got.Extensions["code"],
			got.Message, isUnavailable)
	}
}

func TestReportAll(t *testing.T) {
	unknown := errors.New("unknown")
	many := make(model.Errors, maxFieldErrors+20)
	for i := range many {
		many[i] = model.BadInput("", "error %d", i)
	}
	for _, c := range []struct {
		err      error
		reported int
		last     string // empty for nil
	}{
		{nil, 0, ""},
		{unknown, 0, "unknown"},
		{many[0], 0, "error 0"},
		{many[:3], 2, "error 2"},
		{many, maxFieldErrors - 1, fmt.Sprint("error ", maxFieldErrors-1)},
	} {
		ctx := graphql.WithResponseContext(t.Context(), graphql.DefaultErrorPresenter, graphql.DefaultRecover)
		last := reportAll(atField(ctx), c.err)
		if n := len(graphql.GetErrors(ctx)); n != c.reported {
			t.Errorf("reportAll(%v) reports %d errors, want %d", c.err, n, c.reported)
		}
		if last == nil != (c.last == "") || last != nil && last.Error() != c.last {
			t.Errorf("reportAll(%v) returns %v, want %q", c.err, last, c.last)
		}
	}
}

func TestInputField(t *testing.T) {
	name := func(s string) ast.PathElement { return ast.PathName(s) }
	index := func(i int) ast.PathElement { return ast.PathIndex(i) }
	for _, c := range []struct {
		path ast.Path
		want string
	}{
		{nil, ""},
		{ast.Path{name("id")}, "id"},
		{ast.Path{name("input")}, "input"},
		{ast.Path{name("input"), name("tags"), index(0)}, "tags.0"},
		{ast.Path{name("inputs"), index(3), name("name")}, "inputs.3.name"},
		{ast.Path{name("filter"), name("input"), name("eq")}, "filter.input.eq"},
	} {
		if got := InputField(c.path); got != c.want {
			t.Errorf("InputField(%v) = %q, want %q", c.path, got, c.want)
		}
	}
}

func TestShorten(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "short": "short", strings.Repeat("价", 500): strings.Repeat("价", 500),
		strings.Repeat("价", 501): strings.Repeat("价", 500) + "…",
	} {
		if got := Shorten(in); got != want {
			t.Errorf("Shorten of %d bytes has %d, want %d", len(in), len(got), len(want))
		}
	}
}

func TestRequestID(t *testing.T) {
	if id := RequestID(t.Context()); id != "" {
		t.Errorf("without a request the id is %q, want none", id)
	}
	one, two := RequestID(WithRequestID(t.Context())), RequestID(WithRequestID(t.Context()))
	if one == "" || one == two {
		t.Errorf("two requests have the ids %q and %q, want different ones", one, two)
	}
}
