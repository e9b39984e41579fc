package operation

import (
	"testing"

	"callbook/model"
)

func TestNullVariables(t *testing.T) {
	null := map[string]any{"n": nil, "b": nil}
	for _, c := range []struct {
		source    string
		variables map[string]any
		wrong     string
	}{
		{"query($n:Int){int(n:$n)}", null, ""},
		{"query($n:Int=1){int(must:$n)}", null, "n"},
		{"query($n:Int=1){int(must:$n)}", map[string]any{}, ""},
		{"query($n:Int=1){int(must:$n)}", map[string]any{"n": 2}, ""},
		{"query($n:Int=1){int(list:[1,$n])}", null, "n"},
		{"query($n:Int=1){a:int ...{b:int(must:$n)}}", null, "n"},
		{"query($n:Int=1){...F} fragment F on Query{int(must:$n)}", null, "n"},
		{"query($b:Boolean=true){name@skip(if:$b)}", null, "b"},
		{"query($b:Boolean=true){...@include(if:$b){name}}", null, "b"},
		{"query($b:Boolean=true){...F@include(if:$b)} fragment F on Query{name}", null, "b"},
		{"query($b:Boolean=true){item{name@include(if:$b)}}", null, "b"},
		{"query($b:Boolean=true,$n:Int=1){item(on:$b){name} int(must:$n)}", null, "b"},
	} {
		code := model.ErrorCode("")
		if c.wrong != "" {
			code = model.ErrorCodeBadUserInput
		}
		got := checkNullVariables(valid(t, c.source).Operations[0], c.variables)
		checkError(t, c.source, got, code, c.wrong)
	}
}
