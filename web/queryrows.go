package web

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/db"
	"callbook/jobs"
	"callbook/model"
)

// layout is where the rows of a query's answer are, and which columns they have.
type layout struct {
	root     string // the response's name of the root field
	rows     string // of the rows below it; empty where it is the list itself
	node     string // of the row within an element; empty where that is the row
	cursor   []string
	hasNext  []string
	isTable  bool
	columns  []queryColumn
	tableHas string // the response's name of a table's columns
}

// queryColumn is a column of rows that are objects.
type queryColumn struct {
	path []string // from the row
	kind db.ValueKind
}

// rowLists are the fields of connections, and of statistics, that have the rows.
var rowLists = []string{"nodes", "edges", "groups"}

// rootFields returns the fields of a selection, those of fragments included, but __typename, each once.
func rootFields(set ast.SelectionSet) (fields []*ast.Field) {
	seen := map[string]bool{"__typename": true}
	var visit func(ast.SelectionSet)
	visit = func(set ast.SelectionSet) {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				if !seen[s.Alias] && s.Name != "__typename" {
					seen[s.Alias] = true
					fields = append(fields, s)
				}
			case *ast.InlineFragment:
				visit(s.SelectionSet)
			case *ast.FragmentSpread:
				visit(s.Definition.SelectionSet)
			}
		}
	}
	visit(set)
	return fields
}

// fieldNamed returns the field of a selection with a name of the schema; nil where there is none.
func fieldNamed(set ast.SelectionSet, name string) *ast.Field {
	for _, field := range rootFields(set) {
		if field.Name == name {
			return field
		}
	}
	return nil
}

// layout returns where the rows are. It returns BAD_USER_INPUT where CSV and NDJSON have no place for the answer.
func (a *askedQuery) layout() (*layout, error) {
	fields := rootFields(a.operation.SelectionSet)
	if len(fields) != 1 {
		return nil, model.BadInput("", "the query has %d root fields; CSV and NDJSON take queries with one, which is a list,"+
			" a connection or a table: ask for JSON", len(fields))
	}
	root := fields[0]
	l := &layout{root: root.Alias}
	if root.Definition.Type.Name() == "Table" {
		return l, l.ofTable(root)
	}
	if root.Definition.Type.Elem != nil {
		return l, l.addColumns(root, nil)
	}
	if info := fieldNamed(root.SelectionSet, "pageInfo"); info != nil {
		end, more := fieldNamed(info.SelectionSet, "endCursor"), fieldNamed(info.SelectionSet, "hasNextPage")
		if end != nil && more != nil {
			l.cursor, l.hasNext = []string{info.Alias, end.Alias}, []string{info.Alias, more.Alias}
		}
	}
	for _, name := range rowLists {
		list := fieldNamed(root.SelectionSet, name)
		if list == nil || list.Definition.Type.Elem == nil {
			continue
		}
		l.rows = list.Alias
		if node := fieldNamed(list.SelectionSet, "node"); name == "edges" && node != nil {
			l.node, list = node.Alias, node
		}
		return l, l.addColumns(list, nil)
	}
	return nil, model.BadInput("", "%s is no list, connection or table, so that CSV and NDJSON have no rows: ask for JSON",
		root.Alias)
}

// ofTable says where a table has its columns and rows.
func (l *layout) ofTable(root *ast.Field) error {
	columns, rows := fieldNamed(root.SelectionSet, "columns"), fieldNamed(root.SelectionSet, "rows")
	isComplete := columns != nil && rows != nil
	for _, name := range []string{"name", "type"} {
		isComplete = isComplete && fieldNamed(columns.SelectionSet, name) != nil &&
			fieldNamed(columns.SelectionSet, name).Alias == name
	}
	if !isComplete {
		return model.BadInput("", "CSV and NDJSON of the table %s take its columns { name type } and rows, without aliases"+
			" for these names", root.Alias)
	}
	l.isTable, l.tableHas, l.rows = true, columns.Alias, rows.Alias
	if next := fieldNamed(root.SelectionSet, "nextCursor"); next != nil {
		l.cursor = []string{next.Alias}
	}
	return nil
}

// addColumns adds the columns of a field whose values are rows, or objects in them, at a path. It returns
// BAD_USER_INPUT for a list.
func (l *layout) addColumns(of *ast.Field, path []string) error {
	if len(of.SelectionSet) == 0 {
		l.columns = append(l.columns, queryColumn{path, kindOf(of.Definition.Type.Name())})
		return nil
	}
	for _, field := range rootFields(of.SelectionSet) {
		at := append(append([]string{}, path...), field.Alias)
		if field.Definition.Type.Elem != nil {
			return model.BadInput("", "%s is a list, for which CSV and NDJSON have no place: leave it out, or ask for JSON",
				strings.Join(at, "."))
		}
		if err := l.addColumns(field, at); err != nil {
			return err
		}
	}
	return nil
}

// kindOf returns what the values of a scalar or an enum are in files.
func kindOf(typeName string) db.ValueKind {
	switch typeName {
	case "Int", "Float", string(model.TableColumnTypeInt), string(model.TableColumnTypeFloat):
		return db.NumberValue
	case "Boolean", string(model.TableColumnTypeBoolean):
		return db.BoolValue
	case "JSON":
		return db.JSONValue
	}
	return db.TextValue
}

// queryAnswer is what a query was answered.
type queryAnswer struct {
	format string
	layout *layout // nil where the answer has no rows
	root   json.RawMessage
}

// read returns an answer to be written. It returns BAD_USER_INPUT as layout does.
func (a *askedQuery) read(data json.RawMessage) (*queryAnswer, error) {
	answer := &queryAnswer{format: a.format}
	var err error
	if answer.layout, err = a.layout(); err != nil {
		answer.layout = nil
		if a.format == "json" {
			return answer, nil
		}
		return nil, err
	}
	answer.root = memberAt(data, answer.layout.root)
	return answer, nil
}

// memberAt returns what is at a path in JSON objects; nil where nothing is.
func memberAt(object json.RawMessage, path ...string) json.RawMessage {
	for _, name := range path {
		var members map[string]json.RawMessage
		if json.Unmarshal(object, &members) != nil {
			return nil
		}
		object = members[name]
	}
	return object
}

// next returns the cursor of the next page; empty where there is none, or nobody asked for it.
func (a *queryAnswer) next() (cursor string) {
	if a.layout == nil || a.layout.cursor == nil ||
		a.layout.hasNext != nil && string(memberAt(a.root, a.layout.hasNext...)) != "true" {
		return ""
	}
	_ = json.Unmarshal(memberAt(a.root, a.layout.cursor...), &cursor) // null leaves it empty
	return cursor
}

// write writes the rows, one at a time. It returns the errors of the client's connection.
func (a *queryAnswer) write(w io.Writer) error {
	l := a.layout
	columns := make([]db.ExportColumn, 0, len(l.columns))
	for _, column := range l.columns {
		name := strings.Join(column.path, ".")
		if name == "" {
			name = l.root
		}
		columns = append(columns, db.ExportColumn{Field: name, Kind: column.kind})
	}
	if l.isTable {
		var named []struct{ Name, Type string }
		_ = json.Unmarshal(memberAt(a.root, l.tableHas), &named) // the schema says that they are
		for _, column := range named {
			columns = append(columns, db.ExportColumn{Field: column.Name, Kind: kindOf(column.Type)})
		}
	}
	format := model.ExportFormatCSV
	if a.format == "ndjson" {
		format = model.ExportFormatNdjson
	}
	out, err := jobs.NewRowWriter(w, model.ExportInput{Format: format, TimeZone: "UTC", SpreadsheetSafe: true}, columns)
	if err != nil {
		return err
	}
	if err := out.WriteHeader(); err != nil {
		return err
	}
	list := a.root
	if l.rows != "" {
		list = memberAt(a.root, l.rows)
	}
	if err := a.writeRows(out, list, len(columns)); err != nil {
		return err
	}
	return out.Close()
}

func (a *queryAnswer) writeRows(out jobs.RowWriter, list json.RawMessage, columns int) error {
	decoder := json.NewDecoder(bytes.NewReader(list))
	if start, err := decoder.Token(); err != nil || start != json.Delim('[') {
		return err // null has no rows
	}
	cells := make([]db.Cell, columns)
	for decoder.More() {
		var row json.RawMessage
		if err := decoder.Decode(&row); err != nil {
			return err
		}
		if err := a.readRow(row, cells); err != nil {
			return err
		}
		if _, err := out.WriteRow(nil, cells); err != nil {
			return err
		}
	}
	return nil
}

// readRow reads a row into cells.
func (a *queryAnswer) readRow(row json.RawMessage, cells []db.Cell) error {
	if a.layout.isTable {
		var values []json.RawMessage
		if err := json.Unmarshal(row, &values); err != nil {
			return err
		}
		for i := range cells {
			cells[i] = cellOf(values[i])
		}
		return nil
	}
	if a.layout.node != "" {
		row = memberAt(row, a.layout.node)
	}
	var members map[string]json.RawMessage
	_ = json.Unmarshal(row, &members) // rows that are no objects have one column, without a path
	for i, column := range a.layout.columns {
		if len(column.path) == 0 {
			cells[i] = cellOf(row)
			continue
		}
		cells[i] = cellOf(memberAt(members[column.path[0]], column.path[1:]...))
	}
	return nil
}

// cellOf returns a JSON value as a cell: texts as they read, others as they are written.
func cellOf(value json.RawMessage) db.Cell {
	if len(value) == 0 || string(value) == "null" {
		return db.Cell{IsNull: true}
	}
	var written string
	if value[0] == '"' && json.Unmarshal(value, &written) == nil {
		return db.Cell{Text: []byte(written)}
	}
	return db.Cell{Text: value}
}
