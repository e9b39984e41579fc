package prices

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// fields adds the cases of what can be selected of a root field: each object that hangs on it by its plain fields, and
// each field of statistics, and each that costs something, by itself.
func (w *walker) fields(root *ast.FieldDefinition) {
	typ := w.schema.Types[root.Type.Name()]
	if w.isLeaf(root) {
		w.add(root, "", "")
		return
	}
	for _, selection := range w.selections(typ, []string{typ.Name}) {
		w.add(root, "", selection)
	}
}

// selections returns the selections of an object, above which there are others.
func (w *walker) selections(typ *ast.Definition, above []string) (all []string) {
	var plain []string
	for _, field := range typ.Fields {
		switch {
		case strings.HasPrefix(field.Name, "__"):
		case w.isLeaf(field) && (field.Directives.ForName("cost") != nil || w.isAlone(typ)):
			all = append(all, "{ "+w.asked(field)+" }")
			if filter := field.Arguments.ForName("filter"); filter != nil {
				all = append(all, "{ "+w.filtered(field, filter)+" }")
			}
		case w.isLeaf(field):
			plain = append(plain, w.asked(field))
		}
	}
	if plain != nil {
		all = append(all, "{ "+strings.Join(plain, " ")+" }")
	}
	return append(all, w.below(typ, above)...)
}

// below returns the selections of the objects that hang on one.
func (w *walker) below(typ *ast.Definition, above []string) (all []string) {
	for _, field := range typ.Fields {
		inner := w.schema.Types[field.Type.Name()]
		if w.isLeaf(field) || slices.Contains(above, inner.Name) || field.Name == "edges" || len(above) > 5 ||
			strings.HasPrefix(field.Name, "__") {
			continue
		}
		for _, selection := range w.selections(inner, append(slices.Clone(above), inner.Name)) {
			all = append(all, "{ "+w.asked(field)+" "+selection+" }")
		}
	}
	return all
}

// asked returns a field with the arguments that it cannot do without.
func (w *walker) asked(f *ast.FieldDefinition) string {
	if arguments := w.required(f); arguments != "" {
		return f.Name + "(" + arguments + ")"
	}
	return f.Name
}

// filtered returns a field with the first condition of its filter, beside what it cannot do without.
func (w *walker) filtered(f *ast.FieldDefinition, filter *ast.ArgumentDefinition) string {
	var conditions []string
	w.filterFields(w.schema.Types[filter.Type.Name()], "%s", false, func(condition string) {
		conditions = append(conditions, condition)
	})
	return fmt.Sprintf("%s(%s filter: %s)", f.Name, w.required(f), conditions[0])
}

// isAlone reports whether the fields of a type are numbers that are each worked out by themselves.
func (w *walker) isAlone(typ *ast.Definition) bool { return typ.Name == "JobStats" }
