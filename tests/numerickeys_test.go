package tests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestNumericKeys sends a text for every argument of type ID of every root field: one that holds numeric keys is
// refused before anything runs, not by its resolver.
func TestNumericKeys(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		schema := harness.ParsedSchema()
		refused := map[string]bool{}
		for _, root := range []*ast.Definition{schema.Query, schema.Mutation} {
			for _, field := range root.Fields {
				for _, argument := range field.Arguments {
					if argument.Type.Name() != "ID" {
						continue
					}
					query := strings.ToLower(root.Name) + " { " + fieldWithText(schema, field, argument.Name) + " }"
					response := server.Post(query, nil)
					code, _ := response.FirstError()
					message, _ := response.At("errors", 0, "message").(string)
					isNumeric := strings.Contains(message, "must be a whole number")
					refused[field.Name+"."+argument.Name] = isNumeric
					if isNumeric && code != "GRAPHQL_VALIDATION_FAILED" {
						t.Errorf("%s: got %v, want GRAPHQL_VALIDATION_FAILED: parsedKeys of package graph should name the argument",
							query, response)
					}
				}
			}
		}
		if !refused["callRecord.id"] || refused["call.id"] {
			t.Errorf("got the numeric keys %v, want callRecord.id among them, and not call.id", refused)
		}
	})
}

// fieldWithText returns a selection of a field with the arguments that it needs, and one that holds a text.
func fieldWithText(schema *ast.Schema, field *ast.FieldDefinition, text string) string {
	var arguments []string
	for _, a := range field.Arguments {
		switch {
		case a.Name == text:
			arguments = append(arguments, a.Name+`: "no number"`)
		case a.Type.NonNull && a.DefaultValue == nil:
			arguments = append(arguments, a.Name+": "+smallestValue(schema, a.Type))
		}
	}
	selection := ""
	if schema.Types[field.Type.Name()].IsCompositeType() {
		selection = " { __typename }"
	}
	return fmt.Sprintf("%s(%s)%s", field.Name, strings.Join(arguments, ", "), selection)
}

// smallestValue returns a literal of a type, with what it needs and no more.
func smallestValue(schema *ast.Schema, typ *ast.Type) string {
	definition := schema.Types[typ.Name()]
	switch {
	case typ.Elem != nil:
		return "[" + smallestValue(schema, typ.Elem) + "]"
	case definition.Kind == ast.Enum:
		return definition.EnumValues[0].Name
	case definition.Kind == ast.InputObject:
		var members []string
		isOneOf := definition.Directives.ForName("oneOf") != nil
		for i, field := range definition.Fields {
			if field.Type.NonNull && field.DefaultValue == nil || isOneOf && i == 0 {
				members = append(members, field.Name+": "+smallestValue(schema, field.Type))
			}
		}
		return "{" + strings.Join(members, ", ") + "}"
	}
	literals := map[string]string{"Int": "1", "Float": "1", "Boolean": "false", "DateTime": `"2030-01-01T00:00:00Z"`}
	if literal, ok := literals[definition.Name]; ok {
		return literal
	}
	return `"1"`
}
