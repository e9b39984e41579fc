package transport

import (
	"fmt"
	"strings"
	"testing"

	"callbook/graph/operation"
	"callbook/model"
)

// members returns the members of an object with n different names.
func members(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"n%d":0`, i)
	}
	return strings.Join(list, ",")
}

func TestDecodeJSON(t *testing.T) {
	limits := operation.Limits{ListSize: 3, Values: 200}
	const twice, half = "twice", "half a surrogate pair"
	for _, c := range []struct{ name, body, want string }{
		{"an object", `{"a":1,"b":[1,2,3],"c":{"a":"{[,:"}}`, ""},
		{"a name as a value", `{"a":"a","b":"a"}`, ""},
		{"a name in two objects", `[{"a":1},{"a":1}]`, ""},
		{"a name twice", `{"a":1,"a":2}`, twice},
		{"a name twice, once escaped", `{"a":1,"\u0061":2}`, twice},
		{"a name twice, deep", `{"a":[{"b":1,"c":{},"b":2}]}`, twice},
		{"a name twice after an object", `{"a":{"x":1},"a":2}`, twice},
		{"an empty name twice", `{"":1,"":2}`, twice},
		{"many names", "{" + members(50) + "}", ""},
		{"many names, one twice", "{" + members(50) + `,"n0":1}`, twice},
		{"seventeen names, one twice", "{" + members(17) + `,"n16":1}`, twice},
		{"a surrogate pair", `{"a":"\ud83d\ude00"}`, ""},
		{"half a pair", `{"a":"\ud83d"}`, half},
		{"half a pair in a name", `{"\ude00":1}`, half},
		{"two first halves", `["\ud83d\ud83d"]`, half},
		{"an escaped backslash", `["\\ud83d"]`, ""},
		{"an escaped quote", `{"a\"":1,"a":2}`, ""},
		{"a list of three", `[1,2,3]`, ""},
		{"a list of four", `[1,2,3,4]`, "more than 3 elements"},
		{"four objects", `[{},{},{},{}]`, "more than 3 elements"},
		{"a list of four in an object", `{"a":[1,2,3,4]}`, "more than 3 elements"},
		{"too many values", "{" + members(250) + "}", "more than 200 values"},
		{"too many values in small lists", "[" + strings.Repeat("[1,2,3],", 2) + "[" + strings.Repeat("{", 60) + "", ""},
		{"as deep as may be", strings.Repeat("[", operation.MaxNesting), ""},
		{"too deep", strings.Repeat("[", operation.MaxNesting+1), "nested more than 100 deep"},
		{"no JSON", `}],:"`, ""},
		{"a name that is no JSON", `{"\x":1,"\x":2}`, ""},
	} {
		got := ""
		d := jsonDecoder{body: c.body, limits: limits}
		_, err := d.value()
		if err != nil && err != errNotObject {
			got = err.Message
		}
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		isLimit := strings.Contains(c.want, "more than")
		if err != nil && err != errNotObject && isLimit != (err.Code == model.ErrorCodeLimitExceeded) {
			t.Errorf("%s: %s, want LIMIT_EXCEEDED: %v", c.name, err.Code, isLimit)
		}
	}
}
