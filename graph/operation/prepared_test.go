package operation

import (
	"encoding/json"
	"maps"
	"reflect"
	"testing"

	"github.com/vektah/gqlparser/v2/validator"
)

// TestCoerce compares coerced variables with those of gqlparser.
func TestCoerce(t *testing.T) {
	for _, c := range []struct {
		name, source string
		given        map[string]any
		isLone       bool
	}{
		{"no variables", `{name}`, map[string]any{"undeclared": 1}, false},
		{"a number", `query($n:Int){int(n:$n)}`, map[string]any{"n": json.Number("7")}, false},
		{"a number that is left out", `query($n:Int){int(n:$n)}`, nil, false},
		{"null", `query($n:Int){int(n:$n)}`, map[string]any{"n": nil}, false},
		{"a default", `query($n:Int=3){int(n:$n)}`, nil, false},
		{"null in place of a default", `query($n:Int=3){int(n:$n)}`, map[string]any{"n": nil}, false},
		{"a number beyond 64 bits", `query($n:Int){int(n:$n)}`, map[string]any{"n": json.Number("99999999999999999999")},
			false},
		{"a truth", `query($b:Boolean!){name@include(if:$b)}`, map[string]any{"b": true, "undeclared": 1}, false},
		{"a list", `query($l:[Int!]!){int(list:$l)}`, map[string]any{"l": []any{json.Number("1")}}, false},
		{"a number for a list", `query($l:[Int!]!){int(list:$l)}`, map[string]any{"l": json.Number("1")}, true},
		{"an object", `query($p:Patch){item(patch:$p){name}}`, map[string]any{"p": map[string]any{"name": "x"}}, false},
		{"an object in an object", `query($p:Patch){item(patch:$p){name}}`,
			map[string]any{"p": map[string]any{"inner": map[string]any{"name": "x"}, "list": []any{"a", nil}}}, false},
		{"a text for a list in an object in a list", `query($p:Patch){item(patch:$p){name}}`,
			map[string]any{"p": map[string]any{"all": []any{map[string]any{"keys": []any{"k"}},
				map[string]any{"patch": map[string]any{"list": "a", "note": nil}}}}}, true},
	} {
		operation := prepare(smallSchema, valid(t, c.source)).prepared[0]
		if got := operation.hasLoneElement(c.given); got != c.isLone {
			t.Errorf("%s: a value stands for a list: got %v, want %v", c.name, got, c.isLone)
		}
		want, wantErr := validator.VariableValues(smallSchema, operation.OperationDefinition, c.given)
		got, err := operation.coerce(c.given)
		got = maps.Clone(got)
		delete(got, "undeclared") // nothing asks for it
		if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) || (err == nil) != (wantErr == nil) {
			t.Errorf("%s: got %#v and the error %v, want %#v and %v", c.name, got, err, want, wantErr)
		}
	}
}

// TestPreparedOperation finds operations by their names.
func TestPreparedOperation(t *testing.T) {
	several := prepare(smallSchema, valid(t, `query A{name} query B{dear}`))
	one := prepare(smallSchema, valid(t, `query A{name}`))
	for _, c := range []struct {
		document *preparedDocument
		name     string
		want     string
	}{{several, "A", "A"}, {several, "B", "B"}, {several, "", ""}, {several, "C", ""}, {one, "", "A"}, {one, "B", ""}} {
		got := ""
		if o := c.document.operation(c.name); o != nil {
			got = o.Name
		}
		if got != c.want {
			t.Errorf("the operation %q of %d: got %q, want %q", c.name, len(c.document.prepared), got, c.want)
		}
	}
}
