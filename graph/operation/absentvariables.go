package operation

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// absentVariables leaves out of input objects the fields whose variable was not given: Input Objects, Input Coercion,
// GraphQL specification. gqlparser makes such a field null, and a patch would clear what its caller left out. It is an
// extension of gqlgen's executor, which calls it for each operation.
type absentVariables struct{}

func (absentVariables) ExtensionName() string                   { return "AbsentVariables" }
func (absentVariables) Validate(graphql.ExecutableSchema) error { return nil }

func (absentVariables) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	absent := map[string]bool{}
	for _, v := range op.Operation.VariableDefinitions {
		if _, given := op.Variables[v.Variable]; !given {
			absent[v.Variable] = true
		}
	}
	if len(absent) == 0 {
		return nil
	}
	// The document is cached and shared by all requests that send it, so it is copied.
	c := omission{absent}
	operation, document := *op.Operation, *op.Doc
	operation.SelectionSet = c.selections(operation.SelectionSet)
	document.Fragments = make(ast.FragmentDefinitionList, len(op.Doc.Fragments)) // the executor finds them by name
	for i, definition := range op.Doc.Fragments {
		fragment := *definition
		fragment.SelectionSet = c.selections(definition.SelectionSet)
		document.Fragments[i] = &fragment
	}
	op.Operation, op.Doc = &operation, &document
	return nil
}

// omission copies selections without the input fields whose variable is absent.
type omission struct{ absent map[string]bool }

func (c omission) selections(set ast.SelectionSet) ast.SelectionSet {
	out := make(ast.SelectionSet, len(set))
	for i, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			field := *s
			field.Arguments = c.arguments(s.Arguments)
			field.SelectionSet = c.selections(s.SelectionSet)
			out[i] = &field
		case *ast.InlineFragment:
			fragment := *s
			fragment.SelectionSet = c.selections(s.SelectionSet)
			out[i] = &fragment
		case *ast.FragmentSpread:
			out[i] = s
		}
	}
	return out
}

func (c omission) arguments(list ast.ArgumentList) ast.ArgumentList {
	out := make(ast.ArgumentList, len(list))
	for i, argument := range list {
		copied := *argument
		copied.Value = c.value(argument.Value)
		out[i] = &copied
	}
	return out
}

func (c omission) value(v *ast.Value) *ast.Value {
	if v == nil || len(v.Children) == 0 {
		return v
	}
	copied := *v
	copied.Children = nil
	for _, child := range v.Children {
		if v.Kind == ast.ObjectValue && child.Value.Kind == ast.Variable && c.absent[child.Value.Raw] {
			continue
		}
		part := *child
		part.Value = c.value(child.Value)
		copied.Children = append(copied.Children, &part)
	}
	return &copied
}
