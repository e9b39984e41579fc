package operation

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/model"
)

// oneOfInputObjects checks values of @oneOf inputs among variables, which gqlparser does not: exactly one field must be
// there, and not be null (OneOf Input Objects, GraphQL specification of September 2025).
type oneOfInputObjects struct {
	schema *ast.Schema
	holds  map[string]bool // whether an input type is, or holds, a @oneOf type
}

func newOneOfInputObjects(schema *ast.Schema) *oneOfInputObjects {
	o := &oneOfInputObjects{schema: schema, holds: map[string]bool{}}
	for changed := true; changed; {
		changed = false
		for name, definition := range schema.Types {
			if definition.Kind == ast.InputObject && !o.holds[name] && o.holdsOneOf(definition) {
				o.holds[name], changed = true, true
			}
		}
	}
	return o
}

func isOneOf(definition *ast.Definition) bool { return definition.Directives.ForName("oneOf") != nil }

func (o *oneOfInputObjects) holdsOneOf(definition *ast.Definition) bool {
	if isOneOf(definition) {
		return true
	}
	for _, field := range definition.Fields {
		if o.holds[field.Type.Name()] {
			return true
		}
	}
	return false
}

// check returns BAD_USER_INPUT for the first value that is wrong.
func (o *oneOfInputObjects) check(op *ast.OperationDefinition, variables map[string]any) *model.Error {
	for _, v := range op.VariableDefinitions {
		if value, given := variables[v.Variable]; given {
			if err := o.checkValue(v.Type, value, v.Variable); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *oneOfInputObjects) checkValue(typ *ast.Type, value any, path string) *model.Error {
	if !o.holds[typ.Name()] {
		return nil
	}
	switch value := value.(type) {
	case []any:
		for i, element := range value {
			if err := o.checkValue(typ.Elem, element, fmt.Sprintf("%s.%d", path, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		for typ.Elem != nil { // one value stands for a list of it
			typ = typ.Elem
		}
		return o.checkObject(o.schema.Types[typ.NamedType], value, path)
	}
	return nil
}

func (o *oneOfInputObjects) checkObject(
	definition *ast.Definition, value map[string]any, path string,
) *model.Error {
	given := 0
	for _, field := range definition.Fields {
		child, ok := value[field.Name]
		if !ok {
			continue
		}
		given++
		if child == nil && isOneOf(definition) {
			return model.BadInput(path+"."+field.Name, "must not be null: a %s is exactly one of its fields",
				definition.Name)
		}
		if err := o.checkValue(field.Type, child, path+"."+field.Name); err != nil {
			return err
		}
	}
	if isOneOf(definition) && given != 1 {
		return model.BadInput(path, "has %d of the fields of %s; it must have exactly one", given, definition.Name)
	}
	return nil
}
