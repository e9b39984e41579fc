package jsondata

import (
	"context"
	"errors"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// resolveT resolves a root field as gqlgen's generated code does: by graphql.ResolveField, for the type *int of Go.
func resolveT(ctx context.Context, field graphql.CollectedField) graphql.Marshaler {
	value := map[string]func() (any, error){
		"seven":  func() (any, error) { return new(7), nil },
		"none":   func() (any, error) { return (*int)(nil), nil },
		"null":   func() (any, error) { return new(0), nil },
		"other":  func() (any, error) { return new(-1), nil },
		"ends":   func() (any, error) { return new(13), nil },
		"fails":  func() (any, error) { return new(7), errors.New("it fails") },
		"panics": func() (any, error) { panic("no") },
	}[field.Name]
	return graphql.ResolveField(ctx, graphql.GetOperationContext(ctx), field,
		func(context.Context, graphql.CollectedField) (*graphql.FieldContext, error) {
			return &graphql.FieldContext{Object: "Query", Field: field}, nil
		},
		func(context.Context) (any, error) { return value() }, nil,
		func(_ context.Context, _ ast.SelectionSet, v *int) graphql.Marshaler {
			if v == nil {
				return graphql.Null
			}
			return graphql.MarshalString("by gqlgen")
		}, true, field.Definition.Type.NonNull)
}

// writeInt writes 0 as null, knows no negative numbers, and panics within 13.
func writeInt(w *Writer, fc *graphql.FieldContext, value any) (hasValue, isKnown bool) {
	n, _ := value.(*int)
	if n == nil || *n < 0 {
		return false, false
	}
	if graphql.GetFieldContext(w.Context()) != fc {
		panic("the writer has another context than the field")
	}
	w.Int(*n)
	if *n == 13 {
		w.List(true)
		panic("unlucky")
	}
	return *n > 0, true
}

// TestRoot tests that graphql.ResolveField takes a graphql.Marshaler for the value of a field of any type, on which
// Intercept relies, and that the fields of a root are put together.
func TestRoot(t *testing.T) {
	for _, c := range []struct {
		fields []graphql.CollectedField
		data   string
		errors []string
	}{
		{fieldsOf("seven"), `{"seven":7}`, nil},
		{fieldsOf("seven!"), `{"seven":7}`, nil},
		{fieldsOf("seven", "__typename"), `{"seven":7,"__typename":"Query"}`, nil},
		{fieldsOf("null"), `{"null":null}`, nil},
		{fieldsOf("null!", "seven"), `null`, nil},
		{fieldsOf("none", "other", "seven"), `{"none":null,"other":"by gqlgen","seven":7}`, nil},
		{fieldsOf("seven", "fails"), `{"seven":7,"fails":null}`, []string{"fails: input: fails it fails"}},
		{fieldsOf("seven", "fails!", "__typename"), `null`, []string{"fails: input: fails it fails"}},
		{fieldsOf("panics", "seven"), `{"panics":null,"seven":7}`, []string{"panics: input: panics panic: no"}},
		{fieldsOf("ends", "seven"), `{"ends":null,"seven":7}`, []string{"ends: input: ends panic: unlucky"}},
		{fieldsOf(), `{}`, nil},
	} {
		for _, concurrently := range []bool{false, true} {
			o := newOperation()
			o.w.Root(o.ctx, "Query", c.fields, concurrently, resolveT, writeInt)
			o.expect(t, c.data, c.data, c.errors...)
		}
	}
}

// TestInterceptWithoutWriter leaves values as they are where no writer is in the context.
func TestInterceptWithoutWriter(t *testing.T) {
	got, err := Intercept(context.Background(), func(context.Context) (any, error) { return 7, nil })
	if got != 7 || err != nil {
		t.Errorf("Intercept returned %v, %v, want 7", got, err)
	}
}

// TestRelease uses a writer again, and lets go of the objects that it has seen.
func TestRelease(t *testing.T) {
	o := newOperation()
	o.w.Root(o.ctx, "Query", fieldsOf("seven", "fails"), false, resolveT, writeInt)
	places := o.w.places[:cap(o.w.places)]
	o.w.Release()
	for i, p := range places {
		if p.ctx != nil || p.fields != nil {
			t.Errorf("place %d is %+v after Release, want an empty one", i, p)
		}
	}
	if len(o.w.JSON()) != 0 || o.w.Objects() != 0 {
		t.Errorf("a released writer has %s, %d objects, want nothing", o.w.JSON(), o.w.Objects())
	}
}
