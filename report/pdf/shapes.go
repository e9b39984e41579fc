package pdf

import (
	"strings"

	"github.com/rivo/uniseg"
)

// Align says where a text stands in its width.
type Align int

// Where a text stands.
const (
	Left Align = iota
	Center
	Right
)

// Place returns where the next thing goes, and how wide the page is.
func (d *Document) Place() (x, y, width float64) { return d.left, d.y, d.width }

// Down moves on by a height.
func (d *Document) Down(height float64) { d.y += height }

// Box fills a rectangle; radius rounds its corners, 0 for none.
func (d *Document) Box(x, y, width, height, radius float64, c Color) {
	d.f.SetFillColor(c.R, c.G, c.B)
	if radius > 0 {
		d.f.RoundedRect(x, y, width, height, radius, "1234", "F")
		return
	}
	d.f.Rect(x, y, width, height, "F")
}

// Stroke draws a thin level line.
func (d *Document) Stroke(x, y, width float64) {
	d.f.SetDrawColor(Rule.R, Rule.G, Rule.B)
	d.f.SetLineWidth(0.5)
	d.f.Line(x, y, x+width, y)
}

// Label draws a text in one line of a width, y being its top. What does not fit is cut, and ends with dots.
func (d *Document) Label(x, y, width float64, text string, s Style, a Align) {
	d.use(s)
	text = d.fit(strings.ReplaceAll(d.face.printable(text), "\n", " "), width)
	switch room := width - d.f.GetStringWidth(text); a {
	case Center:
		x += room / 2
	case Right:
		x += room
	}
	d.draw(x, y, text)
}

// cut ends a text that was cut: the font draws an ellipsis as Chinese has it, in the middle of the line.
const cut = "..."

// fit returns as much of a printable text as a width has room for.
func (d *Document) fit(text string, width float64) string {
	if d.f.GetStringWidth(text) <= width {
		return text
	}
	width -= d.f.GetStringWidth(cut)
	var kept strings.Builder
	used := 0.0
	for characters := uniseg.NewGraphemes(text); characters.Next(); {
		if used += d.f.GetStringWidth(characters.Str()); used > width {
			break
		}
		kept.WriteString(characters.Str())
	}
	return strings.TrimRight(kept.String(), " ") + cut
}

// TextWidth returns how wide a text is in one line.
func (d *Document) TextWidth(text string, s Style) float64 {
	d.use(s)
	return d.f.GetStringWidth(d.face.printable(text))
}
