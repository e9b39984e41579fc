package graph

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// documents makes random valid documents from a schema.
type documents struct {
	*rand.Rand
	schema    *ast.Schema
	isSerial  bool // whether an object has at most one field with a resolver
	fragments []string
	left      int // fields
}

// newDocument returns a document with the variables yes and no.
func newDocument(schema *ast.Schema, random *rand.Rand, isSerial bool) string {
	d := &documents{Rand: random, schema: schema, isSerial: isSerial, left: 60}
	root, kind := schema.Query, "query"
	if random.IntN(4) == 0 {
		root, kind = schema.Mutation, "mutation"
	}
	fields := 1
	if !isSerial || kind == "mutation" {
		fields += random.IntN(3)
	}
	var roots []string
	for range fields {
		roots = append(roots, d.field(root, pick(d, rootFields(root)), 7))
	}
	return fmt.Sprintf("%s($yes: Boolean!, $no: Boolean!) { t: __typename @include(if: $yes) @skip(if: $no) %s }\n%s",
		kind, strings.Join(roots, " "), strings.Join(d.fragments, "\n"))
}

func pick[T any](d *documents, all []T) T { return all[d.IntN(len(all))] }

// rootFields returns the fields of a root type, without introspection and those that take a file.
func rootFields(root *ast.Definition) (fields []*ast.FieldDefinition) {
	for _, f := range root.Fields {
		takesFile := slices.ContainsFunc(f.Arguments,
			func(a *ast.ArgumentDefinition) bool { return a.Type.Name() == "Upload" })
		if !strings.HasPrefix(f.Name, "__") && !takesFile {
			fields = append(fields, f)
		}
	}
	return fields
}

var directives = []string{"", "", "", "", "", "", " @skip(if: $yes)", " @skip(if: $no)", " @include(if: $yes)",
	" @include(if: $no)", " @include(if: true)", " @skip(if: $yes) @include(if: $yes)"}

// field returns a field with an alias of its own, as it may have other arguments elsewhere.
func (d *documents) field(of *ast.Definition, f *ast.FieldDefinition, depth int) string {
	d.left--
	text := f.Name
	switch {
	case d.IntN(3) == 0 || of == d.schema.Query || of == d.schema.Mutation:
		text = fmt.Sprintf("a%d: %s", d.left+100, f.Name)
	case of.Name == "Task" && f.Name == "subject": // of another type than that of Call
		text = "subjectOfTask: subject"
	}
	var arguments []string
	for _, a := range f.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil {
			arguments = append(arguments, a.Name+": "+d.literal(a.Type))
		}
	}
	if arguments != nil {
		text += "(" + strings.Join(arguments, ", ") + ")"
	}
	if text += pick(d, directives); d.schema.Types[f.Type.Name()].IsCompositeType() {
		text += " " + d.selections(d.schema.Types[f.Type.Name()], depth-1)
	}
	return text
}

// literal returns the least value of an input type.
func (d *documents) literal(t *ast.Type) string {
	if t.Elem != nil {
		return "[" + d.literal(t.Elem) + "]"
	}
	definition := d.schema.Types[t.NamedType]
	switch {
	case definition.Kind == ast.Enum:
		return definition.EnumValues[0].Name
	case definition.Directives.ForName("oneOf") != nil:
		return "{ids: []}"
	case definition.Kind == ast.InputObject:
		var fields []string
		for _, f := range definition.Fields {
			if f.Type.NonNull && f.DefaultValue == nil {
				fields = append(fields, f.Name+": "+d.literal(f.Type))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	}
	switch t.NamedType {
	case "Int", "Float":
		return "1"
	case "Boolean":
		return "true"
	case "DateTime":
		return `"2024-01-01T00:00:00Z"`
	}
	return `"1"`
}

// selections returns random fields of a type, plain or in fragments.
func (d *documents) selections(of *ast.Definition, depth int) string {
	var parts []string
	resolvers, known := 0, map[string]bool{}
	for range 1 + d.IntN(5) {
		f := pick(d, of.Fields)
		isLeaf := !d.schema.Types[f.Type.Name()].IsCompositeType()
		if d.left < 0 && len(parts) > 0 || !isLeaf && (depth <= 0 || d.left < 0) {
			continue
		}
		if d.isSerial {
			if isResolved(of, f) {
				resolvers++
			}
			if known[f.Name] || isResolved(of, f) && resolvers > 1 {
				continue
			}
			known[f.Name] = true // once: what is selected below it twice might have a resolver each
		}
		parts = append(parts, d.field(of, f, depth))
		if d.isSerial {
			continue
		}
		switch d.IntN(8) {
		case 0:
			parts = append(parts, "..."+pick(d, directives)+" {"+d.field(of, f, depth)+"}")
		case 1:
			name := fmt.Sprintf("F%d", len(d.fragments))
			d.fragments = append(d.fragments, "")
			d.fragments[len(d.fragments)-1] = fmt.Sprintf("fragment %s on %s {%s}", name, of.Name, d.field(of, f, depth))
			parts = append(parts, "..."+name+pick(d, directives), "..."+name)
		}
	}
	if parts = append(parts, "__typename"); of.Kind == ast.Interface {
		for _, possible := range d.schema.GetPossibleTypes(of) {
			if d.left > 0 && d.IntN(2) == 0 {
				parts = append(parts, "... on "+possible.Name+pick(d, directives)+" "+d.selections(possible, depth))
			}
		}
	} else if len(of.Interfaces) > 0 && d.IntN(4) == 0 {
		parts = append(parts, "... on Node {nodeId __typename}")
	}
	d.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return "{" + strings.Join(parts, " ") + "}"
}

// isResolved reports whether gqlgen may run a field beside others.
func isResolved(of *ast.Definition, f *ast.FieldDefinition) bool {
	switch of.Name {
	case "JobStats", "TranscriptFacets", "CallStats", "CallRecordStats":
		return true
	case "Call", "CallPreview", "CallRecord", "Task", "Note", "TranscriptHit", "Picklist", "CustomerPerson",
		"DeleteNotePayload":
		return strings.Contains("tags description callRecord relatedCounts tasks notes history customerPerson details "+
			"transcript call callRecords values before after", f.Name)
	}
	return f.Name == "totalCount" || f.Name == "facets"
}
