package operation

import (
	"maps"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// omittableIn returns the variables that are fields of input objects in an operation.
func omittableIn(operation *ast.OperationDefinition) []string {
	found := objectVariables{}
	visit(operation.SelectionSet, found)
	return slices.Sorted(maps.Keys(found))
}

// objectVariables are variables that are fields of input objects.
type objectVariables map[string]bool

func (o objectVariables) enter(ast.DirectiveList) bool { return true }

func (o objectVariables) field(f *ast.Field) {
	for _, argument := range f.Arguments {
		o.value(argument.Value)
	}
	visit(f.SelectionSet, o)
}

func (o objectVariables) spread(s *ast.FragmentSpread) { visit(s.Definition.SelectionSet, o) }

func (o objectVariables) value(v *ast.Value) {
	for _, child := range v.Children {
		if v.Kind == ast.ObjectValue && child.Value.Kind == ast.Variable {
			o[child.Value.Raw] = true
		}
		o.value(child.Value)
	}
}

// omitAbsent leaves out of input objects the fields whose variable was not given: Input Objects, Input Coercion,
// GraphQL specification. gqlparser makes such a field null, and a patch would clear what its caller left out. omittable
// are the variables that are fields of input objects.
func omitAbsent(op *graphql.OperationContext, omittable []string) {
	absent := map[string]bool{}
	for _, name := range omittable {
		if _, given := op.Variables[name]; !given {
			absent[name] = true
		}
	}
	if len(absent) == 0 {
		return
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
