package web

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/graph"
	"callbook/jobs"
	"callbook/model"
	"callbook/text"
)

// readVariables returns the variables of an operation that parameters of an address give. Lists are parameters that
// come several times, input objects are JSON, and a DateTime may be milliseconds since 1970. It returns BAD_USER_INPUT
// for all that are missing, unknown, or of another type, each with its name; ranges the operation checks.
func readVariables(operation *ast.OperationDefinition, parameters url.Values) (map[string]any, error) {
	var errs model.Errors
	variables := map[string]any{}
	names := []string{}
	for _, v := range operation.VariableDefinitions {
		names = append(names, v.Variable)
		values, isGiven := parameters[v.Variable]
		if !isGiven {
			if v.Type.NonNull && v.DefaultValue == nil {
				errs = append(errs, model.BadInput(v.Variable, "is missing; it is of the type %s", v.Type))
			}
			continue
		}
		value, err := readVariable(v.Variable, v.Type, values)
		if err != nil {
			errs = append(errs, model.AsErrors(err)...)
			continue
		}
		variables[v.Variable] = value
	}
	for name := range parameters {
		if !slices.Contains(names, name) {
			errs = append(errs, model.BadInput("", "there is no parameter %s: %s", text.Quote(name), thereAre(names)))
		}
	}
	return variables, errs.Err()
}

func thereAre(names []string) string {
	if len(names) == 0 {
		return "the query has none"
	}
	return "there are " + strings.Join(names, ", ")
}

// readVariable returns the value of a type that a parameter has.
func readVariable(name string, typ *ast.Type, values []string) (any, error) {
	if typ.Elem != nil {
		list := make([]any, len(values))
		for i, value := range values {
			var err error
			if list[i], err = readVariable(name, typ.Elem, []string{value}); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	if len(values) > 1 {
		return nil, model.BadInput(name, "comes %d times; it is no list", len(values))
	}
	return readScalar(name, typ.NamedType, values[0])
}

// wholeNumber is how a whole number is written, numberText any number.
var (
	wholeNumber = regexp.MustCompile(`^-?\d{1,18}$`)
	numberText  = regexp.MustCompile(`^-?\d+(\.\d+)?([eE][-+]?\d+)?$`)
)

// readScalar returns the value of a type, no list, that a text is.
func readScalar(name, typeName, value string) (any, error) {
	switch typeName {
	case "Int":
		if !wholeNumber.MatchString(value) {
			return nil, model.BadInput(name, "must be a whole number, not %s", text.Quote(value))
		}
		return json.Number(value), nil
	case "Float":
		if !numberText.MatchString(value) {
			return nil, model.BadInput(name, "must be a number, not %s", text.Quote(value))
		}
		return json.Number(value), nil
	case "Boolean":
		if value != "true" && value != "false" {
			return nil, model.BadInput(name, "must be true or false, not %s", text.Quote(value))
		}
		return value == "true", nil
	case "DateTime":
		return readInstant(name, value)
	}
	return readSchemaValue(name, typeName, value)
}

// readSchemaValue returns the value of an enum, an input object or a scalar that is a text.
func readSchemaValue(name, typeName, value string) (any, error) {
	definition := graph.Schema().Types[typeName]
	switch {
	case definition != nil && definition.Kind == ast.InputObject || typeName == "JSON":
		return jobs.ReadJSON(name, value)
	case definition != nil && definition.Kind == ast.Enum && definition.EnumValues.ForName(value) == nil:
		names := make([]string, len(definition.EnumValues))
		for i, known := range definition.EnumValues {
			names[i] = known.Name
		}
		return nil, model.BadInput(name, "must be one of %s", strings.Join(names, ", "))
	}
	return value, nil
}

// readInstant returns an instant, which may be written as milliseconds since 1970, as DateTime is.
func readInstant(name, value string) (any, error) {
	if wholeNumber.MatchString(value) {
		millis, _ := strconv.ParseInt(value, 10, 64) // it has at most 18 digits
		value = time.UnixMilli(millis).UTC().Format(time.RFC3339Nano)
	}
	if _, err := model.UnmarshalDateTime(value); err != nil {
		return nil, model.BadInput(name, "must be a time as 2024-05-17T08:00:00Z, or milliseconds since 1970, not %s",
			text.Quote(value))
	}
	return value, nil
}
