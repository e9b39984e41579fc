package pdf

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

//go:embed font/wqy-microhei.ttf.gz
var packedFont []byte

// face is the one font: WenQuanYi Micro Hei, see font/README.md.
type face struct {
	file   []byte
	glyphs *sfnt.Font
}

// loadFace unpacks the font, once for the process: 4.6 MB that stay.
var loadFace = sync.OnceValue(func() *face {
	unpacked, err := gzip.NewReader(bytes.NewReader(packedFont))
	if err != nil {
		panic(err) // the file is part of the binary
	}
	file, err := io.ReadAll(unpacked)
	if err != nil {
		panic(err)
	}
	glyphs, err := sfnt.Parse(file)
	if err != nil {
		panic(err)
	}
	return &face{file: file, glyphs: glyphs}
})

// missing is drawn for a character that the font lacks.
const missing = '□'

// widest is the last character that fpdf can write: others end it with a panic.
const widest = 0xFFFF

// printable returns text as it can be drawn: composed where it can be, line ends as \n, tabs as spaces, without control
// characters and marks of direction, and with a box for each character that the font lacks.
func (f *face) printable(text string) string {
	var buffer sfnt.Buffer
	var out strings.Builder
	for _, r := range norm.NFC.String(strings.ReplaceAll(text, "\r\n", "\n")) {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			out.WriteByte('\n')
		case r == '\t':
			out.WriteString("    ")
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector):
		case r > widest || !f.has(&buffer, r):
			out.WriteRune(missing)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

func (f *face) has(buffer *sfnt.Buffer, r rune) bool {
	glyph, err := f.glyphs.GlyphIndex(buffer, r)
	return err == nil && glyph != 0
}
