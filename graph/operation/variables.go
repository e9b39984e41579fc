package operation

import (
	"encoding/json"

	"github.com/99designs/gqlgen/graphql/errcode"
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

// checkIntVariables refuses numbers with a fraction or an exponent, or of more than 64 bits, for variables of type Int
// (GRAPHQL_VALIDATION_FAILED): Int, Input Coercion, GraphQL specification. gqlparser refuses them too, and names
// another value than was sent.
func checkIntVariables(op *ast.OperationDefinition, variables map[string]any) gqlerror.List {
	for _, v := range op.VariableDefinitions {
		number, isNumber := variables[v.Variable].(json.Number)
		if !isNumber || v.Type.NamedType != "Int" {
			continue
		}
		if _, err := number.Int64(); err != nil {
			path := ast.Path{ast.PathName("variable"), ast.PathName(v.Variable)}
			err := gqlerror.ErrorPathf(path,
				"must be a whole number of 32 bits, written without fraction and exponent")
			return gqlerror.List{withCode(err, errcode.ValidationFailed)}
		}
	}
	return nil
}
