package db

import (
	"reflect"
	"strconv"
	"time"
)

// arrays returns the values of rows as PostgreSQL's arrays, a text for each column: every way of running statements
// takes them, prepared or not.
func arrays[T any](rows []*T, columns []*rowColumn) []any {
	values := reflectRows(rows)
	written := make([]byte, 0, 24*len(columns)*len(rows)) // all of them, one after the other
	ends := make([]int, len(columns))
	for i, c := range columns {
		array := arrayText{written: written, start: len(written)}
		for _, row := range values {
			array.addField(c, c.of(row))
		}
		written = array.end()
		ends[i] = len(written)
	}
	texts := string(written)
	all, start := make([]any, len(columns)), 0
	for i, end := range ends {
		all[i], start = texts[start:end], end
	}
	return all
}

// addField adds the value of a column that a row's field has.
func (a *arrayText) addField(c *rowColumn, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			a.begin()
			a.written = append(a.written, "NULL"...)
			return
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.String:
		a.begin()
		a.addText(v.String())
	case reflect.Int, reflect.Int64:
		a.begin()
		a.written = strconv.AppendInt(a.written, v.Int(), 10)
	default:
		a.add(c.valueOf(v))
	}
}

// begin begins an element.
func (a *arrayText) begin() {
	if len(a.written) == a.start {
		a.written = append(a.written, '{')
	} else {
		a.written = append(a.written, ',')
	}
}

// arrayOf returns an array of values.
func arrayOf[V string | int64](values []V) string {
	array := arrayText{}
	for _, v := range values {
		array.add(v)
	}
	return array.text()
}

// arrayText is the text of an array under way, behind others that are complete.
type arrayText struct {
	written []byte
	start   int // of the array
}

// add adds a value: nil, a text, an int64, a bool or a time.
func (a *arrayText) add(value any) {
	a.begin()
	switch v := value.(type) {
	case nil:
		a.written = append(a.written, "NULL"...)
	case string:
		a.addText(v)
	case int64:
		a.written = strconv.AppendInt(a.written, v, 10)
	case bool:
		a.written = strconv.AppendBool(a.written, v)
	case time.Time:
		a.written = append(a.written, '"')
		a.written = v.UTC().AppendFormat(a.written, "2006-01-02 15:04:05.999999Z07:00")
		a.written = append(a.written, '"')
	}
}

// addText adds a text in quotes.
func (a *arrayText) addText(s string) {
	a.written = append(a.written, '"')
	done := 0
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			a.written = append(append(a.written, s[done:i]...), '\\')
			done = i
		}
	}
	a.written = append(append(a.written, s[done:]...), '"')
}

// end completes the array and returns it behind the others.
func (a *arrayText) end() []byte {
	if len(a.written) == a.start {
		return append(a.written, "{}"...)
	}
	return append(a.written, '}')
}

// text returns the array.
func (a *arrayText) text() string { return string(a.end()) }
