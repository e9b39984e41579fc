// Package prices tries every filter, order, facet and count that the schema offers on a filled database, and compares
// the work that each makes with its price.
package prices

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// Ask sends an operation and returns its response as generic JSON.
type Ask func(query string) (map[string]any, error)

// Case is an operation that is tried.
type Case struct {
	Name    string // what is tried: calls(filter: {name: {eq: "x"}}) { totalCount }
	Query   string
	isShort bool // it may answer far less than it may cost: what hangs on rows, and lists of values
}

// walker finds the cases of a schema.
type walker struct {
	schema *ast.Schema
	ask    Ask
	rows   int
	values map[string]map[string]string // of fields, as literals, by type and field
	cases  []Case
	known  map[string]bool // filters whose operators have all been tried
}

// Cases returns the operations that try each filter field with each of its operators, alone and excluded, each order
// with its directions and places of null, each enum of an argument, deep pages, and each field that hangs on a root
// field. What it compares with are values that a row of the database has; rows is how many rows its tables have.
func Cases(schema string, rows int, ask Ask) ([]Case, error) {
	parsed, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: schema})
	if err != nil {
		return nil, err
	}
	w := &walker{schema: parsed, ask: ask, rows: rows, values: map[string]map[string]string{}, known: map[string]bool{}}
	for _, root := range parsed.Query.Fields {
		if err := w.readValues(root); err != nil {
			return nil, err
		}
	}
	for _, root := range parsed.Query.Fields {
		if strings.HasPrefix(root.Name, "__") {
			continue
		}
		if err := w.root(root); err != nil {
			return nil, err
		}
	}
	return w.cases, nil
}

// readNoRows are root fields that have no filters, orders or counts: they read a row by its key, or none.
var readNoRows = []string{"callImportTemplate", "callRecordImportTemplate", "callReport",
	"callRecordReport", "exportColumnSet", "exportColumnSets", "exportLink", "importMapping", "importMappings", "job",
	"jobs", "previewImport", "printCalls", "savedQueries", "savedQuery"}

// root adds the cases of a root field.
func (w *walker) root(f *ast.FieldDefinition) error {
	if slices.Contains(readNoRows, f.Name) {
		return nil
	}
	w.fields(f)
	for _, argument := range f.Arguments {
		if err := w.argument(f, argument); err != nil {
			return err
		}
	}
	return w.picklists(f)
}

// argument adds the cases of an argument of a root field. What the field cannot do without, required has.
func (w *walker) argument(f *ast.FieldDefinition, argument *ast.ArgumentDefinition) error {
	typ := w.schema.Types[argument.Type.Name()]
	switch {
	case argument.Name == "filter":
		w.filters(f, typ)
	case argument.Name == "orderBy" && typ.Kind == ast.InputObject && typ.Fields.ForName("field") != nil:
		for _, order := range w.orders(typ) {
			w.add(f, "orderBy: ["+order+"]", w.nodes(f))
		}
	case argument.Type.NonNull && argument.DefaultValue == nil:
	case argument.Name == "offset":
		w.add(f, fmt.Sprintf("offset: %d", w.rows*9/10), w.nodes(f))
		return w.deepCursor(f)
	case argument.Name == "last" || argument.Name == "prefix" || typ.Kind == ast.Enum || isBoolean(argument.Type):
		for _, value := range w.argumentValues(argument) {
			w.add(f, argument.Name+": "+value, w.selection(f))
		}
	}
	return nil
}

func isBoolean(t *ast.Type) bool { return t.Name() == "Boolean" }

// argumentValues returns what an argument is tried with.
func (w *walker) argumentValues(a *ast.ArgumentDefinition) (values []string) {
	switch typ := w.schema.Types[a.Type.Name()]; {
	case typ.Kind == ast.Enum && a.Type.Elem != nil:
		for _, value := range typ.EnumValues {
			values = append(values, "["+value.Name+"]")
		}
		return values
	case typ.Kind == ast.Enum:
		for _, value := range typ.EnumValues {
			values = append(values, value.Name)
		}
		return values
	case isBoolean(a.Type):
		return []string{"true"}
	case a.Type.Name() == "Int":
		return []string{"20"}
	}
	return []string{`"a"`}
}

// add adds a case of a root field with arguments beside those that it needs.
func (w *walker) add(f *ast.FieldDefinition, arguments, selection string) {
	if w.schema.Types[f.Type.Name()].Fields.ForName("groups") != nil && !strings.HasPrefix(arguments, "first:") {
		arguments += " first: 100" // there may be more groups than are answered without it
	}
	arguments = strings.TrimSpace(w.required(f) + " " + arguments)
	call := f.Name
	if arguments != "" {
		call += "(" + arguments + ")"
	}
	name := strings.Join(strings.Fields(call+" "+selection), " ")
	isShort := strings.Contains(selection, " nodes ") && !strings.Contains(selection, "{ __typename }") ||
		f.Arguments.ForName("id") != nil || f.Arguments.ForName("fields") != nil
	w.cases = append(w.cases, Case{name, "{ " + call + " " + selection + " }", isShort})
}

// required returns the arguments that a root field cannot do without.
func (w *walker) required(f *ast.FieldDefinition) string {
	var given []string
	for _, a := range f.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil {
			given = append(given, a.Name+": "+w.requiredValue(f, a))
		}
	}
	if f.Name == "statsTable" { // takes one of two
		given = append(given, "calls: {groupBy: CALL_TYPE}")
	}
	return strings.Join(given, " ")
}

func (w *walker) requiredValue(f *ast.FieldDefinition, a *ast.ArgumentDefinition) string {
	if value, isKnown := w.values[f.Type.Name()][a.Name]; isKnown {
		return value
	}
	value := `"7"`
	switch {
	case a.Name == "nodeId" || a.Name == "nodeIds":
		value = w.values["Call"]["nodeId"]
	case a.Name == "query":
		value = `"的"`
	case w.schema.Types[a.Type.Name()].Kind == ast.InputObject:
		value = "{}"
	case w.schema.Types[a.Type.Name()].Kind == ast.Enum:
		value = w.schema.Types[a.Type.Name()].EnumValues[0].Name
	case a.Type.Name() == "Float":
		value = "75"
	}
	if a.Type.Elem != nil {
		return "[" + value + "]"
	}
	return value
}

// nodes returns the selection of the rows of a root field alone, or all that is selected by itself where it has none.
func (w *walker) nodes(f *ast.FieldDefinition) string {
	if w.schema.Types[f.Type.Name()].Fields.ForName("nodes") != nil {
		return "{ nodes { __typename } }"
	}
	return w.selection(f)
}

// selection returns what is selected of a root field by itself: rows and their total, or a number.
func (w *walker) selection(f *ast.FieldDefinition) string {
	fields := w.schema.Types[f.Type.Name()].Fields
	switch {
	case fields.ForName("groups") != nil:
		return "{ groups { count } }"
	case fields.ForName("nodes") != nil:
		return "{ totalCount nodes { __typename } }"
	case fields.ForName("rowCount") != nil:
		return "{ rowCount rows }"
	case fields.ForName("values") != nil:
		return "{ values { count } }"
	case fields.ForName("total") != nil:
		return "{ total }"
	}
	return "{ __typename }"
}

// orders returns all inputs of an order: each field, both directions, nulls first and last.
func (w *walker) orders(typ *ast.Definition) (orders []string) {
	for _, field := range w.schema.Types[typ.Fields.ForName("field").Type.Name()].EnumValues {
		for _, direction := range w.schema.Types[typ.Fields.ForName("direction").Type.Name()].EnumValues {
			for _, nulls := range w.schema.Types[typ.Fields.ForName("nulls").Type.Name()].EnumValues {
				orders = append(orders, fmt.Sprintf("{field: %s direction: %s nulls: %s}", field.Name, direction.Name, nulls.Name))
			}
		}
	}
	return orders
}

// deepCursor adds the page behind the cursor of a row far behind the first.
func (w *walker) deepCursor(f *ast.FieldDefinition) error {
	answer, err := w.ask(fmt.Sprintf("{ %s(%s first: 1 offset: %d) { pageInfo { endCursor } } }", f.Name, w.required(f),
		w.rows/10))
	if err != nil {
		return err
	}
	if cursor, isText := at(answer, "data", f.Name, "pageInfo", "endCursor").(string); isText {
		w.add(f, fmt.Sprintf("after: %q", cursor), w.nodes(f))
	}
	return nil
}

// picklists adds each field whose values are listed by name.
func (w *walker) picklists(f *ast.FieldDefinition) error {
	if f.Arguments.ForName("fields") == nil {
		return nil
	}
	answer, err := w.ask("{ " + f.Name + " { field } }")
	if err != nil {
		return err
	}
	list, _ := at(answer, "data", f.Name).([]any)
	names := []string{"createdBy", "updatedBy", "ownerId", "robotCallJobId", "dialogFlowId"}
	for _, picklist := range list {
		if name, _ := at(picklist, "field").(string); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		w.add(f, fmt.Sprintf("fields: [%q]", name), "{ values { value count } }")
	}
	return nil
}

// at walks into generic JSON; nil where the path leads nowhere.
func at(v any, path ...string) any {
	for _, name := range path {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}
