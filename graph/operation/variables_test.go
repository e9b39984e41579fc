package operation

import (
	"errors"
	"strings"
	"testing"

	"callbook/graph"
	"callbook/model"
)

func TestVariableSizes(t *testing.T) {
	limits := Limits{VariableDepth: 3, ListSize: 2}
	const uses = "query($v: [String!]) { calls(filter: {tags: {hasAny: $v}}) { totalCount } }"
	d := newDocuments(graph.Schema(), Options{Limits: DefaultLimits()})
	document, errs := d.load(t.Context(), uses)
	if errs != nil {
		t.Fatal(errs)
	}
	for _, c := range []struct {
		value any
		want  string
	}{
		{nil, ""},
		{"text", ""},
		{[]any{1, 2}, ""},
		{[]any{1, 2, 3}, ": has a list of 3; at most 2"},
		{map[string]any{"a": []any{1, 2, 3}}, ".a: has a list of 3; at most 2"},
		{map[string]any{"a": 1, "b": 2, "c": 3}, ""},
		{[]any{[]any{1}}, ""},
		{[]any{[]any{[]any{}}}, ""},
		{[]any{1, []any{[]any{1}}}, ".1.0.0: is nested more than 3 deep"},
		{map[string]any{"a": map[string]any{"b": map[string]any{"c": nil}}}, ".a.b.c: is nested more than 3 deep"},
	} {
		for name, place := range map[string]string{"v": "filter.tags.hasAny", "undeclared": "undeclared"} {
			variables := map[string]any{name: c.value, "fine": 1}
			err := document.prepared[0].checkVariableSizes(variables, limits)
			if err == nil {
				if c.want != "" {
					t.Errorf("$%s = %v is taken, want %s%s", name, c.value, place, c.want)
				}
				continue
			}
			place, _, _ := strings.Cut(place+c.want, ":")
			known, _ := errors.AsType[*model.Error](err.Err)
			checkError(t, name, known, model.ErrorCodeLimitExceeded, place)
			if !strings.HasSuffix(err.Message, c.want) || graph.InputField(inputPathOf(err)) != place {
				t.Errorf("$%s = %v is refused: %v at %v, want %s", name, c.value, err, inputPathOf(err), c.want)
			}
		}
	}
}
