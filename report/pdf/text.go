package pdf

import (
	"strings"

	"github.com/rivo/uniseg"
)

// use sets the font's size and colour, and whether its strokes are thick: there is no bold face.
func (d *Document) use(s Style) {
	d.f.SetFont(family, "", s.Size)
	d.f.SetTextColor(s.Color.R, s.Color.G, s.Color.B)
	if s.IsBold {
		d.f.SetTextRenderingMode(2)
		d.f.SetDrawColor(s.Color.R, s.Color.G, s.Color.B)
		d.f.SetLineWidth(s.Size / 40)
	} else {
		d.f.SetTextRenderingMode(0)
	}
}

// draw draws one line of printable text; y is the top of the line.
func (d *Document) draw(x, y float64, line string) {
	for _, r := range line {
		d.used[r] = true
	}
	size, _ := d.f.GetFontSize()
	d.f.SetXY(x, y)
	d.f.CellFormat(0, size*leading, line, "", 0, "L", false, 0, "")
}

// Lines breaks text into lines of at most a width, where Unicode allows a break, else between characters. An empty text
// has none.
func (d *Document) Lines(text string, width float64, s Style) []string {
	if text == "" {
		return nil
	}
	d.use(s)
	b := lineBreaker{document: d, width: width}
	rest, state := d.face.printable(text), -1
	for rest != "" {
		var segment string
		var mustBreak bool
		segment, rest, mustBreak, state = uniseg.FirstLineSegmentInString(rest, state)
		b.add(segment)
		if mustBreak && rest != "" {
			b.end()
		}
	}
	b.end()
	return b.lines
}

// lineBreaker gathers segments, between which a line may end, into lines.
type lineBreaker struct {
	document *Document
	width    float64
	lines    []string
	line     strings.Builder
	used     float64
}

func (b *lineBreaker) add(segment string) {
	segment = strings.TrimRight(segment, "\n")
	visible := b.document.f.GetStringWidth(strings.TrimRight(segment, " "))
	if b.used > 0 && b.used+visible > b.width {
		b.end()
	}
	if visible <= b.width {
		b.line.WriteString(segment)
		b.used += b.document.f.GetStringWidth(segment)
		return
	}
	for characters := uniseg.NewGraphemes(segment); characters.Next(); { // longer than a whole line
		width := b.document.f.GetStringWidth(characters.Str())
		if b.used > 0 && b.used+width > b.width {
			b.end()
		}
		b.line.WriteString(characters.Str())
		b.used += width
	}
}

func (b *lineBreaker) end() {
	b.lines = append(b.lines, strings.TrimRight(b.line.String(), " "))
	b.line.Reset()
	b.used = 0
}

// Text draws text over the page's width, and goes on on further pages.
func (d *Document) Text(text string, s Style) { d.flow(d.left, d.Lines(text, d.width, s), s) }

// flow draws lines below each other from the present place on, and goes on on further pages.
func (d *Document) flow(x float64, lines []string, s Style) {
	height := s.Size * leading
	for _, line := range lines {
		d.Need(height)
		d.use(s)
		d.draw(x, d.y, line)
		d.y += height
	}
}

// Heading draws the name of a section, and keeps it on one page with what follows.
func (d *Document) Heading(text string) {
	d.Need(60)
	d.Space(12)
	d.Text(text, Style{Size: 11, Color: Accent, IsBold: true})
	d.Line()
}
