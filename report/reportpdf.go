package report

import (
	"io"

	"callbook/report/pdf"
)

// The colours of charts: one blue in shades, which the colour-blind tell apart by how dark they are, and an orange,
// which they tell from it.
var (
	chartSoft  = pdf.Color{R: 169, G: 196, B: 230}
	chartMuted = pdf.Color{R: 185, G: 192, B: 202}
	chartWarn  = pdf.Color{R: 194, G: 87, B: 26}
	paperColor = pdf.Color{R: 255, G: 255, B: 255}
	heatColors = [heatLevels + 1]pdf.Color{
		{R: 238, G: 241, B: 245}, {R: 220, G: 232, B: 246}, {R: 193, G: 214, B: 239}, {R: 163, G: 194, B: 230},
		{R: 130, G: 171, B: 218}, {R: 95, G: 145, B: 203}, {R: 63, G: 120, B: 185}, {R: 38, G: 95, B: 159},
		{R: 23, G: 70, B: 125},
	}
	barColors = map[weight]pdf.Color{usual: pdf.Accent, muted: chartMuted, warning: chartWarn}
)

var (
	cardHeading = pdf.Style{Size: 10, Color: pdf.Ink, IsBold: true}
	barLabel    = pdf.Style{Size: 8.5, Color: pdf.Ink}
	barCount    = pdf.Style{Size: 8.5, Color: pdf.Ink, IsBold: true}
	chartSmall  = pdf.Style{Size: 7.5, Color: pdf.Grey}
)

// Lengths in points.
const (
	cardGap       = 20.0
	headingHeight = 22.0
	barHeight     = 16.5
	cardBottom    = 16.0
	courseHeight  = 120.0
)

// WriteFiguresPDF writes figures as PDF, with charts as vectors.
func WriteFiguresPDF(w io.Writer, f Figures, s Style) error {
	v := s.view(f)
	d := pdf.New(pdf.Options{Title: v.Title + " " + v.Period, Author: s.Author, Language: s.language(),
		Created: s.Created, Footer: s.footer})
	d.Page(v.Title)
	drawHead(d, v)
	drawTiles(d, v.Tiles)
	drawCourse(d, v.Course)
	drawCards(d, v.Cards, 2)
	drawHours(d, v.Hours)
	drawCards(d, v.Rankings, 2)
	return d.Write(w)
}

func drawHead(d *pdf.Document, v view) {
	x, y, width := d.Place()
	d.Label(x, y, width*0.55, v.Title, pdf.Style{Size: 20, Color: pdf.Ink, IsBold: true}, pdf.Left)
	d.Label(x+width*0.4, y+3, width*0.6, v.Period, pdf.Style{Size: 12, Color: pdf.Ink, IsBold: true}, pdf.Right)
	d.Label(x+width*0.3, y+21, width*0.7, v.Compared, pdf.Style{Size: 8, Color: pdf.Grey}, pdf.Right)
	d.Down(40)
	d.Line()
	d.Down(6)
}

// drawTiles draws three figures in a row.
func drawTiles(d *pdf.Document, tiles []tile) {
	const inRow, height, gap = 3, 58.0, 12.0
	x, y, all := d.Place()
	width := (all - gap*(inRow-1)) / inRow
	for i, t := range tiles {
		left, top := x+float64(i%inRow)*(width+gap), y+float64(i/inRow)*(height+gap)
		d.Box(left, top, width, height, 5, pdf.Shade)
		inner := width - 20
		d.Label(left+10, top+5, inner, t.Name, pdf.Style{Size: 8, Color: pdf.Grey}, pdf.Left)
		d.Label(left+10, top+15, inner, t.Value, pdf.Style{Size: 17, Color: pdf.Ink, IsBold: true}, pdf.Left)
		change := pdf.Style{Size: 7.5, Color: pdf.Ink, IsBold: true}
		used := 0.0
		if t.Change != "" {
			used = d.TextWidth(t.Change, change) + 8
			d.Label(left+10, top+42, inner, t.Change, change, pdf.Left)
		}
		d.Label(left+10+used, top+42, inner-used, t.Before, chartSmall, pdf.Left)
	}
	d.Down(float64((len(tiles)+inRow-1)/inRow)*(height+gap) + 6)
}

func drawCourse(d *pdf.Document, c course) {
	d.Need(courseHeight + headingHeight + 40)
	x, y, width := d.Place()
	d.Label(x, y, width/2, c.Heading, cardHeading, pdf.Left)
	if c.Empty != "" {
		drawEmpty(d, c.Empty)
		return
	}
	legend := d.TextWidth(c.Heading, cardHeading) + 14
	d.Label(x+legend, y+2, width/2, c.Peak, chartSmall, pdf.Left)
	right := x + width
	for _, kind := range []struct {
		name  string
		color pdf.Color
	}{{c.Other, chartSoft}, {c.Answered, pdf.Accent}} {
		right -= d.TextWidth(kind.name, chartSmall)
		d.Label(right, y+2, width, kind.name, chartSmall, pdf.Left)
		right -= 11
		d.Box(right, y+5, 7, 7, 1, kind.color)
		right -= 14
	}
	axis := d.TextWidth(count(c.Most), chartSmall) + 6
	drawColumns(d, c, x+axis, y+headingHeight+4, width-axis)
	d.Down(headingHeight + courseHeight + 34)
}

// drawColumns draws the columns of a course with its axes; x and y are the top left of the plot.
func drawColumns(d *pdf.Document, c course, x, y, width float64) {
	at := func(n int) float64 { return y + courseHeight*(1-float64(n)/float64(c.Most)) }
	for i := range c.Steps + 1 {
		n := i * c.Step
		d.Stroke(x, at(n), width)
		d.Label(x-60, at(n)-chartSmall.Size*0.72, 56, count(n), chartSmall, pdf.Right)
	}
	slot := width / float64(len(c.Columns))
	for i, column := range c.Columns {
		left := x + float64(i)*slot
		if column.Count > 0 {
			d.Box(left+slot*0.1, at(column.Count), slot*0.8, at(column.Answered)-at(column.Count), 0, chartSoft)
			d.Box(left+slot*0.1, at(column.Answered), slot*0.8, at(0)-at(column.Answered), 0, pdf.Accent)
		}
		if column.Label != "" {
			d.Label(left+slot/2-30, at(0)+3, 60, column.Label, chartSmall, pdf.Center)
		}
	}
}

func drawEmpty(d *pdf.Document, text string) {
	x, y, width := d.Place()
	d.Label(x, y+headingHeight, width, text, pdf.Style{Size: 9, Color: pdf.Grey}, pdf.Left)
	d.Down(headingHeight + 24 + cardBottom)
}

// drawCards draws cards beside each other, as many in a row, each row on one page.
func drawCards(d *pdf.Document, cards []card, inRow int) {
	_, _, all := d.Place()
	width := (all - cardGap*float64(inRow-1)) / float64(inRow)
	for len(cards) > 0 {
		row := cards[:min(inRow, len(cards))]
		cards = cards[len(row):]
		most := 1
		for _, c := range row {
			most = max(most, len(c.Bars))
		}
		height := headingHeight + float64(most)*barHeight + cardBottom
		d.Need(height)
		x, y, _ := d.Place()
		for i, c := range row {
			drawCard(d, c, x+float64(i)*(width+cardGap), y, width)
		}
		d.Down(height)
	}
}

func drawCard(d *pdf.Document, c card, x, y, width float64) {
	d.Label(x, y, width, c.Heading, cardHeading, pdf.Left)
	d.Stroke(x, y+17, width)
	y += headingHeight
	if len(c.Bars) == 0 {
		d.Label(x, y, width, c.Empty, pdf.Style{Size: 8.5, Color: pdf.Grey}, pdf.Left)
		return
	}
	shareWidth, countWidth := 30.0, 0.0
	for _, b := range c.Bars {
		countWidth = max(countWidth, d.TextWidth(b.Count, barCount))
	}
	if c.Bars[0].Share == "" {
		shareWidth = 0
	}
	labelWidth := width * 0.42
	barLeft := x + labelWidth + 6
	barWidth := width - labelWidth - 6 - countWidth - 8 - shareWidth
	for _, b := range c.Bars {
		style := barLabel
		if b.Weight == muted {
			style.Color = pdf.Grey
		}
		d.Label(x, y, labelWidth, b.Label, style, pdf.Left)
		if b.N > 0 {
			d.Box(barLeft, y+2.5, max(0.8, barWidth*b.Width), 8, 0, barColors[b.Weight])
		}
		d.Label(x+width-shareWidth-countWidth-2, y, countWidth+2, b.Count, barCount, pdf.Right)
		d.Label(x+width-shareWidth, y+0.6, shareWidth, b.Share, chartSmall, pdf.Right)
		y += barHeight
	}
}

func drawHours(d *pdf.Document, h heatMap) {
	const rowHeight, gap = 16.0, 1.5
	if h.Most == 0 {
		return
	}
	d.Need(headingHeight + 8*rowHeight + cardBottom)
	x, y, width := d.Place()
	d.Label(x, y, width/2, h.Heading, cardHeading, pdf.Left)
	d.Label(x+d.TextWidth(h.Heading, cardHeading)+14, y+2, width, h.Busiest, chartSmall, pdf.Left)
	y += headingHeight
	const left = 32.0
	cell := (width - left) / 24
	for hour := range 24 {
		if hour%3 == 0 {
			d.Label(x+left+float64(hour)*cell, y, cell, count(hour), chartSmall, pdf.Center)
		}
	}
	y += 13
	for day, hours := range h.Hours {
		top := y + float64(day)*rowHeight
		d.Label(x, top+1, left, h.Days[day], chartSmall, pdf.Left)
		for hour, n := range hours {
			level := h.level(n)
			at := x + left + float64(hour)*cell
			d.Box(at, top, cell-gap, rowHeight-gap, 1.5, heatColors[level])
			style := pdf.Style{Size: 6.5, Color: pdf.Ink}
			if level >= 5 {
				style.Color = paperColor
			}
			if n > 0 {
				d.Label(at, top+2.4, cell-gap, short(n), style, pdf.Center)
			}
		}
	}
	d.Down(headingHeight + 13 + 7*rowHeight + cardBottom)
}
