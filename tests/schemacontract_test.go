package tests

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/tests/harness"
)

// ownTypes returns the types of schema.graphqls without those of the specification.
func ownTypes() (types []*ast.Definition) {
	for name, definition := range harness.ParsedSchema().Types {
		if !definition.BuiltIn && !strings.HasPrefix(name, "__") {
			types = append(types, definition)
		}
	}
	return types
}

// ownFields returns the fields of a type without those of introspection.
func ownFields(definition *ast.Definition) (fields ast.FieldList) {
	for _, field := range definition.Fields {
		if !strings.HasPrefix(field.Name, "__") {
			fields = append(fields, field)
		}
	}
	return fields
}

// TestEverythingIsDescribed finds no element of the schema without a description.
func TestEverythingIsDescribed(t *testing.T) {
	check := func(coordinate, description string) {
		if strings.TrimSpace(description) == "" {
			t.Errorf("%s: got no description, want one", coordinate)
		}
	}
	check("the schema", harness.ParsedSchema().Description)
	for _, definition := range ownTypes() {
		check(definition.Name, definition.Description)
		for _, value := range definition.EnumValues {
			check(definition.Name+"."+value.Name, value.Description)
		}
		for _, field := range ownFields(definition) {
			coordinate := definition.Name + "." + field.Name
			check(coordinate, field.Description)
			for _, argument := range field.Arguments {
				check(coordinate+"("+argument.Name+":)", argument.Description)
			}
		}
	}
	for _, directive := range harness.ParsedSchema().Directives {
		check("@"+directive.Name, directive.Description)
		for _, argument := range directive.Arguments {
			check("@"+directive.Name+"("+argument.Name+":)", argument.Description)
		}
	}
}

// TestEveryListHasASize finds no list of objects whose length the price of an operation cannot know: the field has
// @listSize, or every field that leads to its object names it in sizedFields.
func TestEveryListHasASize(t *testing.T) {
	schema := harness.ParsedSchema()
	sized := func(leading *ast.FieldDefinition, field string) bool {
		directive := leading.Directives.ForName("listSize")
		if directive == nil || directive.Arguments.ForName("sizedFields") == nil {
			return false
		}
		return slices.ContainsFunc(directive.Arguments.ForName("sizedFields").Value.Children,
			func(child *ast.ChildValue) bool { return child.Value.Raw == field })
	}
	for _, definition := range ownTypes() {
		if definition.Kind != ast.Object {
			continue
		}
		for _, field := range ownFields(definition) {
			isList := field.Type.Elem != nil && schema.Types[field.Type.Name()].IsCompositeType()
			if !isList || field.Directives.ForName("listSize") != nil {
				continue
			}
			leads := 0
			for _, other := range ownTypes() {
				for _, leading := range ownFields(other) {
					if leading.Type.Name() != definition.Name {
						continue
					}
					if leads++; !sized(leading, field.Name) {
						t.Errorf("%s.%s: got neither @listSize nor sizedFields of %s.%s, want one of them",
							definition.Name, field.Name, other.Name, leading.Name)
					}
				}
			}
			if leads == 0 {
				t.Errorf("%s.%s: got no @listSize, want one", definition.Name, field.Name)
			}
		}
	}
}

// withoutPermission are the root fields that everybody with a credential may use, each with the reason.
var withoutPermission = map[string]string{
	"Query.viewer": "a client must be able to ask who it is and what it may do",
}

// TestRootFieldsDeclareTheirPermission reads @permission of all root fields, and of all fields that lead from one
// entity to another. One that takes no permission is in withoutPermission.
func TestRootFieldsDeclareTheirPermission(t *testing.T) {
	schema := harness.ParsedSchema()
	entities := []string{"Call", "CallRecord", "CustomerPerson"}
	for _, definition := range ownTypes() {
		isRoot := slices.Contains([]*ast.Definition{schema.Query, schema.Mutation, schema.Subscription}, definition)
		for _, field := range ownFields(definition) {
			isOfEntity := slices.Contains(entities, definition.Name) || definition.Name == "Task"
			if !isRoot && !(isOfEntity && slices.Contains(entities, field.Type.Name())) {
				continue
			}
			coordinate := definition.Name + "." + field.Name
			directive := field.Directives.ForName("permission")
			if directive == nil {
				t.Errorf("%s: got no @permission, want one", coordinate)
				continue
			}
			permissions := 0
			for _, argument := range directive.Arguments {
				permissions += len(argument.Value.Children)
			}
			if _, isFree := withoutPermission[coordinate]; isFree != (permissions == 0) {
				t.Errorf("%s: got %d permissions, want some or the field in withoutPermission", coordinate, permissions)
			}
		}
	}
	for coordinate := range withoutPermission {
		typeName, field, _ := strings.Cut(coordinate, ".")
		if schema.Types[typeName].Fields.ForName(field) == nil {
			t.Errorf("withoutPermission: got %s, want fields of the schema alone", coordinate)
		}
	}
}

// TestIdentity finds no object of the schema with a field id or nodeId that is no Node, and no Node without both:
// caches of clients take them for identity. Inputs name keys as id.
func TestIdentity(t *testing.T) {
	for _, definition := range ownTypes() {
		if definition.Kind != ast.Object {
			continue
		}
		isNode := slices.Contains(definition.Interfaces, "Node")
		for _, name := range []string{"id", "nodeId"} {
			if hasField := definition.Fields.ForName(name) != nil; hasField != isNode {
				t.Errorf("%s.%s: got a field %v of a Node %v, want both or none", definition.Name, name, hasField, isNode)
			}
		}
	}
}
