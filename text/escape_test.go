package text_test

import (
	"testing"

	"callbook/text"
)

func TestParseEscape(t *testing.T) {
	for _, c := range []struct {
		in     string
		r      rune
		length int
		ok     bool
	}{
		{`plain`, 0, 0, true},
		{`\n`, 0, 0, true},
		{`\u00e9x`, 'é', 6, true},
		{`\ud83d\ude00`, '😀', 12, true},
		{`\u{1F600}`, '😀', 9, true},
		{`\u{41}`, 'A', 6, true},
		{`\u{7f}`, 0x7f, 6, true},
		{`\u{80}`, 0x80, 6, true},
		{`\u{0001F600}`, '😀', 12, true},
		{`\u{0}`, 0, 5, true},
		{`\u{d800}`, 0xd800, 8, false},
		{`\ud83d`, '\uFFFD', 12, false},
		{`\ud83dx`, '\uFFFD', 12, false},
		{`\ude00\ud83d`, '\uFFFD', 12, false},
		{`\u{110000}`, 0x110000, 10, false},
		{`\u{}`, 0, 4, false},
		{`\u{1234567}`, 0, 11, false},
		{`\u{zz}`, 0, 6, false},
		{`\u{12`, 0, 0, true}, // the parser reports it
		{`\u12`, 0, 0, true},
	} {
		r, length, ok := text.ParseEscape(c.in)
		if length != c.length || ok != c.ok || ok && r != c.r {
			t.Errorf("ParseEscape(%s) = %q, %d, %v, want %q, %d, %v", c.in, r, length, ok, c.r, c.length, c.ok)
		}
	}
}
