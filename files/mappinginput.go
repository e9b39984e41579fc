package files

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"callbook/model"
)

// Bounds of a mapping that comes over the API: a table has at most as many columns.
const (
	maxMappedColumns = 1000
	maxMappedValues  = 1000 // in all
	maxMappedText    = 2000 // characters
)

// MappingFrom returns the mapping that an input describes, with what is wrong with the input itself: BAD_USER_INPUT for
// a value or a constant that is there twice, LIMIT_EXCEEDED for a mapping that is too large. The errors are about
// mapping, with the places of the input. Mapping.Check says whether it fits a table; see PlacesIn.
func MappingFrom(in *model.ImportMappingInput) (m Mapping, errs model.Errors) {
	m.ClearsEmpty = in.ClearsEmpty
	values := 0
	for i, c := range in.Columns {
		column := MappedColumn{Column: c.Column, Field: optional(c.Field), DateFormat: optional(c.DateFormat)}
		at := fmt.Sprintf("columns.%d", i)
		errs = append(errs, checkMappedText(at+".column", c.Column)...)
		errs = append(errs, checkMappedText(at+".dateFormat", column.DateFormat)...)
		values += len(c.Values)
		var valueErrs model.Errors
		column.Values, valueErrs = mappedValues(at, c.Values)
		errs = append(errs, valueErrs...)
		m.Columns = append(m.Columns, column)
	}
	for i, c := range in.Constants {
		at := fmt.Sprintf("constants.%d", i)
		if m.Constants == nil {
			m.Constants = map[string]string{}
		}
		if _, isTaken := m.Constants[c.Field]; isTaken {
			errs = append(errs, badMapping(at+".field", "the field %.100q is there twice", c.Field))
		}
		errs = append(errs, checkMappedText(at+".value", c.Value)...)
		m.Constants[c.Field] = c.Value
	}
	if n := len(in.Columns); n > maxMappedColumns {
		errs = append(errs, model.LimitExceeded("mapping.columns", "are %d; at most %d", n, maxMappedColumns))
	}
	if values > maxMappedValues {
		errs = append(errs, model.LimitExceeded("mapping.columns", "have %d values in all; at most %d", values,
			maxMappedValues))
	}
	return m, errs
}

// mappedValues returns what values of a column mean.
func mappedValues(at string, in []*model.ImportValueInput) (values map[string]string, errs model.Errors) {
	seen := map[string]bool{}
	for i, v := range in {
		at := fmt.Sprintf("%s.values.%d", at, i)
		if seen[valueKey(v.From)] {
			errs = append(errs, badMapping(at+".from", "the value %.100q is there twice; case does not matter", v.From))
		}
		seen[valueKey(v.From)] = true
		errs = append(append(errs, checkMappedText(at+".from", v.From)...), checkMappedText(at+".to", v.To)...)
		if values == nil {
			values = map[string]string{}
		}
		values[v.From] = v.To
	}
	return values, errs
}

func checkMappedText(path, text string) model.Errors {
	if n := len([]rune(text)); n > maxMappedText {
		return model.Errors{model.LimitExceeded("mapping."+path, "has %d characters; at most %d", n, maxMappedText)}
	}
	return nil
}

// optional returns a text, empty where there is none.
func optional(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// PlacesIn returns errors of Mapping.Check with places as they are in the input of which the mapping was made: there
// constants are a list.
func PlacesIn(in *model.ImportMappingInput, errs model.Errors) model.Errors {
	const constants = "mapping.constants."
	placed := slices.Clone(errs)
	for i, err := range errs {
		field, isConstant := strings.CutPrefix(err.Field, constants)
		at := slices.IndexFunc(in.Constants, func(c *model.ImportConstantInput) bool { return c.Field == field })
		if isConstant && at >= 0 {
			placed[i] = model.InField(err, fmt.Sprintf("%s%d.field", constants, at))
		}
	}
	return placed
}

// Output returns the mapping as the API answers it, in an order that does not change.
func (m Mapping) Output() *model.ImportMapping {
	out := &model.ImportMapping{ClearsEmpty: m.ClearsEmpty, Columns: []*model.ImportColumn{},
		Constants: []*model.ImportConstant{}}
	for _, c := range m.Columns {
		column := &model.ImportColumn{Column: c.Column, Field: orNil(c.Field), DateFormat: orNil(c.DateFormat)}
		for _, from := range slices.Sorted(maps.Keys(c.Values)) {
			column.Values = append(column.Values, &model.ImportValue{From: from, To: c.Values[from]})
		}
		out.Columns = append(out.Columns, column)
	}
	for _, field := range slices.Sorted(maps.Keys(m.Constants)) {
		out.Constants = append(out.Constants, &model.ImportConstant{Field: field, Value: m.Constants[field]})
	}
	return out
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
