package pdf

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func newDocument(t testing.TB) *Document {
	t.Helper()
	return New(Options{Title: "通话 😀", Author: "li.wei", Language: "zh-CN", Created: time.Unix(0, 0)})
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a\r\nb\rc\u2028d":     "a\nb\nc\nd",
		"a\tb":                 "a    b",
		"a\x00b\u202ec\u200bd": "abcd",
		"e\u0301":              "é",
		"😀𠀀ﷺ通":                 "□□□通",
		"❤\ufe0f":              "❤",
		"“quoted” – — … ￥ № ℃ ①": "“quoted” – — … ￥ № ℃ ①",
	} {
		if got := loadFace().printable(text); got != want && got != strings.ReplaceAll(want, "❤", "□") {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestLines breaks texts at many widths: no character is lost, and no line is wider than it may be.
func TestLines(t *testing.T) {
	t.Parallel()
	d := newDocument(t)
	d.Page("")
	style := Style{Size: 10}
	for _, text := range []string{
		"", "a", " ", "\n", "a\n", "a\n\nb", "通话记录，（含录音）。客户说：“再说吧”！",
		"see https://example.com/a/long/address/without/any/space/0123456789abcdefghijklmnopqrstuvwxyz now",
		strings.Repeat("无空格的长文本", 40), strings.Repeat("word ", 60), "mixed 中文 and English，混排 text。",
	} {
		for width := 12.0; width < 200; width += 7 {
			lines := d.Lines(text, width, style)
			if got, want := strings.Join(lines, ""), text; withoutSpaces(got) != withoutSpaces(want) {
				t.Errorf("%q at %v: got %q, want every character", text, width, lines)
			}
			for _, line := range lines {
				if w := d.f.GetStringWidth(line); w > width {
					t.Errorf("%q at %v: got the line %q, which is %v wide", text, width, line, w)
				}
				if strings.HasPrefix(line, "，") || strings.HasPrefix(line, "。") {
					t.Logf("%q at %v: the line %q begins with a closing mark", text, width, line)
				}
			}
		}
	}
}

func withoutSpaces(text string) string { return strings.NewReplacer(" ", "", "\n", "").Replace(text) }

// TestClosingMarks breaks Chinese text so that no line begins with what closes a clause.
func TestClosingMarks(t *testing.T) {
	t.Parallel()
	d := newDocument(t)
	d.Page("")
	text := strings.Repeat("客户要求，周二。再打来！", 20)
	for width := 60.0; width < 200; width += 3 {
		for _, line := range d.Lines(text, width, Style{Size: 10}) {
			if strings.ContainsAny(line[:len("，")], "，。！") {
				t.Errorf("at %v: got the line %q, want none that begins with a closing mark", width, line)
			}
		}
	}
}

// TestLongTexts flows texts over pages.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	d := newDocument(t)
	d.Page("one")
	d.Text(strings.Repeat("很长的描述。", 3000), Style{Size: 10, Color: Ink})
	d.Bubble("客户", strings.Repeat("很长的话。", 3000), true)
	d.Bubble("机器人", "", false)
	d.Facts([]Fact{{"a", strings.Repeat("x", 2048)}, {"b", "y"}}, 3)
	if pages := d.Pages(); pages < 8 {
		t.Errorf("got %d pages, want at least 8", pages)
	}
	var out bytes.Buffer
	if err := d.Write(&out); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(out.Bytes(), []byte("%PDF-")) {
		t.Errorf("got %.20q, want a PDF", out.Bytes())
	}
}

// TestManyCharacters draws all Chinese characters: fpdf would take minutes for their font.
func TestManyCharacters(t *testing.T) {
	t.Parallel()
	d := newDocument(t)
	d.Page("")
	var text strings.Builder
	for r := rune(0x4e00); r < 0xa000; r++ {
		text.WriteRune(r)
	}
	d.Text(text.String(), Style{Size: 10})
	if err := d.Write(io.Discard); !errors.Is(err, ErrManyCharacters) {
		t.Errorf("got %v, want that there are too many", err)
	}
}
