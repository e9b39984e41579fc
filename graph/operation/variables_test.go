package operation

import (
	"encoding/json"
	"testing"

	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

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

func TestIntErrors(t *testing.T) {
	const corrected = "must be a whole number of 32 bits, written without fraction and exponent"
	number := func(s string) any { return json.Number(s) }
	for _, c := range []struct {
		source    string
		variables map[string]any
		want      string
	}{
		{"query($n:Int){int(n:$n)}", map[string]any{"n": number("1.5")}, corrected},
		{"query($n:Int){int(n:$n)}", map[string]any{"n": number("1e3")}, corrected},
		{"query($n:Int){int(n:$n)}", map[string]any{"n": number("9223372036854775808")}, corrected},
		{"query($n:Int!){int(n:$n)}", map[string]any{}, "must be defined"},
		{"query($n:Int){int(n:$n)}", map[string]any{"n": true}, "cannot use bool as Int"},
		{"query($m:Int!,$n:Int){int(n:$n,must:$m)}", map[string]any{"n": number("1.5")}, "must be defined"},
	} {
		op := valid(t, c.source).Operations[0]
		_, err := validator.VariableValues(smallSchema, op, c.variables)
		located, ok := err.(*gqlerror.Error) //nolint:errorlint // gqlparser returns it as it is
		if !ok {
			t.Fatalf("%s with %v: %v, want an error", c.source, c.variables, err)
		}
		correctIntErrors(gqlerror.List{located}, op, c.variables)
		if located.Message != c.want {
			t.Errorf("%s with %v: %q, want %q", c.source, c.variables, located.Message, c.want)
		}
	}
}
