package text_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"callbook/text"
)

func TestFold(t *testing.T) {
	for s, want := range map[string]string{
		"Ａｂｃ１２３": "abc123", "STRASSE": "strasse", "Straße": "strasse", "价格，多少？": "价格,多少?", "ﬁ": "fi",
		"İ": "i̇", "e\u0301": "é", "K": "k", "": "", "Ꮇꮇ": "ᎷᎷ", "ꮇß": "Ꮇss",
	} {
		if got := text.Fold(s); got != want {
			t.Errorf("Fold(%q) = %q, want %q", s, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{"Abc", "价格ＡＢ", "ϓ", "ẞ", "\u0345\u0301", "ﷺ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if once := text.Fold(s); text.Fold(once) != once {
			t.Errorf("Fold(Fold(%q)) = %q, want %q", s, text.Fold(once), once)
		}
	})
}

func TestFoldColumn(t *testing.T) {
	for _, c := range []struct{ in, want *string }{{nil, nil}, {new("abc"), nil}, {new("ABC"), new("abc")}} {
		if got := text.FoldColumn(c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("FoldColumn(%v) = %v, want %v", c.in, got, c.want)
		}
	}
}

func TestPhoneDigits(t *testing.T) {
	for number, want := range map[string]string{
		"138-0007-5555": "13800075555", "+86 138 0007 5555": "13800075555", "0086-13800075555": "13800075555",
		"8613800075555": "13800075555", "１３８００075555": "13800075555", "010-8152 8822": "1081528822",
		"+86 10 81528822": "1081528822", "+1 (212) 555-0100": "12125550100", "001 212 555 0100": "12125550100",
		"95588": "95588", "": "", "x": "",
	} {
		if got := text.PhoneDigits(number); got != want {
			t.Errorf("PhoneDigits(%q) = %q, want %q", number, got, want)
		}
	}
}

func TestMaskPhone(t *testing.T) {
	for number, want := range map[string]string{
		"": "", "95588": "*****", "1234567": "*******", "12345678": "123***78", "13800075555": "138******55",
		"１３８００００１": "１３８***０１",
	} {
		if got := text.MaskPhone(number); got != want {
			t.Errorf("MaskPhone(%q) = %q, want %q", number, got, want)
		}
	}
}

func TestQuote(t *testing.T) {
	for s, want := range map[string]string{
		"a\"b\n": `"a\"b\n"`, strings.Repeat("价", 40): `"` + strings.Repeat("价", 40) + `"`,
		strings.Repeat("价", 41): `"` + strings.Repeat("价", 40) + `"… (41 characters)`,
	} {
		if got := text.Quote(s); got != want {
			t.Errorf("Quote(%q) = %s, want %s", s, got, want)
		}
	}
}

func TestTokens(t *testing.T) {
	for s, want := range map[string][]string{
		"": {}, "a": {"61x"}, "aba": {"61x", "61x62", "62x61"}, "你好": {"4f60x597d", "597dx"},
	} {
		if got := text.SearchTokens(s); !reflect.DeepEqual(got, want) {
			t.Errorf("SearchTokens(%q) = %v, want %v", s, got, want)
		}
	}
	if got, isPrefix := text.MatchTokens("你"); !isPrefix || !reflect.DeepEqual(got, []string{"4f60x"}) {
		t.Errorf("MatchTokens(%q) = %v, %v, want [4f60x], true", "你", got, isPrefix)
	}
	if got, isPrefix := text.MatchTokens("abab"); isPrefix || !reflect.DeepEqual(got, []string{"61x62", "62x61"}) {
		t.Errorf("MatchTokens(%q) = %v, %v, want [61x62 62x61], false", "abab", got, isPrefix)
	}
}

func TestSnippets(t *testing.T) {
	long := strings.Repeat("甲", 100) + "价格" + strings.Repeat("乙", 100)
	combining := "a" + strings.Repeat("\u0301", 32) + "B" // more marks than one segment holds
	for _, c := range []struct {
		text, term string
		want       []text.Range
		isCut      bool
	}{
		{"banana", "ana", []text.Range{{Start: 1, End: 6}}, false},
		{"😀Ａb", "ab", []text.Range{{Start: 2, End: 4}}, false},
		{"ﬁne", "i", []text.Range{{Start: 0, End: 1}}, false},
		{combining, "b", []text.Range{{Start: 0, End: 34}}, false},
		{long, "价格", []text.Range{{Start: 40, End: 42}}, true},
		{"Straße", "ss", []text.Range{{Start: 4, End: 5}}, false},
		{"nothing", "x", []text.Range{}, false},
	} {
		s := text.NewSnippet(c.text, []string{c.term})
		if !reflect.DeepEqual(s.Highlights, c.want) || s.IsCut != c.isCut {
			t.Errorf("NewSnippet(%.20q, %q) has highlights %v, cut %v, want %v, %v",
				c.text, c.term, s.Highlights, s.IsCut, c.want, c.isCut)
		}
	}
}

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

func TestSearchText(t *testing.T) {
	for _, folded := range []string{"", "a", "ab", "abab", "你好，你好 1", "\U0010ffff\U0010ffffz"} {
		got := strings.Fields(text.SearchText("", folded))
		slices.Sort(got)
		if want := text.SearchTokens(folded); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", folded, got, want)
		}
	}
}
