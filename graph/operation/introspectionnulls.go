package operation

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/introspection"
	"github.com/vektah/gqlparser/v2/ast"
)

// readsSchema reports whether an operation is an introspection.
func readsSchema(operation *ast.OperationDefinition) bool {
	roots := rootFieldNames{}
	visit(operation.SelectionSet, roots)
	return roots["__schema"] || roots["__type"]
}

// rootFieldNames are the names of root fields.
type rootFieldNames map[string]bool

func (r rootFieldNames) enter(ast.DirectiveList) bool { return true }

func (r rootFieldNames) field(f *ast.Field) { r[f.Name] = true }

func (r rootFieldNames) spread(s *ast.FragmentSpread) { visit(s.Definition.SelectionSet, r) }

// kindsOf are the kinds of types that a field of __Type is for; the others are for all.
var kindsOf = map[string][2]ast.DefinitionKind{
	"fields":        {ast.Object, ast.Interface},
	"interfaces":    {ast.Object, ast.Interface},
	"possibleTypes": {ast.Interface, ast.Union},
	"enumValues":    {ast.Enum},
	"inputFields":   {ast.InputObject},
	"isOneOf":       {ast.InputObject},
}

// nullWhereKindDiffers is middleware for introspections. It makes fields of __Type null where the type is of a kind
// that they are not for: The __Type Type, GraphQL specification. In
//
//	{ __type(name: "Int") { fields { name } isOneOf } }
//
// both are null; gqlgen has an empty list and false. Upstream, package introspection would return nil.
func nullWhereKindDiffers(ctx context.Context, next graphql.Resolver) (any, error) {
	fc := graphql.GetFieldContext(ctx)
	if fc.Object != "__Type" || fc.Parent == nil {
		return next(ctx)
	}
	kinds, depends := kindsOf[fc.Field.Name]
	kind := ""
	switch of := fc.Parent.Result.(type) {
	case *introspection.Type:
		kind = of.Kind()
	case introspection.Type:
		kind = of.Kind()
	}
	if depends && kind != string(kinds[0]) && kind != string(kinds[1]) {
		return nil, nil
	}
	return next(ctx)
}
