package operation

import (
	"encoding/json"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// checkValuesOfCorrectType refuses literals that are not of their type: Values of Correct Type, GraphQL specification.
// It stands in for gqlparser's rule of that name, which takes {} for any scalar and enum, so that
//
//	{ viewer @skip(if: {}) { name } }
//
// fails while it runs, does not look at the ranges and forms of scalars, so that an Int of 33 bits after a mutation in
// the same request failed when that mutation was done, and does not say where in the arguments a value is. Upstream,
// the rule would refuse objects and lists where a leaf type is due, and call the parsers of scalars.
func checkValuesOfCorrectType(observers *validator.Events, addError validator.AddErrFunc) {
	check := func(walker *validator.Walker, owner string, defined ast.ArgumentDefinitionList, given ast.ArgumentList) {
		v := valueCheck{walker.Schema}
		for _, argument := range given {
			place := valuePlace{defined.ForName(argument.Name).Type, owner, argument.Name}
			if problem := v.literal(place, argument.Value); problem != nil {
				addError(problem.under(ast.PathName(argument.Name)).option())
			}
		}
	}
	observers.OnField(func(walker *validator.Walker, f *ast.Field) {
		if len(f.Arguments) > 0 {
			check(walker, coordinateOf(f), f.Definition.Arguments, f.Arguments)
		}
	})
	observers.OnDirective(func(walker *validator.Walker, d *ast.Directive) {
		check(walker, "@"+d.Name, d.Definition.Arguments, d.Arguments)
	})
	observers.OnOperation(func(walker *validator.Walker, operation *ast.OperationDefinition) {
		if problem := checkVariableDefaults(walker.Schema, operation); problem != nil {
			addError(problem.option())
		}
	})
}

func coordinateOf(f *ast.Field) string { return f.ObjectDefinition.Name + "." + f.Name }

// valuePlace is the argument, or the field of an input, that a value is for.
type valuePlace struct {
	typ   *ast.Type
	owner string // the field, the directive or the input
	name  string
}

func (p valuePlace) element() valuePlace {
	p.typ = p.typ.Elem
	return p
}

// valueCheck holds values to the types of a schema.
type valueCheck struct{ schema *ast.Schema }

// literal checks a literal, but for the variables in it, whose types gqlparser has checked.
func (v valueCheck) literal(place valuePlace, value *ast.Value) *valueProblem {
	switch {
	case value.Kind == ast.Variable:
		return nil
	case value.Kind == ast.NullValue:
		if place.typ.NonNull {
			return problemAt(value.Position, "must not be null")
		}
		return nil
	case place.typ.Elem != nil && value.Kind == ast.ListValue:
		for i, child := range value.Children {
			if problem := v.literal(place.element(), child.Value); problem != nil {
				return problem.under(ast.PathIndex(i))
			}
		}
		return nil
	case place.typ.Elem != nil:
		return v.literal(place.element(), value) // one value stands for a list of it
	}
	definition := v.schema.Types[place.typ.NamedType]
	if definition.Kind == ast.InputObject {
		return v.objectLiteral(definition, value)
	}
	if message := v.leafProblem(place, definition, leafOf(value)); message != "" {
		return problemAt(value.Position, "%s", message)
	}
	if definition.Name == "Float" {
		value.Kind = ast.FloatValue // of an IntValue gqlparser makes an int64, and panics where it is greater
	}
	return nil
}

func (v valueCheck) objectLiteral(definition *ast.Definition, value *ast.Value) *valueProblem {
	if value.Kind != ast.ObjectValue {
		return problemAt(value.Position, "must be an object with the fields of %s", definition.Name)
	}
	for _, child := range value.Children {
		field := definition.Fields.ForName(child.Name)
		if field == nil {
			return unknownField(definition, child.Name).at(child.Position)
		}
		place := valuePlace{field.Type, definition.Name, field.Name}
		if problem := v.literal(place, child.Value); problem != nil {
			return problem.under(ast.PathName(field.Name))
		}
	}
	for _, field := range definition.Fields {
		if isRequired(field.Type, field.DefaultValue) && value.Children.ForName(field.Name) == nil {
			return problemAt(value.Position, "must be given").under(ast.PathName(field.Name))
		}
	}
	if isOneOf(definition) {
		if len(value.Children) != 1 {
			return wrongFieldCount(definition, len(value.Children)).at(value.Position)
		}
		if child := value.Children[0]; child.Value.Kind == ast.NullValue {
			return nullInOneOf(definition, child.Name).at(child.Value.Position)
		}
	}
	return nil
}

// enumLiteral is a name as it is written in a document for a value of an enum.
type enumLiteral string

// leafOf returns a literal as it would be among variables.
func leafOf(value *ast.Value) any {
	switch value.Kind {
	case ast.IntValue, ast.FloatValue:
		return json.Number(value.Raw)
	case ast.StringValue, ast.BlockValue:
		return value.Raw
	case ast.BooleanValue:
		return value.Raw == "true"
	case ast.EnumValue:
		return enumLiteral(value.Raw)
	}
	return value // an object or a list, which no leaf type takes
}
