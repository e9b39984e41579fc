package files

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"callbook/files/sheet"
	"callbook/model"
)

// Table reads the rows of a table by a mapping. It belongs to one goroutine.
type Table struct {
	reader    *sheet.Reader
	options   Options
	columns   []tableColumn
	constants map[string]string // by field
	clears    bool
	index     int // of the row that is read next
	f         *fields
}

// tableColumn is a column of the table that is a field.
type tableColumn struct {
	Column
	cell   int               // place among the cells of a row
	values map[string]string // by headerless, lower-case text
	layout string            // of times; empty for the usual ones
}

// NewTable returns a reader of a table's rows. o.Kind must be one of the two. Errors: those of Mapping.Check.
func NewTable(reader *sheet.Reader, m Mapping, o Options) (*Table, error) {
	if errs := m.Check(o.Kind, reader.Columns); len(errs) > 0 {
		return nil, errs
	}
	t := &Table{reader: reader, options: o, constants: m.Constants, clears: m.ClearsEmpty}
	for _, mapped := range m.Columns {
		if mapped.Field == "" {
			continue
		}
		column, _ := columnOf(o.Kind, mapped.Field)
		layout, _ := dateLayout(mapped.DateFormat)
		cell := slices.IndexFunc(reader.Columns, func(c sheet.Column) bool { return c.Name == mapped.Column })
		values := make(map[string]string, len(mapped.Values))
		for from, to := range mapped.Values {
			values[valueKey(from)] = to
		}
		t.columns = append(t.columns, tableColumn{column, cell, values, layout})
	}
	t.f = newFields(map[string]json.RawMessage{}, "", o.Location)
	return t, nil
}

// valueKey returns a value without what does not tell it from others.
func valueKey(value string) string { return strings.ToLower(strings.TrimSpace(value)) }

// anyValue stands for all values that are not named.
const anyValue = "*"

// Next returns the next row, and io.EOF after the last one. Errors and warnings of a row have the names of fields in
// the schema. A row that is the template's example is left out. Other errors end the table: those of the file are
// sheet.Error.
func (t *Table) Next() (Row, error) {
	for {
		from, err := t.reader.Next()
		if err != nil {
			return Row{}, err
		}
		row := t.read(from)
		if row.ID == ExampleKey {
			continue
		}
		row.Index = t.index
		t.index++
		place := t.reader.At(0)
		if row.Line, row.Number = max(from.Line, place.Row), from.Number; place.Sheet != t.reader.Sheet {
			row.Sheet = place.Sheet
		}
		return row, nil
	}
}

func (t *Table) read(from *sheet.Row) Row {
	if from.Error != nil {
		return Row{Errors: model.Errors{model.BadInput("", "%s", from.Error.Message)}}
	}
	t.f.reset()
	var errs model.Errors
	person := map[string]json.RawMessage{}
	put := func(c Column, value json.RawMessage) {
		if field, isPerson := strings.CutPrefix(c.Field, customerPrefix); isPerson {
			person[field] = value
		} else {
			t.f.raw[c.Wire] = value
		}
	}
	for i := range t.columns {
		c := &t.columns[i]
		value, bad := c.value(from.Cells[c.cell], t.clears)
		if bad != nil {
			errs = append(errs, bad)
		} else if value != nil {
			put(c.Column, value)
		}
	}
	for field, value := range t.constants {
		column, _ := columnOf(t.options.Kind, field)
		put(column, column.raw(strings.ReplaceAll(value, rowMark, strconv.Itoa(from.Number))))
	}
	if len(person) > 0 {
		person["customerPersonId"] = t.f.raw["customerPersonId"]
		t.f.raw["customerPerson"], _ = json.Marshal(person)
	}
	row := t.options.row(t.f)
	row.isMapped = true
	row.Errors = append(errs, t.named(row.Errors)...)
	row.Warnings, row.Ignored = t.named(row.Warnings), nil
	if from.Warning != nil {
		row.Warnings = append(row.Warnings, model.BadInput("", "%s", from.Warning.Message))
	}
	return row
}

// value returns a cell as a member of the wire form; nil where it has none.
func (c *tableColumn) value(cell sheet.Cell, clears bool) (json.RawMessage, *model.Error) {
	text := cell.String()
	switch cell.Kind {
	case sheet.Bad:
		return nil, model.BadInput(c.Field, "the cell %s", cell.Text)
	case sheet.JSON:
		return json.RawMessage(cell.Text), nil
	case sheet.Empty:
		if clears && c.Field != "id" {
			return json.RawMessage("null"), nil
		}
		return nil, nil
	case sheet.Duration:
		if c.Type == DurationColumn || c.Type == CountColumn {
			text = c.duration(text)
		}
	}
	text = c.meaning(text)
	if c.layout != "" && cell.Kind == sheet.Text && strings.TrimSpace(text) != "" {
		at, bad := c.time(text)
		if bad != nil {
			return nil, bad
		}
		text = at
	}
	return c.raw(text), nil
}

// meaning returns what a value of the file means: itself, where the mapping does not say.
func (c *tableColumn) meaning(text string) string {
	if len(c.values) == 0 {
		return text
	}
	if meant, isNamed := c.values[valueKey(text)]; isNamed {
		return meant
	}
	if meant, isNamed := c.values[anyValue]; isNamed {
		return meant
	}
	return text
}

// time returns a time that is written by the column's date format as the wire form has it. Error: BAD_USER_INPUT.
func (c *tableColumn) time(text string) (string, *model.Error) {
	at, err := time.Parse(c.layout, strings.TrimSpace(text))
	switch {
	case err != nil:
		return "", model.BadInput(c.Field, "%.40q is not written as the date format says", text)
	case strings.Contains(c.layout, "Z07"):
		return at.Format(time.RFC3339Nano), nil
	}
	return at.Format(timeLayouts[1]), nil
}

// raw returns text as a member of the wire form: a list that is written as JSON as it is, one with commas as a list,
// all else as text.
func (c Column) raw(text string) json.RawMessage {
	trimmed := strings.TrimSpace(text)
	if c.Type == ListColumn || c.Type == JSONColumn {
		if strings.HasPrefix(trimmed, "[") && json.Valid([]byte(trimmed)) {
			return json.RawMessage(trimmed)
		}
	}
	if c.Type == ListColumn {
		return list(trimmed)
	}
	if strings.IndexFunc(text, needsEscape) < 0 {
		return json.RawMessage(`"` + text + `"`)
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // texts can be marshalled
	}
	return quoted
}

// list returns texts with commas between as a JSON list.
func list(text string) json.RawMessage {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '，' || r == '、' })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	raw, err := json.Marshal(slices.DeleteFunc(parts, func(part string) bool { return part == "" }))
	if err != nil {
		panic(err) // texts can be marshalled
	}
	return raw
}

// needsEscape reports whether a character cannot stand in JSON as it is.
func needsEscape(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == utf8.RuneError }

// duration returns hours:minutes:seconds as the field has a duration: mm:ss, or seconds.
func (c *tableColumn) duration(clock string) string {
	parts := strings.Split(clock, ":")
	seconds := 0
	for _, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil {
			return clock
		}
		seconds = seconds*60 + n
	}
	if c.Type == CountColumn {
		return strconv.Itoa(seconds)
	}
	return model.FormatDuration(seconds)
}

// named returns errors with the names of fields in the schema, where they had those of the wire form.
func (t *Table) named(errs model.Errors) model.Errors {
	for _, err := range errs {
		for _, c := range Columns(t.options.Kind) {
			if c.Wire == err.Field {
				err.Field = c.Field
				break
			}
		}
	}
	return errs
}

// Place returns where the value of a field stands in the row that was read last: the row alone for a field without a
// column.
func (t *Table) Place(field string) sheet.Place { return t.reader.At(t.Column(field)) }

// Column returns the number of the column, from 1, that has a field; 0 where none has.
func (t *Table) Column(field string) int {
	for _, c := range t.columns {
		if c.Field == field || c.Wire == field {
			return t.reader.Columns[c.cell].Number
		}
	}
	return 0
}

// All reads all rows. It returns the first error of yield, or of the table.
func (t *Table) All(yield func(Row) error) error {
	for {
		row, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := yield(row); err != nil {
			return err
		}
	}
}
