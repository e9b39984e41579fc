package operation

import (
	"reflect"
	"testing"
)

func TestSizedCache(t *testing.T) {
	c := newSizedCache[string](3, 10)
	add := func(key string, bytes int) func() { return func() { c.add(key, "value of "+key, bytes) } }
	get := func(key string) func() { return func() { c.get(key) } }
	for _, step := range []struct {
		name  string
		do    func()
		keys  []string // the one used longest ago first
		bytes int
	}{
		{"a first entry", add("a", 4), []string{"a"}, 4},
		{"a second", add("b", 4), []string{"a", "b"}, 8},
		{"a is used", get("a"), []string{"b", "a"}, 8},
		{"c takes the place of b", add("c", 4), []string{"a", "c"}, 8},
		{"a grows", add("a", 6), []string{"c", "a"}, 10},
		{"a shrinks", add("a", 1), []string{"c", "a"}, 5},
		{"d is small", add("d", 1), []string{"c", "a", "d"}, 6},
		{"four entries are too many", add("e", 1), []string{"a", "d", "e"}, 3},
		{"one fills all", add("f", 10), []string{"f"}, 10},
		{"one is larger than all", add("g", 11), []string{}, 0},
		{"nothing is there", get("g"), []string{}, 0},
	} {
		step.do()
		if got := c.entries.Keys(); !reflect.DeepEqual(got, step.keys) || c.bytes != step.bytes {
			t.Errorf("%s: keys %v of %d bytes, want %v of %d", step.name, got, c.bytes, step.keys, step.bytes)
		}
	}
	c.add("h", "value", 1)
	if got, ok := c.get("h"); !ok || got != "value" {
		t.Errorf("get(h) = %q, %v, want what was added", got, ok)
	}
	if got, ok := c.get("missing"); ok || got != "" {
		t.Errorf("get(missing) = %q, %v, want nothing", got, ok)
	}
}
