package operation

import (
	"strings"
	"testing"

	"callbook/model"
)

func TestReplaceUnicodeEscapes(t *testing.T) {
	for in, want := range map[string]string{
		``:                            ``,
		`{a}`:                         `{a}`,
		`{a(b:"\u00e9\n\"")}`:         `{a(b:"\u00e9\n\"")}`,
		`{a(b:"\ud83d\ude00")}`:       `{a(b:"😀")}`,
		`{a(b:"\u{1F600}x\u{4e2d}")}`: `{a(b:"😀x中")}`,
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
	for in, code := range map[string]model.ErrorCode{
		`{a(b:"\ud83d")}`:                       model.ErrorCodeBadUserInput,
		`{a(b:"\ude00\ud83d")}`:                 model.ErrorCodeBadUserInput,
		`{a(b:"\u{110000}")}`:                   model.ErrorCodeBadUserInput,
		strings.Repeat("{a", MaxNesting+1):      model.ErrorCodeLimitExceeded,
		strings.Repeat("{[(", MaxNesting/3+1):   model.ErrorCodeLimitExceeded,
		strings.Repeat("\n[", MaxNesting) + "{": model.ErrorCodeLimitExceeded,
	} {
		_, err := replaceUnicodeEscapes(in)
		checkError(t, in, err, code, "query")
	}
	deepest := strings.Repeat("{a", MaxNesting) + strings.Repeat("}", MaxNesting) + strings.Repeat("[]", 200)
	if _, err := replaceUnicodeEscapes(deepest); err != nil {
		t.Errorf("brackets %d deep: %v, want no error", MaxNesting, err)
	}
}
