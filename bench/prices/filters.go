package prices

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// sampled is how many rows are read for the values that are compared with.
const sampled = 100

// readValues reads, for each field of the rows of a root field that has pages, a value that one of them has.
func (w *walker) readValues(root *ast.FieldDefinition) error {
	connection := w.schema.Types[root.Type.Name()]
	nodes := connection.Fields.ForName("nodes")
	if nodes == nil || root.Arguments.ForName("offset") == nil || w.required(root) != "" {
		return nil
	}
	typ := w.schema.Types[nodes.Type.Name()]
	var names []string
	for _, field := range typ.Fields {
		if w.isLeaf(field) && len(field.Arguments) == 0 {
			names = append(names, field.Name)
		}
	}
	answer, err := w.ask(fmt.Sprintf("{ %s(first: %d, offset: %d) { nodes { %s } } }", root.Name, sampled, w.rows/2,
		strings.Join(names, " ")))
	if err != nil {
		return err
	}
	values := map[string]string{}
	rows, _ := at(answer, "data", root.Name, "nodes").([]any)
	for _, row := range rows {
		for _, name := range names {
			if _, isKnown := values[name]; !isKnown {
				if literal := w.literal(typ.Fields.ForName(name).Type, at(row, name)); literal != "" {
					values[name] = literal
				}
			}
		}
	}
	w.values[typ.Name] = values
	return nil
}

func (w *walker) isLeaf(f *ast.FieldDefinition) bool {
	kind := w.schema.Types[f.Type.Name()].Kind
	return kind == ast.Scalar || kind == ast.Enum
}

// literal returns a value of the response as it is written in a document; the first of a list. Empty for null.
func (w *walker) literal(t *ast.Type, value any) string {
	if list, isList := value.([]any); isList {
		if len(list) == 0 {
			return ""
		}
		return w.literal(t.Elem, list[0])
	}
	if value == nil || value == "" {
		return ""
	}
	if text, isText := value.(string); isText && w.schema.Types[t.Name()].Kind == ast.Enum {
		return text
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

// filters adds the cases of the argument filter of a root field: every operator of every field where the rows are what
// the filter is of, or where no other list has it; one operator of every field elsewhere.
func (w *walker) filters(root *ast.FieldDefinition, filter *ast.Definition) {
	isFirst := !w.known[filter.Name]
	w.known[filter.Name] = true
	w.filterFields(filter, "%s", isFirst, func(condition string) {
		w.add(root, "filter: "+condition, w.selection(root))
	})
	if w.schema.Types[root.Type.Name()].Fields.ForName("groups") == nil {
		return
	}
	figures := "figures of " + filter.Name
	isFirst = !w.known[figures]
	w.known[figures] = true
	w.filterFields(filter, "%s", isFirst, func(condition string) {
		w.add(root, "", "{ groups { count(filter: "+condition+") } }")
	})
}

// filterFields adds the cases of the fields of a filter by add; around is what stands around it.
func (w *walker) filterFields(filter *ast.Definition, around string, all bool, add func(condition string)) {
	of := strings.TrimSuffix(filter.Name, "Filter")
	for _, field := range filter.Fields {
		typ := w.schema.Types[field.Type.Name()]
		switch {
		case typ.Name == filter.Name: // and, or, not
		case typ.Kind != ast.InputObject:
			add(fmt.Sprintf(around, fmt.Sprintf("{%s: %s}", field.Name, w.operand(of, field.Name, field))))
		case typ.Fields.ForName("and") != nil:
			w.filterFields(typ, fmt.Sprintf(around, "{"+field.Name+": %s}"), all, add)
		default:
			w.operators(of, field, all, func(condition string) { add(fmt.Sprintf(around, condition)) })
		}
	}
}

// operators adds a case for each operator of a field, and one that excludes.
func (w *walker) operators(of string, field *ast.FieldDefinition, all bool, add func(condition string)) {
	for i, operator := range w.schema.Types[field.Type.Name()].Fields {
		value := w.operand(of, field.Name, operator)
		condition := fmt.Sprintf("{%s: {%s: %s}}", field.Name, operator.Name, value)
		if all || i == 0 {
			add(condition)
		}
		if all && i == 0 {
			add("{not: " + condition + "}")
		}
		if all && value == "true" {
			add(fmt.Sprintf("{%s: {%s: false}}", field.Name, operator.Name))
		}
	}
}

// operand returns what an operator of a field is tried with.
func (w *walker) operand(of, field string, operator *ast.FieldDefinition) string {
	if isBoolean(operator.Type) && operator.Type.Elem == nil && operator.Name != "eq" && operator.Name != "ne" {
		return "true"
	}
	if operator.Type.Name() == "LocalTimeFilter" {
		return `{timeZone: "Asia/Shanghai" weekday: {in: [MONDAY]} hour: {gte: 9}}`
	}
	value, isKnown := w.values[of][field]
	if !isKnown {
		value = w.otherValue(of, field, w.schema.Types[operator.Type.Name()])
	}
	if text := []rune(strings.Trim(value, `"`)); len(text) > 0 && strings.HasPrefix(value, `"`) {
		switch operator.Name {
		case "startsWith":
			value = fmt.Sprintf("%q", string(text[:min(len(text), 3)]))
		case "contains":
			value = fmt.Sprintf("%q", string(text[max(len(text)-1, 0):]))
		}
	}
	if operator.Type.Elem != nil {
		return "[" + value + "]"
	}
	return value
}

// otherValue returns a value for a field that no row has, or that is not a row's own.
func (w *walker) otherValue(of, field string, typ *ast.Definition) string {
	for _, other := range []string{"phoneNumber", "calledPhoneNumber"} {
		if value, isKnown := w.values[of][other]; isKnown && (field == "phone" || field == "searchWords") {
			return value
		}
	}
	if value, isKnown := w.values["CustomerPerson"][field]; isKnown {
		return value
	}
	switch {
	case typ.Kind == ast.Enum:
		return typ.EnumValues[0].Name
	case typ.Name == "Boolean":
		return "true"
	case typ.Name == "Int":
		return "7"
	case typ.Name == "DateTime":
		return `"2024-01-01T00:00:00Z"`
	}
	return `"7"`
}
