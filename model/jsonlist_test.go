package model_test

import (
	"reflect"
	"testing"

	"callbook/model"
)

func TestJSONList(t *testing.T) {
	for _, c := range []struct {
		list []string
		want string
	}{
		{nil, `[]`}, {[]string{}, `[]`}, {[]string{"价", `"`}, `["价","\""]`}, {[]string{`\u0000`}, `["\\u0000"]`},
	} {
		got, err := model.JSONList[string]{V: c.list}.Value()
		if err != nil || got != c.want {
			t.Errorf("Value of %q = %v, %v, want %s", c.list, got, err, c.want)
		}
		for _, src := range []any{c.want, []byte(c.want)} {
			var read model.JSONList[string]
			if err := read.Scan(src); err != nil || len(read.V) != len(c.list) || len(c.list) > 0 &&
				!reflect.DeepEqual(read.V, c.list) {
				t.Errorf("Scan of %s = %q, %v, want %q", src, read.V, err, c.list)
			}
		}
	}
	var list model.JSONList[string]
	for _, src := range []any{nil, 7, "x"} {
		if err := list.Scan(src); err == nil {
			t.Errorf("Scan of %v is no error", src)
		}
	}
}
