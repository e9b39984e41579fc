package jsondata

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// operation is an operation under test: its writer, and the errors of its fields.
type operation struct {
	ctx    context.Context
	w      *Writer
	errors []string
}

func newOperation() *operation {
	o := &operation{}
	present := func(ctx context.Context, err error) *gqlerror.Error {
		o.errors = append(o.errors, graphql.GetFieldContext(ctx).Path().String()+": "+err.Error())
		return gqlerror.WrapPath(graphql.GetFieldContext(ctx).Path(), err)
	}
	recovered := func(_ context.Context, cause any) error { return fmt.Errorf("panic: %v", cause) }
	ctx := graphql.WithResponseContext(context.Background(), present, recovered)
	ctx = graphql.WithOperationContext(ctx, &graphql.OperationContext{
		RecoverFunc:            recovered,
		ResolverMiddleware:     Intercept,
		RootResolverMiddleware: func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { return next(ctx) },
	})
	o.ctx, o.w = WithWriter(ctx)
	return o
}

// fieldsOf returns fields by name; those that must not be null end with an exclamation mark.
func fieldsOf(names ...string) (fields []graphql.CollectedField) {
	for _, name := range names {
		name, required := strings.CutSuffix(name, "!")
		fields = append(fields, graphql.CollectedField{Field: &ast.Field{
			Name: name, Alias: name, Definition: &ast.FieldDefinition{Type: &ast.Type{NamedType: "T", NonNull: required}},
		}})
	}
	return fields
}

// expect compares what was written, with the number of objects, and the errors.
func (o *operation) expect(t *testing.T, what, data string, errs ...string) {
	t.Helper()
	if got := string(o.w.JSON()); got != data {
		t.Errorf("%s: written %s, want %s", what, got, data)
	}
	if got, want := o.w.Objects(), CountObjects([]byte(data)); got != want {
		t.Errorf("%s: got %d objects, want %d in %s", what, got, want, data)
	}
	if got, want := strings.Join(o.errors, "\n"), strings.Join(errs, "\n"); got != want {
		t.Errorf("%s: the errors are\n%s\nwant\n%s", what, got, want)
	}
}

// writeT writes an object whose fields do as their names say.
func writeT(w *Writer, fields []graphql.CollectedField) bool {
	o := w.object("T", fields)
	for o.HasNext() {
		writeTFields(w, &o)
	}
	for o.HasDelayed() {
		writeTDelayed(w, &o)
	}
	return o.End()
}

func writeTFields(w *Writer, o *Object) {
	defer o.Recover()
	for field := o.Next(); field != nil; field = o.Next() {
		switch name := field.Name; {
		case strings.HasPrefix(name, "late"):
			o.Delay()
		case strings.HasPrefix(name, "int"):
			w.Int(len(name))
		case strings.HasPrefix(name, "null"):
			o.Value(false)
		case strings.HasPrefix(name, "nothing"):
			o.Value(w.RequiredNull())
		case strings.HasPrefix(name, "fails"):
			o.Value(Succeeded(w.Context(), errors.New("it fails")))
		case strings.HasPrefix(name, "panics"):
			l := w.List(true)
			l.Next(0)
			inner := w.object("T", fieldsOf("late"))
			inner.Next()
			inner.Delay()
			panic("no")
		case strings.HasPrefix(name, "object"):
			o.Value(writeT(w, fieldsOf("int", "late!", "nothing!")))
		case strings.HasPrefix(name, "list"):
			l := w.List(strings.HasPrefix(name, "listRequired"))
			for i, below := range []string{"int", "fails!", "nothing!"} {
				l.Next(i)
				l.Value(writeT(w, fieldsOf(below)))
			}
			o.Value(l.End())
		}
	}
}

func writeTDelayed(w *Writer, o *Object) {
	defer o.Recover()
	for field := o.NextDelayed(); field != nil; field = o.NextDelayed() {
		switch name := field.Name; {
		case strings.HasPrefix(name, "latePanics"):
			panic("late")
		case strings.HasPrefix(name, "lateFails"):
			o.Value(Succeeded(w.Context(), errors.New("late")))
		default:
			w.String(name)
		}
	}
}

func TestObject(t *testing.T) {
	const missing = "the requested element is null which the schema does not allow"
	for _, c := range []struct {
		fields string
		data   string // "null" where there is no object
		errors []string
	}{
		{"", `{}`, nil},
		{"int", `{"int":3}`, nil},
		{"int null int2", `{"int":3,"null":null,"int2":4}`, nil},
		{"int null! int2", `null`, nil},
		{"nothing", `{"nothing":null}`, []string{"nothing: input: nothing " + missing}},
		{"late int late2 int2 late3", `{"late":"late","int":3,"late2":"late2","int2":4,"late3":"late3"}`, nil},
		{"late late2 int", `{"late":"late","late2":"late2","int":3}`, nil},
		{"lateFails int fails", `{"lateFails":null,"int":3,"fails":null}`,
			[]string{"fails: input: fails it fails", "lateFails: input: lateFails late"}},
		{"lateFails! int", `null`, []string{"lateFails: input: lateFails late"}},
		{"panics int late panics2!", `null`,
			[]string{"panics: input: panics panic: no", "panics2: input: panics2 panic: no"}},
		{"late latePanics int late2 panics", `{"late":"late","latePanics":null,"int":3,"late2":"late2","panics":null}`,
			[]string{"panics: input: panics panic: no", "latePanics: input: latePanics panic: late"}},
		{"int object int2", `{"int":3,"object":null,"int2":4}`,
			[]string{"object.nothing: input: object.nothing " + missing}},
		{"object! int", `null`, []string{"object.nothing: input: object.nothing " + missing}},
		{"list", `{"list":[{"int":3},null,null]}`, []string{"list[1].fails: input: list[1].fails it fails",
			"list[2].nothing: input: list[2].nothing " + missing}},
		{"listRequired int", `{"listRequired":null,"int":3}`, []string{
			"listRequired[1].fails: input: listRequired[1].fails it fails",
			"listRequired[2].nothing: input: listRequired[2].nothing " + missing}},
	} {
		o := newOperation()
		o.w.places = append(o.w.places, place{ctx: o.ctx})
		if !writeT(o.w, fieldsOf(strings.Fields(c.fields)...)) {
			o.w.json = append(o.w.json, "null"...)
		}
		o.expect(t, c.fields, c.data, c.errors...)
		if n := len(o.w.delayed); n != 0 {
			t.Errorf("%s: %d delayed fields are left, want none", c.fields, n)
		}
	}
}
