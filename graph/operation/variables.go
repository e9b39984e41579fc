package operation

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/graph"
	"callbook/model"
)

// checkVariableSizes refuses variables that are nested too deep, or with too long a list (LIMIT_EXCEEDED), also those
// that the operation has not declared.
func (o *preparedOperation) checkVariableSizes(variables map[string]any, limits Limits) *gqlerror.Error {
	for name, value := range variables {
		problem := checkValueSize(value, 1, limits)
		if problem == nil {
			continue
		}
		path := ast.Path{ast.PathName(name)}
		if definition := o.VariableDefinitions.ForName(name); definition != nil {
			path = o.uses.of(definition)[0].path
		}
		err := problem.under(path...).err()
		place, _ := err.Extensions[graph.InputPathExtension].(ast.Path)
		err.Err = model.LimitExceeded(graph.InputField(place), "%s", problem.message)
		return err
	}
	return nil
}

func checkValueSize(value any, depth int, limits Limits) *valueProblem {
	if depth > limits.VariableDepth {
		return problemOf("is nested more than %d deep", limits.VariableDepth)
	}
	switch value := value.(type) {
	case map[string]any:
		for name, child := range value {
			if problem := checkValueSize(child, depth+1, limits); problem != nil {
				return problem.under(ast.PathName(name))
			}
		}
	case []any:
		if len(value) > limits.ListSize {
			return problemOf("has a list of %d; at most %d", len(value), limits.ListSize)
		}
		for i, child := range value {
			if problem := checkValueSize(child, depth+1, limits); problem != nil {
				return problem.under(ast.PathIndex(i))
			}
		}
	}
	return nil
}
