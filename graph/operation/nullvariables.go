package operation

import (
	"cmp"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/model"
)

// checkNullVariables refuses null for a variable where the document needs a value (BAD_USER_INPUT): All Variable Usages
// Are Allowed, GraphQL specification. Validation lets a nullable variable with a default stand there, and a null that
// is given overrides the default; the executor would take it for an empty object.
func checkNullVariables(op *ast.OperationDefinition, variables map[string]any) *model.Error {
	n := nullUsages{null: map[string]bool{}}
	for _, v := range op.VariableDefinitions {
		if value, given := variables[v.Variable]; given && value == nil {
			n.null[v.Variable] = true
		}
	}
	if len(n.null) == 0 {
		return nil
	}
	visit(op.SelectionSet, &n)
	if n.wrong == "" {
		return nil
	}
	return model.BadInput(n.wrong, "must not be null where the document uses it")
}

// nullUsages finds the first variable that is null where the document needs a value.
type nullUsages struct {
	null  map[string]bool // names of the variables that are null
	wrong string
}

func (n *nullUsages) enter(directives ast.DirectiveList) bool {
	for _, d := range directives {
		n.inArguments(d.Arguments)
	}
	return n.wrong == ""
}

func (n *nullUsages) field(f *ast.Field) {
	n.inArguments(f.Arguments)
	if n.wrong == "" {
		visit(f.SelectionSet, n)
	}
}

func (n *nullUsages) spread(s *ast.FragmentSpread) { visit(s.Definition.SelectionSet, n) }

func (n *nullUsages) inArguments(arguments ast.ArgumentList) {
	for _, argument := range arguments {
		n.wrong = cmp.Or(n.wrong, n.inValue(argument.Value))
	}
}

func (n *nullUsages) inValue(v *ast.Value) (wrong string) {
	if v.Kind == ast.Variable && n.null[v.Raw] && v.ExpectedType != nil && v.ExpectedType.NonNull {
		return v.Raw
	}
	for _, child := range v.Children {
		wrong = cmp.Or(wrong, n.inValue(child.Value))
	}
	return wrong
}
