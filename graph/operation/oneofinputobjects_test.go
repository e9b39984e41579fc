package operation

import (
	"testing"

	"callbook/model"
)

func TestOneOfInputObjects(t *testing.T) {
	o := newOneOfInputObjects(smallSchema)
	for name, want := range map[string]bool{"By": true, "Patch": true, "Int": false} {
		if o.holds[name] != want {
			t.Errorf("holds[%s] = %v, want %v", name, o.holds[name], want)
		}
	}
	object := func(fields ...any) map[string]any {
		m := map[string]any{}
		for i := 0; i < len(fields); i += 2 {
			m[fields[i].(string)] = fields[i+1]
		}
		return m
	}
	for _, c := range []struct {
		typ   string
		value any
		wrong string // where; empty for a value that is right
	}{
		{"By", object("key", "a"), ""},
		{"By", nil, ""},
		{"By", object(), "v"},
		{"By", object("key", "a", "keys", []any{}), "v"},
		{"By", object("key", nil), "v.key"},
		{"By", object("key", "a", "keys", nil), "v.keys"},
		{"By", object("patch", object("by", object())), "v.patch.by"},
		{"Patch", object("name", "x"), ""},
		{"Patch", object("name", nil, "by", nil), ""},
		{"Patch", object("by", object("key", "a")), ""},
		{"Patch", object("inner", object("by", object())), "v.inner.by"},
		{"Patch", object("all", []any{object("key", "a"), object()}), "v.all.1"},
		{"Patch", object("all", object()), "v.all"},
		{"[By]", []any{object("key", "a"), nil}, ""},
		{"[By]", []any{object()}, "v.0"},
		{"[[By]]", []any{[]any{object("key", "a"), object()}}, "v.0.1"},
		{"[[By]]", object(), "v"},
		{"Int", 1, ""},
		{"By", "text", ""}, // of the wrong type: gqlparser refuses it
	} {
		op := parsed(t, "query($v:"+c.typ+",$other:By){a}").Operations[0]
		code := model.ErrorCode("")
		if c.wrong != "" {
			code = model.ErrorCodeBadUserInput
		}
		checkError(t, c.typ, o.check(op, map[string]any{"v": c.value}), code, c.wrong)
	}
}
