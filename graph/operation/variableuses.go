package operation

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// checkVariableTypes holds the variables of an operation to their types (GRAPHQL_VALIDATION_FAILED). An error says
// where in the arguments the variable is used.
func (o *preparedOperation) checkVariableTypes(variables map[string]any) *gqlerror.Error {
	for _, definition := range o.VariableDefinitions {
		if problem := o.uses.check(definition, variables); problem != nil {
			return problem.at(definition.Position).err()
		}
	}
	return nil
}

// checkVariableDefaults returns the first default of an operation's variables that is not of the variable's type, with
// the place where the variable is used.
func checkVariableDefaults(schema *ast.Schema, op *ast.OperationDefinition) *valueProblem {
	var uses *variableUses
	for _, definition := range op.VariableDefinitions {
		if definition.DefaultValue == nil {
			continue
		}
		if uses == nil {
			uses = usesIn(schema, op)
		}
		for _, use := range uses.of(definition) {
			if problem := (valueCheck{schema}).literal(use.place, definition.DefaultValue); problem != nil {
				return problem.under(use.path...)
			}
		}
	}
	return nil
}

// variableUse is a place where a variable is used.
type variableUse struct {
	place    valuePlace // with the variable's own type
	path     ast.Path   // from the argument on
	isNeeded bool       // whether the place takes no null
}

// variableUses finds where the variables of an operation are used, by name, in the order of the document.
type variableUses struct {
	schema *ast.Schema
	byName map[string][]variableUse
}

func usesIn(schema *ast.Schema, op *ast.OperationDefinition) *variableUses {
	u := &variableUses{schema: schema, byName: map[string][]variableUse{}}
	u.enter(op.Directives)
	visit(op.SelectionSet, u)
	for _, definition := range op.VariableDefinitions {
		uses := u.byName[definition.Variable]
		for i := range uses {
			uses[i].place.typ = definition.Type
		}
	}
	return u
}

// of returns the uses of a variable that may differ in what they take: all of those that take numeric keys or other
// ids, else the first.
func (u *variableUses) of(definition *ast.VariableDefinition) []variableUse {
	uses := u.byName[definition.Variable]
	if len(uses) == 0 { // in the directives of other variables alone
		place := valuePlace{typ: definition.Type}
		return []variableUse{{place: place, path: ast.Path{ast.PathName(definition.Variable)}}}
	}
	if definition.Type.Name() != "ID" {
		return uses[:1]
	}
	return uses
}

// check returns what is wrong with the value of a variable, wherever it is used; nil where nothing is.
func (u *variableUses) check(definition *ast.VariableDefinition, variables map[string]any) *valueProblem {
	value, given := variables[definition.Variable]
	for _, use := range u.of(definition) {
		if given {
			if problem := (valueCheck{u.schema}).variable(use.place, value); problem != nil {
				return problem.under(use.path...)
			}
		} else if isRequired(definition.Type, definition.DefaultValue) {
			return problemOf("must be given: the variable $%s has no value", definition.Variable).under(use.path...)
		}
	}
	if given && value == nil {
		return u.checkNull(definition.Variable)
	}
	return nil
}

// checkNull refuses null for a variable where the document needs a value: All Variable Usages Are Allowed, GraphQL
// specification. Validation lets a nullable variable with a default stand there, and a null that is given overrides the
// default; the executor would take it for an empty object.
func (u *variableUses) checkNull(variable string) *valueProblem {
	for _, use := range u.byName[variable] {
		if use.isNeeded {
			return problemOf("must not be null where the document uses it").under(use.path...)
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
	if len(f.Arguments) > 0 {
		u.inArguments(coordinateOf(f), f.Definition.Arguments, f.Arguments)
	}
	visit(f.SelectionSet, u)
}

func (u *variableUses) spread(s *ast.FragmentSpread) { visit(s.Definition.SelectionSet, u) }

func (u *variableUses) inArguments(owner string, defined ast.ArgumentDefinitionList, given ast.ArgumentList) {
	for _, argument := range given {
		place := valuePlace{defined.ForName(argument.Name).Type, owner, argument.Name}
		u.inValue(place, ast.Path{ast.PathName(argument.Name)}, argument.Value)
	}
}

func (u *variableUses) inValue(place valuePlace, path ast.Path, value *ast.Value) {
	if value.Kind == ast.Variable {
		use := variableUse{place: place, path: append(ast.Path{}, path...), isNeeded: place.typ.NonNull}
		u.byName[value.Raw] = append(u.byName[value.Raw], use)
		return
	}
	object := u.schema.Types[place.typ.Name()]
	for i, child := range value.Children {
		switch {
		case value.Kind == ast.ObjectValue && object.Kind == ast.InputObject:
			if field := object.Fields.ForName(child.Name); field != nil { // another rule refuses unknown ones
				inside := valuePlace{field.Type, object.Name, field.Name}
				u.inValue(inside, append(path, ast.PathName(field.Name)), child.Value)
			}
		case value.Kind == ast.ListValue && place.typ.Elem != nil:
			u.inValue(place.element(), append(path, ast.PathIndex(i)), child.Value)
		}
	}
}
