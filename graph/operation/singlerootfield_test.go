package operation

import (
	"testing"

	"github.com/vektah/gqlparser/v2/validator"
)

func TestSingleRootField(t *testing.T) {
	for source, want := range map[string]int{
		"subscription{changed{name}}":                                                                  0,
		"subscription{a:changed{name}}":                                                                0,
		"subscription{changed{name} changed{parent{name}}}":                                            0,
		"subscription{...F} fragment F on Subscription{changed{name}}":                                 0,
		"subscription{...{changed{name}}}":                                                             0,
		"{name dear}":                                                                                  0,
		"subscription{a:changed{name} b:changed{name}}":                                                1,
		"subscription{changed{name} ...{b:changed{name}}}":                                             1,
		"subscription{changed@skip(if:false){name}}":                                                   1,
		"subscription{changed@include(if:true){name}}":                                                 1,
		"subscription{...@include(if:true){changed{name}}}":                                            1,
		"subscription{...F@skip(if:false)} fragment F on Subscription{changed{name}}":                  1,
		"subscription A{a:changed{name} b:changed{name}} subscription B{changed@skip(if:false){name}}": 2,
	} {
		if errs := validator.ValidateWithRules(smallSchema, valid(t, source), ownRules); len(errs) != want {
			t.Errorf("%s has the errors %v, want %d", source, errs, want)
		}
	}
}
