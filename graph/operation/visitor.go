package operation

import "github.com/vektah/gqlparser/v2/ast"

// visitor looks at the selections of a document. It decides itself where to go on: into the selections of a field, and
// into the fragment of a spread.
type visitor interface {
	// enter is called for each selection, with its directives. False passes the selection over.
	enter(directives ast.DirectiveList) bool
	// field is called for each field that is entered.
	field(f *ast.Field)
	// spread is called for each fragment spread that is entered.
	spread(s *ast.FragmentSpread)
}

// visit shows the selections of a set to a visitor, in the order of the document. Inline fragments are written out.
func visit(set ast.SelectionSet, v visitor) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if v.enter(s.Directives) {
				v.field(s)
			}
		case *ast.InlineFragment:
			if v.enter(s.Directives) {
				visit(s.SelectionSet, v)
			}
		case *ast.FragmentSpread:
			if v.enter(s.Directives) {
				v.spread(s)
			}
		}
	}
}
