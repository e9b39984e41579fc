package main

import (
	"go/types"
	"testing"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/vektah/gqlparser/v2/ast"
)

// TestCheckObject refuses what the writers could not write as gqlgen does.
func TestCheckObject(t *testing.T) {
	object := func(change func(*codegen.Object, *codegen.Field)) *codegen.Object {
		o := &codegen.Object{Definition: &ast.Definition{Name: "T"}}
		f := &codegen.Field{FieldDefinition: &ast.FieldDefinition{Name: "f"}, Object: o,
			TypeReference: &config.TypeReference{GO: types.NewInterfaceType(nil, nil), GQL: &ast.Type{}}}
		o.Fields = []*codegen.Field{f}
		change(o, f)
		return o
	}
	interfaces := func(n int) func(*codegen.Object, *codegen.Field) {
		return func(o *codegen.Object, _ *codegen.Field) { o.Implements = make([]*ast.Definition, n) }
	}
	for name, c := range map[string]struct {
		change func(*codegen.Object, *codegen.Field)
		isBad  bool
	}{
		"plain":               {func(*codegen.Object, *codegen.Field) {}, false},
		"one interface":       {interfaces(1), false},
		"two interfaces":      {interfaces(2), true},
		"a map":               {func(_ *codegen.Object, f *codegen.Field) { f.GoFieldType = codegen.GoFieldMap }, true},
		"a value and a bool":  {func(_ *codegen.Object, f *codegen.Field) { f.VOkFunc = true }, true},
		"a batch":             {func(_ *codegen.Object, f *codegen.Field) { f.Batch = true }, true},
		"a has method":        {func(_ *codegen.Object, f *codegen.Field) { f.HasHaser = true }, true},
		"required, interface": {func(_ *codegen.Object, f *codegen.Field) { f.TypeReference.GQL.NonNull = true }, true},
	} {
		if err := checkObject(object(c.change)); (err != nil) != c.isBad {
			t.Errorf("%s: got the error %v, want one: %v", name, err, c.isBad)
		}
	}
}
