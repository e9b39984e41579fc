package operation

import (
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// variable checks the value of a variable: Coercing Variable Values, GraphQL specification. gqlparser's own check,
// which comes after it, speaks of Go's types, does not know ranges and forms of scalars, nor @oneOf, and lets
// __typename pass as a field of any input.
func (v valueCheck) variable(place valuePlace, value any) *valueProblem {
	if value == nil {
		if place.typ.NonNull {
			return problemOf("must not be null")
		}
		return nil
	}
	if place.typ.Elem != nil {
		return v.list(place.element(), value)
	}
	definition := v.schema.Types[place.typ.NamedType]
	message := ""
	switch definition.Kind {
	case ast.InputObject:
		return v.object(definition, value)
	case ast.Enum:
		name, isText := value.(string)
		message = enumProblem(definition, name, isText)
	default:
		message = v.leafProblem(place, definition, value)
	}
	if message != "" {
		return problemOf("%s", message)
	}
	return nil
}

func (v valueCheck) list(element valuePlace, value any) *valueProblem {
	elements, isList := value.([]any)
	if !isList {
		return v.variable(element, value) // one value stands for a list of it
	}
	for i, e := range elements {
		if problem := v.variable(element, e); problem != nil {
			return problem.under(ast.PathIndex(i))
		}
	}
	return nil
}

func (v valueCheck) object(definition *ast.Definition, value any) *valueProblem {
	members, isObject := value.(map[string]any)
	if !isObject {
		return problemOf("must be an object with the fields of %s", definition.Name)
	}
	known := 0
	for _, field := range definition.Fields {
		member, given := members[field.Name]
		if !given {
			if isRequired(field.Type, field.DefaultValue) {
				return problemOf("must be given").under(ast.PathName(field.Name))
			}
			continue
		}
		known++
		if problem := v.variable(valuePlace{field.Type, definition.Name, field.Name}, member); problem != nil {
			return problem.under(ast.PathName(field.Name))
		}
	}
	if known < len(members) {
		return v.unknownMember(definition, members)
	}
	if isOneOf(definition) {
		return v.oneOf(definition, members)
	}
	return nil
}

func (v valueCheck) unknownMember(definition *ast.Definition, members map[string]any) *valueProblem {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if definition.Fields.ForName(name) == nil {
			return unknownField(definition, name)
		}
	}
	return nil
}

// oneOf checks that a @oneOf input has exactly one field, and that it is not null.
func (v valueCheck) oneOf(definition *ast.Definition, members map[string]any) *valueProblem {
	if len(members) != 1 {
		return wrongFieldCount(definition, len(members))
	}
	for name, member := range members {
		if member == nil {
			return nullInOneOf(definition, name)
		}
	}
	return nil
}
