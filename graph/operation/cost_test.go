package operation

import (
	"encoding/json"
	"testing"
)

func TestPrice(t *testing.T) {
	number := func(s string) any { return json.Number(s) }
	for _, c := range []struct {
		name, source string
		variables    map[string]any
		want         price
	}{
		{"a scalar is free", "{name __typename}", nil, price{}},
		{"a scalar with a cost", "{dear a:dear}", nil, price{14, 14}},
		{"an object", "{item{name}}", nil, price{3, 2}},
		{"an object with a dear field", "{item{dear}}", nil, price{2 + 1 + 3, 2}},
		{"arguments of a leaf", `{item{priced(by:"x")}}`, nil, price{2 + 1 + 6, 2}},
		{"what costs once", `{sliced(first:9){once(filter:"x") a:once}}`, nil, price{9 + 24 + 4, 28}},
		{"what costs once in an empty list", `{sliced(first:0){once}}`, nil, price{4, 4}},
		{"nested objects", "{item{parent{parent{name}}}}", nil, price{2 + 1 + 1 + 1, 2}},
		{"a list without a size", "{plainList{name}}", nil, price{10, 0}},
		{"a list of scalars is free", "{item{tags}}", nil, price{3, 2}},
		{"an assumed size", "{assumed{dear}}", nil, price{3 * 4, 0}},
		{"the default of a slicing argument", "{sliced{name}}", nil, price{4, 0}},
		{"a slicing argument", "{sliced(first:9){name}}", nil, price{9, 0}},
		{"the greatest of the slicing arguments", "{sliced(first:2,last:6){name}}", nil, price{6, 0}},
		{"0 of a list", "{sliced(first:0){dear}}", nil, price{0, 0}},
		{"less than 0 of a list", "{sliced(first:-5){name}}", nil, price{0, 0}},
		{"null as a slicing argument", "{sliced(first:null){name}}", nil, price{3, 0}},
		{"a variable", "query($n:Int){sliced(first:$n){name}}", map[string]any{"n": number("8")}, price{8, 0}},
		{"a coerced variable", "query($n:Int){sliced(first:$n){name}}", map[string]any{"n": int64(8)}, price{8, 0}},
		{"a variable beyond 64 bits", "query($n:Int){sliced(first:$n){name}}",
			map[string]any{"n": number("99999999999999999999")}, price{3, 0}},
		{"a variable as large as 63 bits", "query($n:Int){sliced(first:$n){parent{name}}}",
			map[string]any{"n": number("9223372036854775807")}, price{maxCount, 0}},
		{"keys", `{byKeys(keys:["a","b"]){name}}`, nil, price{2, 0}},
		{"one key in place of a list", `{byKeys(keys:"a"){name}}`, nil, price{1, 0}},
		{"keys in an input object", `{byKeys(by:{keys:["a","b","c","d"]}){name}}`, nil, price{4, 0}},
		{"keys in a variable", `query($b:By){byKeys(by:$b){name}}`,
			map[string]any{"b": map[string]any{"keys": []any{"a", "b"}}}, price{2, 0}},
		{"no keys", `{byKeys(by:{key:"a"}){name}}`, nil, price{3, 0}},
		{"sized fields", "{page(first:6){nodes{name} edges{node{dear}} count}}", nil,
			price{1 + 6 + 6*(1+1+3) + 5, 0}},
		{"sized fields without a size", "{page{nodes{dear}}}", nil, price{1, 0}},
		{"a list with sized fields", "{pages(first:2){nodes{name}}}", nil, price{10 * (1 + 2), 0}},
		{"sizes end at the next object", "{page(first:6){nodes{parent{parent{name}}}}}", nil, price{1 + 6*3, 0}},
		{"skip", "{dear@skip(if:true) a:dear@skip(if:false)}", nil, price{7, 7}},
		{"include", "{dear@include(if:false) a:dear@include(if:true)}", nil, price{7, 7}},
		{"skip and include", "{dear@include(if:true)@skip(if:true)}", nil, price{}},
		{"skip by a variable", "query($s:Boolean!){item@skip(if:$s){name}}", map[string]any{"s": true}, price{}},
		{"include by a variable", "query($s:Boolean!){item@include(if:$s){name}}", map[string]any{"s": true}, price{3, 2}},
		{"an inline fragment", "{...{dear} ...@skip(if:true){dear}}", nil, price{7, 7}},
		{"a fragment", "{...F ...F@include(if:false)} fragment F on Query{dear}", nil, price{7, 7}},
		{"a fragment below a sized field", "{page(first:6){...P}} fragment P on Page{nodes{name}}", nil, price{1 + 6, 0}},
		{"introspection", "{__schema{description} __type(name:\"A\"){name}}", nil, price{10_500, 0}},
		{"a price that saturates",
			"{sliced(first:2000000000){parent{name}} a:sliced(first:2000000000){parent{name}}}", nil, price{maxCount, 0}},
	} {
		operation := prepare(smallSchema, valid(t, c.source)).prepared[0]
		if got := operation.priceWith(&pricing{}, c.variables); got != c.want {
			t.Errorf("%s: the price of %s is %+v, want %+v", c.name, c.source, got, c.want)
		}
	}
}
