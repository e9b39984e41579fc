package operation

import (
	"github.com/vektah/gqlparser/v2/ast"

	"callbook/model"
)

// maxCount is where counts saturate, far above every limit.
const maxCount = 1 << 30

func saturated(n int) int { return min(n, maxCount) }

// documentSize is the size of a document, as far as it is limited.
type documentSize struct {
	operations    []selectionSize // of each operation; fields count those of the operations before it, too
	fragments     int             // named ones
	directives    int
	writtenFields int // in the text: validation looks at fragments that nothing spreads, too
	introspects   bool
}

// selectionSize is the size of a selection, with its fragments written out where they are spread.
type selectionSize struct {
	depth, fields, aliases, rootFields int
	introspectionDepth                 int // how deep lists of an introspection are nested
}

// check returns LIMIT_EXCEEDED for the first limit that is exceeded.
func (d documentSize) check(limits Limits) *model.Error {
	if d.fragments > limits.Fragments {
		return tooMany("fragments", d.fragments, limits.Fragments)
	}
	for _, size := range d.operations {
		for _, c := range []struct {
			what        string
			size, limit int
		}{
			{"levels of fields", size.depth, limits.Depth},
			{"fields", size.fields, limits.Fields},
			{"aliases", size.aliases, limits.Aliases},
			{"root fields", size.rootFields, limits.RootFields},
			{"nested lists of introspection", size.introspectionDepth, limits.IntrospectionDepth},
		} {
			if c.size > c.limit {
				return tooMany(c.what, c.size, c.limit)
			}
		}
	}
	if d.writtenFields > limits.Fields {
		return tooMany("fields", d.writtenFields, limits.Fields)
	}
	if d.directives > limits.Directives {
		return tooMany("directives", d.directives, limits.Directives)
	}
	return nil
}

func tooMany(what string, size, limit int) *model.Error {
	if size >= maxCount {
		return model.LimitExceeded("query", "the document has more than %d %s; at most %d", maxCount, what, limit)
	}
	return model.LimitExceeded("query", "the document has %d %s; at most %d", size, what, limit)
}

// sizeOf measures a document that has not been validated.
func sizeOf(document *ast.QueryDocument) documentSize {
	m := &measurement{fragments: map[string]*ast.FragmentDefinition{}, measured: map[string]*selectionSize{}}
	m.document.fragments = len(document.Fragments)
	for _, fragment := range document.Fragments {
		m.fragments[fragment.Name] = fragment
		m.document.directives += len(fragment.Directives)
	}
	for _, fragment := range document.Fragments {
		m.fragment(fragment.Name)
	}
	fields := 0 // of all operations: each is validated, whichever is run
	for _, operation := range document.Operations {
		size := m.selections(operation.SelectionSet)
		fields = saturated(fields + size.fields)
		size.fields = fields
		m.document.operations = append(m.document.operations, size)
		m.document.directives += len(operation.Directives)
		for _, v := range operation.VariableDefinitions {
			m.document.directives += len(v.Directives)
		}
	}
	return m.document
}

// measurement measures each named fragment once, so that fragments which double each other cost no more than their
// text. It is the visitor of one selection set at a time, whose size adds up in current.
type measurement struct {
	document  documentSize
	fragments map[string]*ast.FragmentDefinition
	measured  map[string]*selectionSize // nil while under way: a cycle, which validation reports
	current   selectionSize
}

// selections returns the size of a selection set.
func (m *measurement) selections(set ast.SelectionSet) selectionSize {
	outer := m.current
	m.current = selectionSize{}
	visit(set, m)
	size := m.current
	m.current = outer
	return size
}

func (m *measurement) enter(directives ast.DirectiveList) bool {
	m.document.directives += len(directives)
	return true
}

func (m *measurement) field(f *ast.Field) {
	m.document.writtenFields++
	m.document.introspects = m.document.introspects || isIntrospection(f.Name)
	size := m.selections(f.SelectionSet).inField(f.Name)
	if f.Alias != f.Name {
		size.aliases = saturated(size.aliases + 1)
	}
	m.current = m.current.plus(size)
}

func (m *measurement) spread(s *ast.FragmentSpread) { m.current = m.current.plus(m.fragment(s.Name)) }

func (m *measurement) fragment(name string) selectionSize {
	if known, ok := m.measured[name]; ok {
		if known == nil {
			return selectionSize{}
		}
		return *known
	}
	m.measured[name] = nil
	var size selectionSize
	if fragment := m.fragments[name]; fragment != nil {
		size = m.selections(fragment.SelectionSet)
	}
	m.measured[name] = &size
	return size
}

func isIntrospection(field string) bool { return field == "__schema" || field == "__type" }

// plus returns the size of two selections side by side.
func (a selectionSize) plus(b selectionSize) selectionSize {
	return selectionSize{
		depth:              max(a.depth, b.depth),
		fields:             saturated(a.fields + b.fields),
		aliases:            saturated(a.aliases + b.aliases),
		rootFields:         saturated(a.rootFields + b.rootFields),
		introspectionDepth: max(a.introspectionDepth, b.introspectionDepth),
	}
}

// inField returns the size of a field with this selection. An introspection is as deep as its lists are nested.
func (a selectionSize) inField(name string) selectionSize {
	size := selectionSize{depth: a.depth + 1, fields: saturated(a.fields + 1), aliases: a.aliases, rootFields: 1,
		introspectionDepth: a.introspectionDepth}
	switch {
	case isIntrospection(name):
		size.depth = 1
	case name == "fields" || name == "inputFields" || name == "interfaces" || name == "possibleTypes":
		size.introspectionDepth++
	}
	return size
}
