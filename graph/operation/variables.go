package operation

import (
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
