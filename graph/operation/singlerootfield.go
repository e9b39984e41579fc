package operation

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// checkSingleRootField refuses subscriptions that have not exactly one root field, whatever the variables say: Single
// Root Field, GraphQL specification of September 2025. gqlparser's SingleFieldSubscriptions counts names in place of
// response keys, so it lets two aliases of one field pass, and does not look at @skip and @include.
func checkSingleRootField(observers *validator.Events, addError validator.AddErrFunc) {
	observers.OnOperation(func(_ *validator.Walker, operation *ast.OperationDefinition) {
		if operation.Operation != ast.Subscription {
			return
		}
		roots := rootFields{keys: map[string]bool{}}
		visit(operation.SelectionSet, &roots)
		if len(roots.keys) != 1 || roots.isConditional {
			addError(
				validator.Message("a subscription must have exactly one root field, without @skip and @include"),
				core.At(operation.Position),
			)
		}
	})
}

// rootFields collects the response keys of root fields.
type rootFields struct {
	keys          map[string]bool
	isConditional bool // whether @skip or @include is on any of them
}

func (r *rootFields) enter(directives ast.DirectiveList) bool {
	if directives.ForName("skip") != nil || directives.ForName("include") != nil {
		r.isConditional = true
	}
	return true
}

func (r *rootFields) field(f *ast.Field) { r.keys[f.Alias] = true }

func (r *rootFields) spread(s *ast.FragmentSpread) { visit(s.Definition.SelectionSet, r) }
