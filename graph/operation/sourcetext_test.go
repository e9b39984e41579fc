package operation

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/model"
)

func TestPrepareSource(t *testing.T) {
	for in, want := range map[string]string{
		``:                            ``,
		`{a}`:                         `{a}`,
		`{a(b:"\u00e9\n\"")}`:         `{a(b:"\u00e9\n\"")}`,
		`{a(b:"\ud83d\ude00")}`:       `{a(b:"😀")}`,
		`{a(b:"\u{1F600}x\u{4e2d}")}`: `{a(b:"😀x\u4E2D")}`,
		`{a(b:"\u{41}\u{22}\u{81}")}`: `{a(b:"\u0041\u0022\u0081")}`,
		`{a(b:"\u{0001F600}\u{4}")}`:  `{a(b:"😀\u0004")}`,
		`{a(b:"\\u{1F600}")}`:         `{a(b:"\\u{1F600}")}`,
		`{a(b:"""\u{1F600}""")}`:      `{a(b:"""\u{1F600}""")}`,
		`{a(b:"""\""" \u{1F600}""")}`: `{a(b:"""\""" \u{1F600}""")}`,
		`{a(b:"""`:                    `{a(b:"""`,
		"# \"\\ud83d\n{a}":            "# \"\\ud83d\n{a}",
		`{a} # "\ud83d`:               `{a} # "\ud83d`,
		`{a(b:"\u12")}`:               `{a(b:"\u12")}`, // the parser refuses it
		`{a(b:"\`:                     `{a(b:"\`,
		`{a(b:"x`:                     `{a(b:"x`,
		`"{{{" "\ud83d\ude00" "z"`:    `"{{{" "😀" "z"`,

		`{a(b:["""x""""y"])}`:          `{a(b:["""x""" "y"])}`,
		"query($a:ID=\"\n$b:ID){c}":    "query($a:ID=\"\n$b:ID){c}", // a string that does not end, and no description
		`{a(b:""""""c:1)}`:             `{a(b:""""""c:1)}`,
		"{a(b:\"\x01\x1f\t\")}":        "{a(b:\"\\u0001\\u001F\t\")}",
		"{a} #\x00\x7f\ufeff\n{b\x01}": "{a} # \x7f\ufeff\n{b\x01}",
		`{a(b:-1.5e+3,c:0x:-0)}`:       "refused",
		`{a(b:-1.5e+3,c:0[1,2.5]e:-)}`: `{a(b:-1.5e+3,c:0[1,2.5]e:-)}`,
		`{a(first:1offset:1)}`:         "refused",
		`{a(first:1.)}`:                "refused",
		`{a(first:1.2.3)}`:             "refused",
		`{a(first:1e)}`:                "refused",
		`{a(first:1_)}`:                "refused",

		`"d" query Q{a}`:                       `    query Q{a}`,
		"\"\"\"d\n\"e\"\r\"\"\"\n#c\nquery{a}": "    \n   \r   \n#c\nquery{a}",
		`"\u{1F600}" fragment F on T{a}`:       `            fragment F on T{a}`,
		`{a} "d" mutation{a}`:                  `{a}     mutation{a}`,
		`"d" {a}`:                              `"d" {a}`,
		`"d" "e" query{a}`:                     `"d" "e" query{a}`,
		`"d" queryQ{a}`:                        `"d" queryQ{a}`,
		`"d" type T{a:A}`:                      `"d" type T{a:A}`,
		`query("d"$v:A="x"$w:A="y""e"$z:A){a}`: `query(   $v:A="x"$w:A="y"   $z:A){a}`,
		"query($v:A=\ufeff\"x\"$w:A){a}":       "query($v:A=\ufeff\"x\"$w:A){a}",
		`{a(b:["x"$v])}`:                       `{a(b:["x"$v])}`,
	} {
		got, err := prepareSource(in)
		if want == "refused" && err != nil && err[0].Extensions["code"] == errcode.ParseFailed {
			continue
		}
		if err != nil || got != want {
			t.Errorf("prepareSource(%s) = %s, %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{`{a(b:"\ud83d")}`, `{a(b:"\ude00\ud83d")}`, `{a(b:"\u{110000}")}`, `{a(b:"\u{}")}`} {
		_, errs := prepareSource("\n" + in)
		want := []gqlerror.Location{{Line: 2, Column: 7}}
		if len(errs) != 1 || errs[0].Extensions["code"] != errcode.ParseFailed || !slices.Equal(errs[0].Locations, want) {
			t.Errorf("prepareSource(%s) answers %+v, want GRAPHQL_PARSE_FAILED at %v", in, errs, want)
		}
	}
	for _, in := range []string{
		strings.Repeat("{a", MaxNesting+1), strings.Repeat("{[(", MaxNesting/3+1), strings.Repeat("\n[", MaxNesting) + "{",
	} {
		_, errs := prepareSource(in)
		var err *model.Error
		if len(errs) != 1 || !errors.As(errs[0].Err, &err) {
			t.Fatalf("prepareSource(%s) answers %+v, want an error of ours", in, errs)
		}
		checkError(t, in, err, model.ErrorCodeLimitExceeded, "query")
	}
	deepest := strings.Repeat("{a", MaxNesting) + strings.Repeat("}", MaxNesting) + strings.Repeat("[]", 200)
	if _, err := prepareSource(deepest); err != nil {
		t.Errorf("brackets %d deep: %v, want no error", MaxNesting, err)
	}
}
