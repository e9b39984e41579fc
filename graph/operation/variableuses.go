package operation

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/graph"
)

// checkVariableTypes holds the variables of an operation to their types (GRAPHQL_VALIDATION_FAILED): Coercing Variable
// Values, GraphQL specification. An error says where in the arguments the variable is used. gqlparser's own check,
// which comes after it, speaks of Go's types, and does not know ranges and forms of scalars.
func checkVariableTypes(schema *ast.Schema, op *ast.OperationDefinition, variables map[string]any) *gqlerror.Error {
	if len(op.VariableDefinitions) == 0 {
		return nil
	}
	uses := variableUses{schema: schema, places: map[string][]valuePlace{}}
	visit(op.SelectionSet, &uses)
	for _, definition := range op.VariableDefinitions {
		if problem := uses.check(definition, variables); problem != nil {
			err := gqlerror.ErrorPosf(definition.Position, "%s: %s", graph.InputField(problem.path), problem.message)
			err.Extensions = map[string]any{graph.InputPathExtension: problem.path}
			return err
		}
	}
	return nil
}

// variableUses finds where the variables of an operation are used, by name, in the order of the document.
type variableUses struct {
	schema *ast.Schema
	places map[string][]valuePlace
}

// check returns what is wrong with the value of a variable, wherever it is used; nil where nothing is.
func (u *variableUses) check(definition *ast.VariableDefinition, variables map[string]any) *valueProblem {
	places := u.places[definition.Variable]
	if len(places) == 0 { // in directives of the operation alone
		places = []valuePlace{{path: ast.Path{ast.PathName(definition.Variable)}}}
	}
	value, given := variables[definition.Variable]
	for _, place := range places {
		place.typ = definition.Type
		if given {
			if problem := (valueCheck{u.schema}).variable(place, value); problem != nil {
				return problem
			}
		} else if definition.Type.NonNull && definition.DefaultValue == nil {
			return place.problem("must be given: the variable $%s has no value", definition.Variable)
		}
		if definition.Type.Name() != "ID" { // numeric keys alone differ from place to place
			break
		}
	}
	return nil
}

func (u *variableUses) enter(directives ast.DirectiveList) bool {
	for _, d := range directives {
		u.inArguments("@"+d.Name, d.Definition.Arguments, d.Arguments)
	}
	return true
}

func (u *variableUses) field(f *ast.Field) {
	u.inArguments(f.ObjectDefinition.Name+"."+f.Name, f.Definition.Arguments, f.Arguments)
	visit(f.SelectionSet, u)
}

func (u *variableUses) spread(s *ast.FragmentSpread) { visit(s.Definition.SelectionSet, u) }

func (u *variableUses) inArguments(owner string, defined ast.ArgumentDefinitionList, given ast.ArgumentList) {
	for _, argument := range given {
		definition := defined.ForName(argument.Name)
		u.inValue(valuePlace{
			typ: definition.Type, coordinate: owner + "." + argument.Name, path: ast.Path{ast.PathName(argument.Name)},
		}, argument.Value)
	}
}

func (u *variableUses) inValue(place valuePlace, value *ast.Value) {
	if value.Kind == ast.Variable {
		u.places[value.Raw] = append(u.places[value.Raw], place)
		return
	}
	object := u.schema.Types[place.typ.Name()]
	for i, child := range value.Children {
		switch {
		case value.Kind == ast.ObjectValue && object.Kind == ast.InputObject:
			inside := place.member(object, object.Fields.ForName(child.Name))
			u.inValue(inside, child.Value)
		case value.Kind == ast.ListValue && place.typ.Elem != nil:
			u.inValue(place.element(i), child.Value)
		}
	}
}
