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

func TestReplaceUnicodeEscapes(t *testing.T) {
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
	} {
		got, err := replaceUnicodeEscapes(in)
		if err != nil || got != want {
			t.Errorf("replaceUnicodeEscapes(%s) = %s, %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{`{a(b:"\ud83d")}`, `{a(b:"\ude00\ud83d")}`, `{a(b:"\u{110000}")}`, `{a(b:"\u{}")}`} {
		_, errs := replaceUnicodeEscapes("\n" + in)
		want := []gqlerror.Location{{Line: 2, Column: 7}}
		if len(errs) != 1 || errs[0].Extensions["code"] != errcode.ParseFailed || !slices.Equal(errs[0].Locations, want) {
			t.Errorf("replaceUnicodeEscapes(%s) answers %+v, want GRAPHQL_PARSE_FAILED at %v", in, errs, want)
		}
	}
	for _, in := range []string{
		strings.Repeat("{a", MaxNesting+1), strings.Repeat("{[(", MaxNesting/3+1), strings.Repeat("\n[", MaxNesting) + "{",
	} {
		_, errs := replaceUnicodeEscapes(in)
		var err *model.Error
		if len(errs) != 1 || !errors.As(errs[0].Err, &err) {
			t.Fatalf("replaceUnicodeEscapes(%s) answers %+v, want an error of ours", in, errs)
		}
		checkError(t, in, err, model.ErrorCodeLimitExceeded, "query")
	}
	deepest := strings.Repeat("{a", MaxNesting) + strings.Repeat("}", MaxNesting) + strings.Repeat("[]", 200)
	if _, err := replaceUnicodeEscapes(deepest); err != nil {
		t.Errorf("brackets %d deep: %v, want no error", MaxNesting, err)
	}
}
