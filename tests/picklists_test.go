package tests

import (
	"fmt"
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// TestCaptionsMatchSchema compares the fields with captions with the fields of the schema's entities: every type that
// implements Node, and what stands in it. Paging fields and the object identifier need no captions.
func TestCaptionsMatchSchema(t *testing.T) {
	schema := harness.ParsedSchema()
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

// TestEveryFieldHasCaptions checks that every field of the types that people see has captions in both languages, nodeId
// aside.
func TestEveryFieldHasCaptions(t *testing.T) {
	t.Parallel()
	captioned := map[string]bool{}
	for _, p := range model.PicklistFields() {
		if p.Caption.En == "" || p.Caption.Zh == "" {
			t.Errorf("%s: got the caption %v, want both languages", p.Key(), p.Caption)
		}
		for _, known := range p.Known {
			if known.Caption.En == "" || known.Caption.Zh == "" {
				t.Errorf("%s: got the caption %v of %s, want both languages", p.Key(), known.Caption, known.Value)
			}
		}
		captioned[p.Key()] = true
	}
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for _, name := range []string{"Call", "Attachment", "Task", "Note", "CallRecord", "CustomerPerson"} {
			response := server.Post(`query($n: String!) { __type(name: $n) { fields { name } } }`, vars{"n": name})
			for _, field := range response.At("data", "__type", "fields").([]any) {
				if key := name + "." + harness.At(field, "name").(string); harness.At(field, "name") != "nodeId" &&
					!captioned[key] {
					t.Errorf("%s: got no caption, want one", key)
				}
			}
		}
		all := server.Post(`{ picklists { type field values { value count } } }`, nil)
		if all["errors"] != nil || len(all.At("data", "picklists").([]any)) != len(captioned) {
			t.Errorf("picklists: got %d and the errors %v, want %d", len(harness.List(all, "data", "picklists")), all["errors"],
				len(captioned))
		}
	})
}

// TestPicklistKnownValuesCount stores more other values than are listed, and checks that known values are still
// counted.
func TestPicklistKnownValuesCount(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		inputs := []any{vars{"callPurpose": "Demo"}}
		for i := range 205 {
			inputs = append(inputs, vars{"callPurpose": fmt.Sprint("p", i)}, vars{"callPurpose": fmt.Sprint("p", i)})
		}
		server.Post(`mutation($i: [CreateCallInput!]!) { createCalls(inputs: $i) { written } }`, vars{"i": inputs})
		response := server.Post(`{ picklists(types: [CALL], fields: ["callPurpose"]) { values { value count } } }`, nil)
		values := response.At("data", "picklists", 0, "values").([]any)
		demo := slices.IndexFunc(values, func(v any) bool { return harness.At(v, "value") == "Demo" })
		if harness.At(values[demo], "count") != 1.0 || len(values) > 206 {
			t.Errorf("Demo: got %v of %d values, want 1 of 206 at most", values[demo], len(values))
		}
	})
}

// picklistTypes are the types of the schema by the values of PicklistType.
var picklistTypes = map[string]string{
	"CALL": "Call", "ATTACHMENT": "Attachment", "TASK": "Task", "NOTE": "Note", "CALL_RECORD": "CallRecord",
	"CUSTOMER_PERSON": "CustomerPerson",
}

// TestPicklistsAreTheEnums compares the closed picklists, as clients read them, with the schema: every field of a
// listed type whose type is an enum is one, with the values of the enum, and no other field is.
func TestPicklistsAreTheEnums(t *testing.T) {
	t.Parallel()
	schema := harness.ParsedSchema()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		response := harness.NewServer(t, e).Post(`{ picklists { type field kind values { value } } }`, nil)
		kinds := map[string]any{}
		for _, p := range harness.List(response, "data", "picklists") {
			typeName, field := picklistTypes[harness.At(p, "type").(string)], harness.At(p, "field").(string)
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
