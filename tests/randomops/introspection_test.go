package randomops

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestIntrospection compares what the server answers to the full introspection query with what graphql-js answers from
// schema.graphqls. The order of types and directives is free.
func TestIntrospection(t *testing.T) {
	theirs := startReference(t)
	var reference struct {
		Query string
		Data  map[string]any
	}
	if err := json.Unmarshal(theirs.ask(harness.Vars{"introspect": true}), &reference); err != nil {
		t.Fatal(err)
	}
	want := comparable(reference.Data)
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		ours, _ := harness.NewServer(t, e).Post(reference.Query, nil).At("data").(map[string]any)
		got := comparable(ours)
		if len(got) < 100 {
			t.Errorf("got %d types and directives, want more than 100", len(got))
		}
		for _, name := range sortedKeys(want) {
			if got[name] != want[name] {
				t.Errorf("%s: got\n%.3000s\nwant\n%.3000s", name, got[name], want[name])
			}
		}
		for _, name := range sortedKeys(got) {
			if _, known := want[name]; !known {
				t.Errorf("got %s, want nothing of that name", name)
			}
		}
	})
}

// permissionNote is what this server adds to descriptions of fields.
var permissionNote = regexp.MustCompile(`(\\n\\n|\\n| )?Permissions?: [^"\\]*"`)

// emptyObject is the default of an input, which graphql-js prints with spaces within.
var emptyObject = regexp.MustCompile(`"\{ *\}"`)

// comparable returns an introspection as JSON by type and directive, without what may differ: who may call a field, the
// words that describe what the specification declares itself, the proposals of proposed, and spaces in {}.
func comparable(data map[string]any) map[string]string {
	schema, _ := data["__schema"].(map[string]any)
	parts := map[string]string{}
	for _, kind := range []string{"types", "directives"} {
		for _, element := range harness.List(schema, kind) {
			name, _ := harness.At(element, "name").(string)
			if strings.HasPrefix(name, "__") || slices.Contains(specified, name) {
				element = undescribed(element)
			}
			if kind == "directives" {
				name = "@" + name
			}
			parts[name] = emptyObject.ReplaceAllString(permissionNote.ReplaceAllString(harness.JSON(element), `"`), `"{}"`)
		}
		delete(schema, kind)
	}
	parts["schema"] = harness.JSON(schema)
	return parts
}

// specified are scalars and directives of the specification.
var specified = []string{
	"Int", "Float", "String", "Boolean", "ID", "deprecated", "include", "oneOf", "skip", "specifiedBy",
}

// proposed are what graphql-js declares beyond the specification: the deprecation of directives, and variables of
// fragments.
var proposed = []string{
	"__Directive.isDeprecated", "__Directive.deprecationReason", "__Schema.includeDeprecated",
	"__DirectiveLocation.DIRECTIVE_DEFINITION", "__DirectiveLocation.FRAGMENT_VARIABLE_DEFINITION",
	"deprecated.DIRECTIVE_DEFINITION",
}

// undescribed returns an element of an introspection without descriptions and proposals.
func undescribed(element any) any {
	owner, _ := harness.At(element, "name").(string)
	return pruned(owner, element)
}

func pruned(owner string, element any) any {
	switch element := element.(type) {
	case map[string]any:
		delete(element, "description")
		for key, member := range element {
			element[key] = pruned(owner, member)
		}
	case []any:
		kept := []any{}
		for _, member := range element {
			name, isText := member.(string)
			if !isText {
				name, _ = harness.At(member, "name").(string)
			}
			if !slices.Contains(proposed, owner+"."+name) {
				kept = append(kept, pruned(owner, member))
			}
		}
		return kept
	}
	return element
}
