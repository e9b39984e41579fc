package model_test

import (
	"os"
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"callbook/model"
)

// TestCaptionsMatchSchema compares the fields with captions with the fields of the schema's entities: every type that
// implements Node, and what stands in it. Paging fields and the object identifier need no captions.
func TestCaptionsMatchSchema(t *testing.T) {
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	captioned := map[string][]string{}
	for _, p := range model.PicklistFields() {
		captioned[p.TypeName()] = append(captioned[p.TypeName()], p.Field)
	}
	for _, entity := range schema.PossibleTypes["Node"] {
		if captioned[entity.Name] == nil {
			t.Errorf("%s has no captions", entity.Name)
		}
	}
	for typeName, fields := range captioned {
		def := schema.Types[typeName]
		if def == nil {
			t.Errorf("%s has captions, but is no type of the schema", typeName)
			continue
		}
		var want []string
		for _, field := range def.Fields {
			if field.Name != "nodeId" {
				want = append(want, field.Name)
			}
		}
		for _, field := range want {
			if !slices.Contains(fields, field) {
				t.Errorf("%s.%s has no captions in model/picklists.go", typeName, field)
			}
		}
		for _, field := range fields {
			if !slices.Contains(want, field) {
				t.Errorf("%s.%s has captions, but is no field of the schema", typeName, field)
			}
		}
	}
}
