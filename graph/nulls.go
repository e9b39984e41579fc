package graph

import (
	"cmp"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/model"
)

// checkNulls refuses null for a variable where no null may be. Validation lets such a variable stand there if it has a default, which
// null overrides (GraphQL specification, All Variable Usages Are Allowed); the executor would take it for an empty object.
func checkNulls(op *ast.OperationDefinition, variables map[string]any) *model.Error {
	n := nulls{}
	for _, v := range op.VariableDefinitions {
		if value, given := variables[v.Variable]; given && value == nil {
			n[v.Variable] = true
		}
	}
	if len(n) == 0 {
		return nil
	}
	wrong := n.inSelections(op.SelectionSet)
	if wrong == "" {
		return nil
	}
	return model.BadInput(wrong, "must not be null where the document uses it")
}

// nulls are the variables that are null. Its methods answer the first of them that stands where it must not, if any.
type nulls map[string]bool

func (n nulls) inSelections(set ast.SelectionSet) (wrong string) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			wrong = cmp.Or(n.inDirectives(s.Directives), n.inArguments(s.Arguments), n.inSelections(s.SelectionSet))
		case *ast.InlineFragment:
			wrong = cmp.Or(n.inDirectives(s.Directives), n.inSelections(s.SelectionSet))
		case *ast.FragmentSpread:
			wrong = cmp.Or(n.inDirectives(s.Directives), n.inSelections(s.Definition.SelectionSet))
		}
		if wrong != "" {
			return wrong
		}
	}
	return ""
}

func (n nulls) inDirectives(directives ast.DirectiveList) (wrong string) {
	for _, d := range directives {
		wrong = cmp.Or(wrong, n.inArguments(d.Arguments))
	}
	return wrong
}

func (n nulls) inArguments(arguments ast.ArgumentList) (wrong string) {
	for _, argument := range arguments {
		wrong = cmp.Or(wrong, n.inValue(argument.Value))
	}
	return wrong
}

func (n nulls) inValue(v *ast.Value) (wrong string) {
	if v.Kind == ast.Variable && n[v.Raw] && v.ExpectedType != nil && v.ExpectedType.NonNull {
		return v.Raw
	}
	for _, child := range v.Children {
		wrong = cmp.Or(wrong, n.inValue(child.Value))
	}
	return wrong
}
