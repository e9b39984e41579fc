package graph

import (
	"github.com/vektah/gqlparser/v2/ast"

	"callbook/model"
)

// shape is the size of a selection, with its fragments written out.
type shape struct {
	depth, fields, aliases, rootFields, introspection int
}

// shaper measures documents before they are validated: each fragment once, so that fragments which double each other cost no
// more than their text. Numbers saturate far above every limit.
type shaper struct {
	fragments   map[string]*ast.FragmentDefinition
	measured    map[string]*shape // nil while under way: a cycle, which validation reports
	directives  int
	written     int // fields in the text: validation looks at fragments that nothing spreads, too
	introspects bool
}

const shapeMax = 1 << 30

// checkShape refuses a document that is larger than the limits, whichever of its operations is asked for, and tells whether it asks
// for the schema.
func checkShape(document *ast.QueryDocument, limits Limits) (introspects bool, bad *model.Error) {
	s := &shaper{fragments: map[string]*ast.FragmentDefinition{}, measured: map[string]*shape{}}
	for _, fragment := range document.Fragments {
		s.fragments[fragment.Name] = fragment
		s.directives += len(fragment.Directives)
	}
	if n := len(document.Fragments); n > limits.Fragments {
		return false, tooMany("fragments", n, limits.Fragments)
	}
	for _, fragment := range document.Fragments {
		s.fragment(fragment.Name)
	}
	fields := 0 // of all operations: each is validated, whichever is run
	for _, operation := range document.Operations {
		total := s.selections(operation.SelectionSet)
		fields = saturated(fields + total.fields)
		total.fields = fields
		s.directives += len(operation.Directives)
		for _, v := range operation.VariableDefinitions {
			s.directives += len(v.Directives)
		}
		for _, c := range []struct {
			what        string
			size, limit int
		}{{"levels of fields", total.depth, limits.Depth}, {"fields", total.fields, limits.Fields}, {"aliases", total.aliases, limits.Aliases},
			{"root fields", total.rootFields, limits.RootFields}, {"nested lists of introspection", total.introspection, limits.IntrospectionDepth}} {
			if c.size > c.limit {
				return false, tooMany(c.what, c.size, c.limit)
			}
		}
	}
	if s.written > limits.Fields {
		return false, tooMany("fields", s.written, limits.Fields)
	}
	if s.directives > limits.Directives {
		return false, tooMany("directives", s.directives, limits.Directives)
	}
	return s.introspects, nil
}

func tooMany(what string, size, limit int) *model.Error {
	if size >= shapeMax {
		return model.LimitExceeded("query", "the document has more than %d %s; at most %d", shapeMax, what, limit)
	}
	return model.LimitExceeded("query", "the document has %d %s; at most %d", size, what, limit)
}

func (s *shaper) fragment(name string) shape {
	if known, ok := s.measured[name]; ok {
		if known == nil {
			return shape{}
		}
		return *known
	}
	s.measured[name] = nil
	var size shape
	if fragment := s.fragments[name]; fragment != nil {
		size = s.selections(fragment.SelectionSet)
	}
	s.measured[name] = &size
	return size
}

func (s *shaper) selections(set ast.SelectionSet) (total shape) {
	for _, selection := range set {
		total = total.plus(s.selection(selection))
	}
	return total
}

func (s *shaper) selection(selection ast.Selection) shape {
	switch selection := selection.(type) {
	case *ast.Field:
		s.directives += len(selection.Directives)
		s.written++
		s.introspects = s.introspects || selection.Name == "__schema" || selection.Name == "__type"
		size := s.selections(selection.SelectionSet).within(selection.Name)
		if selection.Alias != selection.Name {
			size = size.plus(shape{aliases: 1})
		}
		return size
	case *ast.InlineFragment:
		s.directives += len(selection.Directives)
		return s.selections(selection.SelectionSet)
	case *ast.FragmentSpread:
		s.directives += len(selection.Directives)
		return s.fragment(selection.Name)
	}
	return shape{}
}

func (a shape) plus(b shape) shape {
	return shape{depth: max(a.depth, b.depth), fields: saturated(a.fields + b.fields), aliases: saturated(a.aliases + b.aliases),
		rootFields: saturated(a.rootFields + b.rootFields), introspection: max(a.introspection, b.introspection)}
}

// within is the shape of a field with this selection. An introspection is as deep as its lists are nested.
func (a shape) within(field string) shape {
	switch field {
	case "__schema", "__type":
		return shape{depth: 1, fields: saturated(a.fields + 1), aliases: a.aliases, rootFields: 1, introspection: a.introspection}
	case "fields", "inputFields", "interfaces", "possibleTypes":
		a.introspection++
	}
	return shape{depth: a.depth + 1, fields: saturated(a.fields + 1), aliases: a.aliases, rootFields: 1, introspection: a.introspection}
}

func saturated(n int) int { return min(n, shapeMax) }
