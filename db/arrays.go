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
	all := make([]any, len(columns))
	for i, c := range columns {
		array := arrayText{}
		for _, row := range values {
			array.addField(c, c.of(row))
		}
		all[i] = array.text()
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
	if a.written == nil {
		a.written = append(make([]byte, 0, 1024), '{')
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

// arrayText is the text of an array under way.
type arrayText struct{ written []byte }

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

// text returns the array.
func (a *arrayText) text() string {
	if a.written == nil {
		return "{}"
	}
	return string(append(a.written, '}'))
}
