package operation

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"

	"callbook/graph"
)

// valuesOfCorrectTypeRule refuses literals that are not of their type: Values of Correct Type, GraphQL specification.
// It runs after gqlparser's rule of that name, which takes {} for any scalar and enum, so that
//
//	{ viewer @skip(if: {}) { name } }
//
// fails while it runs, and does not look at ranges and forms: an Int of 33 bits after a mutation in the same request
// failed when that mutation was done. Upstream, the rule would refuse objects and lists where a leaf type is due, and
// call the parsers of scalars.
var valuesOfCorrectTypeRule = validator.Rule{
	Name: "ValuesOfCorrectType",
	RuleFunc: func(observers *validator.Events, addError validator.AddErrFunc) {
		check := func(walker *validator.Walker, owner string, defined ast.ArgumentDefinitionList, given ast.ArgumentList) {
			v := valueCheck{walker.Schema}
			for _, argument := range given {
				place := valuePlace{typ: defined.ForName(argument.Name).Type, coordinate: owner + "." + argument.Name}
				place.path = ast.Path{ast.PathName(argument.Name)}
				if problem := v.literal(place, argument.Value); problem != nil {
					addError(problem.option(), core.At(problem.position))
				}
			}
		}
		observers.OnField(func(walker *validator.Walker, f *ast.Field) {
			check(walker, f.ObjectDefinition.Name+"."+f.Name, f.Definition.Arguments, f.Arguments)
		})
		observers.OnDirective(func(walker *validator.Walker, d *ast.Directive) {
			check(walker, "@"+d.Name, d.Definition.Arguments, d.Arguments)
		})
		observers.OnVariable(func(walker *validator.Walker, v *ast.VariableDefinition) {
			if v.DefaultValue == nil {
				return
			}
			place := valuePlace{typ: v.Type, path: ast.Path{ast.PathName(v.Variable)}}
			if problem := (valueCheck{walker.Schema}).literal(place, v.DefaultValue); problem != nil {
				addError(problem.option(), core.At(problem.position))
			}
		})
	},
}

// valuePlace is where a value stands.
type valuePlace struct {
	typ        *ast.Type
	coordinate string   // of the argument or input field in the schema, such as Query.callRecord.id
	path       ast.Path // from the argument on, or from the variable
}

func (p valuePlace) element(i int) valuePlace {
	p.typ, p.path = p.typ.Elem, append(slices.Clip(p.path), ast.PathIndex(i))
	return p
}

func (p valuePlace) member(object *ast.Definition, field *ast.FieldDefinition) valuePlace {
	return valuePlace{
		typ: field.Type, coordinate: object.Name + "." + field.Name,
		path: append(slices.Clip(p.path), ast.PathName(field.Name)),
	}
}

// valueProblem says why a value is not of its type.
type valueProblem struct {
	path     ast.Path
	message  string
	position *ast.Position // of a literal
}

func (p valuePlace) problem(format string, args ...any) *valueProblem {
	return &valueProblem{path: p.path, message: fmt.Sprintf(format, args...)}
}

// option writes the problem into an error of validation.
func (p *valueProblem) option() core.ErrorOption {
	return func(err *gqlerror.Error) {
		err.Message = graph.InputField(p.path) + ": " + p.message
		err.Extensions = map[string]any{graph.InputPathExtension: p.path}
	}
}

// valueCheck holds values to the types of a schema.
type valueCheck struct{ schema *ast.Schema }

// literal checks a literal, but for the variables in it. The rules of gqlparser hold already.
func (v valueCheck) literal(place valuePlace, value *ast.Value) *valueProblem {
	definition := v.schema.Types[place.typ.Name()]
	switch {
	case value.Kind == ast.Variable || value.Kind == ast.NullValue:
		return nil
	case value.Kind == ast.ListValue && place.typ.Elem != nil:
		for i, child := range value.Children {
			if problem := v.literal(place.element(i), child.Value); problem != nil {
				return problem
			}
		}
		return nil
	case place.typ.Elem != nil:
		place.typ = place.typ.Elem // one value stands for a list of it
		return v.literal(place, value)
	case value.Kind == ast.ObjectValue && definition.Kind == ast.InputObject:
		for _, child := range value.Children {
			field := definition.Fields.ForName(child.Name)
			if problem := v.literal(place.member(definition, field), child.Value); problem != nil {
				return problem
			}
		}
		return nil
	}
	message := v.leafProblem(place, definition, leafOf(value))
	if message == "" {
		return nil
	}
	return &valueProblem{path: place.path, message: message, position: value.Position}
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

// variable checks the value of a variable.
func (v valueCheck) variable(place valuePlace, value any) *valueProblem {
	if value == nil {
		if place.typ.NonNull {
			return place.problem("must not be null")
		}
		return nil
	}
	if place.typ.Elem != nil {
		return v.list(place, value)
	}
	definition := v.schema.Types[place.typ.NamedType]
	if definition.Kind == ast.InputObject {
		return v.object(place, definition, value)
	}
	if text, isText := value.(string); isText && definition.Kind == ast.Enum {
		value = enumLiteral(text)
	}
	if message := v.leafProblem(place, definition, value); message != "" {
		return place.problem("%s", message)
	}
	return nil
}

func (v valueCheck) list(place valuePlace, value any) *valueProblem {
	elements, isList := value.([]any)
	if !isList {
		place.typ = place.typ.Elem // one value stands for a list of it
		return v.variable(place, value)
	}
	for i, element := range elements {
		if problem := v.variable(place.element(i), element); problem != nil {
			return problem
		}
	}
	return nil
}

func (v valueCheck) object(place valuePlace, definition *ast.Definition, value any) *valueProblem {
	members, isObject := value.(map[string]any)
	if !isObject {
		return place.problem("must be an object with the fields of %s", definition.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if definition.Fields.ForName(name) == nil {
			place.path = append(slices.Clip(place.path), ast.PathName(name))
			return place.problem("is not a field of %s", definition.Name)
		}
	}
	for _, field := range definition.Fields {
		member, given := members[field.Name]
		inside := place.member(definition, field)
		if !given {
			if field.Type.NonNull && field.DefaultValue == nil {
				return inside.problem("must be given")
			}
			continue
		}
		if problem := v.variable(inside, member); problem != nil {
			return problem
		}
	}
	return nil
}
