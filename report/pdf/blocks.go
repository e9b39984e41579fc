package pdf

// Fact is a name with its value.
type Fact struct{ Name, Value string }

var (
	factName  = Style{Size: 7.5, Color: Grey}
	factValue = Style{Size: 10, Color: Ink}
)

// Facts draws facts in columns, row by row.
func (d *Document) Facts(facts []Fact, columns int) {
	const gap = 18.0
	width := (d.width - gap*float64(columns-1)) / float64(columns)
	for len(facts) > 0 {
		row := facts[:min(columns, len(facts))]
		facts = facts[len(row):]
		values, most := make([][]string, len(row)), 0
		for i, fact := range row {
			values[i] = d.Lines(fact.Value, width, factValue)
			most = max(most, len(values[i]))
		}
		nameHeight := factName.Size * leading
		height := nameHeight + float64(most)*factValue.Size*leading
		d.Need(height)
		for i, fact := range row {
			x := d.left + float64(i)*(width+gap)
			d.use(factName)
			d.draw(x, d.y, d.face.printable(fact.Name))
			d.use(factValue)
			for j, line := range values[i] {
				d.draw(x, d.y+nameHeight+float64(j)*factValue.Size*leading, line)
			}
		}
		d.y += height + 7
	}
}

// Title draws the head of a page: a small line above, the title, and a mark in a box at the right; any may be empty.
func (d *Document) Title(above, title, mark string) {
	markWidth := 0.0
	if mark != "" {
		style := Style{Size: 9, Color: Accent, IsBold: true}
		d.use(style)
		mark = d.face.printable(mark)
		markWidth = d.f.GetStringWidth(mark) + 18
		d.f.SetFillColor(Tint.R, Tint.G, Tint.B)
		d.f.RoundedRect(d.left+d.width-markWidth, d.y, markWidth, 19, 9.5, "1234", "F")
		d.draw(d.left+d.width-markWidth+9, d.y+3, mark)
	}
	width := d.width - markWidth - 12
	small := Style{Size: 8.5, Color: Grey}
	d.flow(d.left, d.Lines(above, width, small), small)
	large := Style{Size: 17, Color: Ink, IsBold: true}
	d.flow(d.left, d.Lines(title, width, large), large)
	d.y += 4
	d.Line()
	d.y += 4
}

// Bubble draws what one side of a dialogue said, in a box: at the left, or at the right in colour. A long text goes on
// on further pages.
func (d *Document) Bubble(speaker, text string, isRight bool) {
	const padding = 7.0
	most := d.width * 0.74
	style := Style{Size: 9.5, Color: Ink}
	lines := d.Lines(text, most-2*padding, style)
	width := 0.0
	for _, line := range lines {
		width = max(width, d.f.GetStringWidth(line))
	}
	width += 2 * padding
	x, fill := d.left, Shade
	if isRight {
		x, fill = d.left+d.width-width, Tint
	}
	small := Style{Size: 7, Color: Grey}
	lineHeight := style.Size * leading
	d.Need(small.Size*leading + lineHeight + 2*padding)
	speakerLines := d.Lines(speaker, most, small)
	nameX := x
	if isRight && len(speakerLines) > 0 {
		nameX = d.left + d.width - d.f.GetStringWidth(speakerLines[0])
	}
	d.flow(nameX, speakerLines, small)
	for len(lines) > 0 {
		fit := max(1, min(len(lines), int((d.bottom()-d.y-2*padding)/lineHeight)))
		d.f.SetFillColor(fill.R, fill.G, fill.B)
		d.f.RoundedRect(x, d.y, width, float64(fit)*lineHeight+2*padding, 6, "1234", "F")
		d.y += padding
		d.flow(x+padding, lines[:fit], style)
		d.y += padding
		if lines = lines[fit:]; len(lines) > 0 {
			d.Page("")
		}
	}
	d.y += 5
}
