package tests

import (
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestPicklistsAreTheEnums compares the closed picklists, as clients read them, with the schema: every field of a listed
// type whose type is an enum is one, with the values of the enum, and no other field is.
func TestPicklistsAreTheEnums(t *testing.T) {
	schema := harness.ParsedSchema()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		response := harness.NewServer(t, e).Post(`{ picklists { type field kind values { value } } }`, nil)
		kinds := map[string]any{}
		for _, p := range harness.List(response, "data", "picklists") {
			typeName, field := harness.At(p, "type").(string), harness.At(p, "field").(string)
			kinds[typeName+"."+field] = harness.At(p, "kind")
			definition := schema.Types[typeName].Fields.ForName(field)
			if definition == nil {
				t.Errorf("picklists: got %s.%s, want fields of the schema alone", typeName, field)
				continue
			}
			enum := schema.Types[definition.Type.Name()]
			isClosed := harness.At(p, "kind") == "CLOSED"
			if isClosed != (enum.Kind == ast.Enum) {
				t.Errorf("%s.%s: got the kind %v, want CLOSED for enums alone", typeName, field, harness.At(p, "kind"))
			}
			if !isClosed {
				continue
			}
			var got, want []string
			for _, value := range harness.List(p, "values") {
				got = append(got, harness.At(value, "value").(string))
			}
			for _, value := range enum.EnumValues {
				want = append(want, value.Name)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s.%s: got the values %v, want %v", typeName, field, got, want)
			}
		}
		for _, name := range []string{"Call", "Attachment", "Task", "Note", "CallRecord", "CustomerPerson"} {
			for _, field := range ownFields(schema.Types[name]) {
				isEnum := schema.Types[field.Type.Name()].Kind == ast.Enum
				if kind := kinds[name+"."+field.Name]; isEnum && kind != "CLOSED" {
					t.Errorf("%s.%s: got the picklist %v, want a closed one", name, field.Name, kind)
				}
			}
		}
	})
}
