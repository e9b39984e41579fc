package graph

import (
	"encoding/json"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/model"
)

// checkVariables refuses variables that are nested too deep, or with too long a list.
func checkVariables(variables map[string]any, limits Limits) *model.Error {
	for name, value := range variables {
		if err := checkValue(value, 1, limits); err != nil {
			err.Field = name
			return err
		}
	}
	return nil
}

func checkValue(value any, depth int, limits Limits) *model.Error {
	if depth > limits.VariableDepth {
		return model.LimitExceeded("", "is nested more than %d deep", limits.VariableDepth)
	}
	switch value := value.(type) {
	case map[string]any:
		for _, child := range value {
			if err := checkValue(child, depth+1, limits); err != nil {
				return err
			}
		}
	case []any:
		if len(value) > limits.ListSize {
			return model.LimitExceeded("", "has a list of %d; at most %d", len(value), limits.ListSize)
		}
		for _, child := range value {
			if err := checkValue(child, depth+1, limits); err != nil {
				return err
			}
		}
	}
	return nil
}

// oneOf finds values of @oneOf inputs among variables, which gqlparser does not look at: exactly one field must be there, and
// not be null (GraphQL specification of September 2025, OneOf Input Objects).
type oneOf struct {
	schema *ast.Schema
	leads  map[string]bool // whether an input type is, or holds, a @oneOf type
}

func newOneOf(schema *ast.Schema) *oneOf {
	o := &oneOf{schema: schema, leads: map[string]bool{}}
	for changed := true; changed; {
		changed = false
		for name, definition := range schema.Types {
			if definition.Kind == ast.InputObject && !o.leads[name] && o.leadsOn(definition) {
				o.leads[name], changed = true, true
			}
		}
	}
	return o
}

func (o *oneOf) leadsOn(definition *ast.Definition) bool {
	if definition.Directives.ForName("oneOf") != nil {
		return true
	}
	for _, field := range definition.Fields {
		if o.leads[field.Type.Name()] {
			return true
		}
	}
	return false
}

func (o *oneOf) check(op *ast.OperationDefinition, variables map[string]any) *model.Error {
	for _, v := range op.VariableDefinitions {
		if value, given := variables[v.Variable]; given {
			if err := o.value(v.Type, value, v.Variable); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *oneOf) value(typ *ast.Type, value any, path string) *model.Error {
	if !o.leads[typ.Name()] {
		return nil
	}
	switch value := value.(type) {
	case []any:
		for i, element := range value {
			if err := o.value(typ.Elem, element, fmt.Sprintf("%s.%d", path, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		for typ.Elem != nil { // one value stands for a list of it
			typ = typ.Elem
		}
		return o.object(o.schema.Types[typ.NamedType], value, path)
	}
	return nil
}

func (o *oneOf) object(definition *ast.Definition, value map[string]any, path string) *model.Error {
	given := 0
	for _, field := range definition.Fields {
		child, ok := value[field.Name]
		if !ok {
			continue
		}
		given++
		if child == nil && definition.Directives.ForName("oneOf") != nil {
			return model.BadInput(path+"."+field.Name, "must not be null: a %s is exactly one of its fields", definition.Name)
		}
		if err := o.value(field.Type, child, path+"."+field.Name); err != nil {
			return err
		}
	}
	if definition.Directives.ForName("oneOf") != nil && given != 1 {
		return model.BadInput(path, "has %d of the fields of %s; it must have exactly one", given, definition.Name)
	}
	return nil
}

// asInt is a number among variables or defaults.
func asInt(value any) (int, bool) {
	switch value := value.(type) {
	case int64:
		return int(value), true
	case json.Number:
		n, err := value.Int64()
		return int(n), err == nil
	case int:
		return value, true
	}
	return 0, false
}
