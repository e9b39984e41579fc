package operation

import (
	"testing"

	"callbook/model"
)

func TestVariableSizes(t *testing.T) {
	limits := Limits{VariableDepth: 3, ListSize: 2}
	for _, c := range []struct {
		value any
		want  string
	}{
		{nil, ""},
		{"text", ""},
		{[]any{1, 2}, ""},
		{[]any{1, 2, 3}, "v: has a list of 3; at most 2"},
		{map[string]any{"a": []any{1, 2, 3}}, "v: has a list of 3; at most 2"},
		{map[string]any{"a": 1, "b": 2, "c": 3}, ""},
		{[]any{[]any{1}}, ""},
		{[]any{[]any{[]any{}}}, ""},
		{[]any{[]any{[]any{1}}}, "v: is nested more than 3 deep"},
		{map[string]any{"a": map[string]any{"b": map[string]any{"c": nil}}}, "v: is nested more than 3 deep"},
	} {
		got := ""
		if err := checkVariableSizes(map[string]any{"v": c.value, "fine": 1}, limits); err != nil {
			got = err.Error()
			checkError(t, c.want, err, model.ErrorCodeLimitExceeded, "v")
		}
		if got != c.want {
			t.Errorf("checkVariableSizes(%v) = %q, want %q", c.value, got, c.want)
		}
	}
}
