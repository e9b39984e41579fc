package db

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"callbook/model"
	"callbook/text"
)

// rowForm says how a row is written as JSON.
type rowForm struct {
	withNulls  bool     // columns without a value, and empty lists, too
	tags       []string // stand under tags, unless nil
	timeLayout string
}

// appendRow appends a row as a JSON object of the columns of a set, by name.
func (t *rowTable) appendRow(out []byte, set columnSet, row reflect.Value, form rowForm) []byte {
	out = append(out, '{')
	start := len(out)
	for i := range t.columns {
		c := &t.columns[i]
		if set.has(i) && (form.withNulls || !c.isEmpty(row)) {
			out = c.appendValue(appendName(out, start, c.name), row, form.timeLayout)
		}
	}
	if form.tags != nil {
		out = append(appendName(out, start, "tags"), '[')
		for i, tag := range form.tags {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendJSONText(out, tag)
		}
		out = append(out, ']')
	}
	return append(out, '}')
}

// appendName appends the name of a value of an object whose values begin at start.
func appendName(out []byte, start int, name string) []byte {
	if len(out) > start {
		out = append(out, ',')
	}
	return append(append(append(out, '"'), name...), `":`...)
}

// isEmpty reports whether a row has no value of the column, or an empty list.
func (c *rowColumn) isEmpty(row reflect.Value) bool {
	v := c.of(row)
	if v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]() {
		return v.Field(0).Len() == 0 // a model.JSONList
	}
	return c.isNull(row)
}

// appendValue appends a row's value of the column as JSON.
func (c *rowColumn) appendValue(out []byte, row reflect.Value, timeLayout string) []byte {
	v := c.of(row)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return append(out, "null"...)
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.String:
		return appendJSONText(out, v.String())
	case reflect.Int, reflect.Int64:
		return strconv.AppendInt(out, v.Int(), 10)
	case reflect.Bool:
		return strconv.AppendBool(out, v.Bool())
	}
	if at, isTime := reflect.TypeAssert[time.Time](v); isTime {
		out = append(out, '"')
		return append(at.UTC().AppendFormat(out, timeLayout), '"')
	}
	return append(out, c.valueOf(v).(string)...)
}

// readRow writes the columns of a JSON object that appendRow made to a row, a pointer to its struct, and returns the
// tags that stand there; nil where there are none.
func (t *rowTable) readRow(object string, row any) (tags []string, err error) {
	var values map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &values); err != nil {
		return nil, fmt.Errorf("an event has a row that is no JSON: %w", err)
	}
	to := reflect.ValueOf(row).Elem()
	for i := range t.columns {
		c := &t.columns[i]
		value, isThere := values[c.name]
		if !isThere {
			continue
		}
		field := c.of(to).Addr().Interface()
		if list, isList := field.(sql.Scanner); isList {
			err = list.Scan(string(value))
		} else {
			err = json.Unmarshal(value, field)
		}
		if err != nil {
			return nil, fmt.Errorf("an event has a row with a bad %s: %w", c.name, err)
		}
	}
	if list, isThere := values["tags"]; isThere {
		err = json.Unmarshal(list, &tags)
	}
	refold(row)
	return tags, err
}

// refold computes the columns that events do without.
func refold(row any) {
	switch r := row.(type) {
	case *model.Call:
		r.NameFold, r.SubjectFold = text.FoldColumn(r.Name), text.FoldColumn(r.Subject)
		r.CallAgendaFold, r.DescriptionFold = text.FoldColumn(r.CallAgenda), text.FoldColumn(r.Description)
		r.CallerIDFold = text.FoldColumn(r.StoredCallerID)
		r.DialledNumberFold = text.FoldColumn(r.StoredDialledNumber)
	case *model.CallRecord:
		r.CalledNumberFold = text.FoldColumn(r.StoredPhoneNumber)
		if r.StoredPhoneNumber != nil {
			r.CalledPhoneDigits = new(text.PhoneDigits(*r.StoredPhoneNumber))
		}
	case *model.Task:
		r.SubjectFold = text.FoldColumn(&r.Subject)
	}
}
