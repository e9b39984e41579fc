package operation

import (
	"encoding/json"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/model"
)

// checkVariableSizes refuses variables that are nested too deep, or with too long a list (LIMIT_EXCEEDED).
func checkVariableSizes(variables map[string]any, limits Limits) *model.Error {
	for name, value := range variables {
		if err := checkValueSize(value, 1, limits); err != nil {
			err.Field = name
			return err
		}
	}
	return nil
}

func checkValueSize(value any, depth int, limits Limits) *model.Error {
	if depth > limits.VariableDepth {
		return model.LimitExceeded("", "is nested more than %d deep", limits.VariableDepth)
	}
	switch value := value.(type) {
	case map[string]any:
		for _, child := range value {
			if err := checkValueSize(child, depth+1, limits); err != nil {
				return err
			}
		}
	case []any:
		if len(value) > limits.ListSize {
			return model.LimitExceeded("", "has a list of %d; at most %d", len(value), limits.ListSize)
		}
		for _, child := range value {
			if err := checkValueSize(child, depth+1, limits); err != nil {
				return err
			}
		}
	}
	return nil
}

// correctIntErrors corrects gqlparser's message where it refused a number with a fraction or an exponent, or of more
// than 64 bits, for a variable of type Int (Int, Input Coercion, GraphQL specification): it names another value than
// was sent.
func correctIntErrors(errs gqlerror.List, op *ast.OperationDefinition, variables map[string]any) {
	for _, e := range errs {
		if len(e.Path) != 2 || e.Path[0] != ast.PathName("variable") {
			continue
		}
		name, _ := e.Path[1].(ast.PathName)
		v := op.VariableDefinitions.ForName(string(name))
		number, isNumber := variables[string(name)].(json.Number)
		if v == nil || !isNumber || v.Type.NamedType != "Int" {
			continue
		}
		if _, err := number.Int64(); err != nil {
			e.Message = "must be a whole number of 32 bits, written without fraction and exponent"
		}
	}
}
