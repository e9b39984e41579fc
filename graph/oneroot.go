package graph

import (
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// checkSubscriptions refuses subscriptions that have not exactly one root field, whatever the variables say (GraphQL specification of
// September 2025, Single Root Field). gqlparser's rule takes two aliases of one field for one.
func checkSubscriptions(document *ast.QueryDocument) gqlerror.List {
	for _, operation := range document.Operations {
		if operation.Operation != ast.Subscription {
			continue
		}
		keys, isConditional := map[string]bool{}, false
		rootFields(operation.SelectionSet, keys, &isConditional)
		if len(keys) != 1 || isConditional {
			err := gqlerror.ErrorPosf(operation.Position, "a subscription must have exactly one root field, without @skip and @include")
			return gqlerror.List{coded(err, errcode.ValidationFailed)}
		}
	}
	return nil
}

// rootFields collects the response keys of a selection that has been validated, so that fragments make no cycle.
func rootFields(set ast.SelectionSet, keys map[string]bool, isConditional *bool) {
	for _, selection := range set {
		var directives ast.DirectiveList
		switch selection := selection.(type) {
		case *ast.Field:
			keys[selection.Alias], directives = true, selection.Directives
		case *ast.InlineFragment:
			directives = selection.Directives
			rootFields(selection.SelectionSet, keys, isConditional)
		case *ast.FragmentSpread:
			directives = selection.Directives
			rootFields(selection.Definition.SelectionSet, keys, isConditional)
		}
		if directives.ForName("skip") != nil || directives.ForName("include") != nil {
			*isConditional = true
		}
	}
}
