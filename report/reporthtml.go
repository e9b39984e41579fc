package report

import (
	_ "embed"
	"html/template"
	"io"
	"strconv"
)

//go:embed report.html
var reportPage string

//go:embed report.css
var reportCSS string

var reportTemplate = template.Must(template.New("report").Parse(reportPage))

// Heights of the course of time in pixels: of its first line, of that of zero, of all, and of the labels below.
const (
	plotTop    = 8.0
	plotBase   = 168.0
	plotHeight = 190
	plotLabel  = 184
)

// axisWidth is how wide the labels of the axis are, in pixels by character.
const axisWidth = 7

// htmlReport is a report as its template shows it.
type htmlReport struct {
	view
	Language                      string
	CSS                           template.CSS
	AxisWidth, PlotHeight, LabelY int
	Lines                         []axisLine
	Columns                       []svgColumn
	Cards, Rankings               []htmlCard
	HourLabels                    []string
	HeatRows                      []heatRow
}

type axisLine struct {
	Y     string
	Label string
}

type svgColumn struct {
	X, W, Title     string
	Answered, Other svgPiece
	Label           *svgLabel
}

// svgPiece is a piece of a column; without a height there is none.
type svgPiece struct{ Y, H string }

type svgLabel struct{ X, Text, Class string }

type htmlCard struct {
	card
	Bars []htmlBar
}

type htmlBar struct {
	bar
	Percent, Class string
}

type heatRow struct {
	Day   string
	Cells []heatCell
}

type heatCell struct {
	Level       int
	Title, Text string
}

// WriteFiguresHTML writes figures as an HTML page with charts in SVG. It is to be shown under StylePolicy.
func WriteFiguresHTML(w io.Writer, f Figures, s Style) error {
	v := s.view(f)
	p := htmlReport{view: v, Language: s.language(), CSS: template.CSS(reportCSS), //nolint:gosec // a file of ours
		AxisWidth:  axisWidth * len(count(v.Course.Most)),
		PlotHeight: plotHeight, LabelY: plotLabel, Cards: htmlCards(v.Cards), Rankings: htmlCards(v.Rankings)}
	for i := range v.Course.Steps + 1 {
		at := i * v.Course.Step
		p.Lines = append(p.Lines, axisLine{decimal(v.Course.y(at)), count(at)})
	}
	p.Columns = v.Course.svg()
	for hour := range 24 {
		label := ""
		if hour%3 == 0 {
			label = strconv.Itoa(hour)
		}
		p.HourLabels = append(p.HourLabels, label)
	}
	for day, hours := range v.Hours.Hours {
		row := heatRow{Day: v.Hours.Days[day]}
		for hour, n := range hours {
			cell := heatCell{Level: v.Hours.level(n), Title: v.Hours.Days[day] + " " + clock(hour) + " · " + count(n)}
			if n > 0 {
				cell.Text = short(n)
			}
			row.Cells = append(row.Cells, cell)
		}
		p.HeatRows = append(p.HeatRows, row)
	}
	return reportTemplate.Execute(w, p)
}

// y returns where a count is in the plot.
func (c course) y(n int) float64 {
	return plotBase - (plotBase-plotTop)*float64(n)/float64(c.Most)
}

// svg returns the columns, their places in per cent of the width.
func (c course) svg() (all []svgColumn) {
	slot := 100 / float64(max(1, len(c.Columns)))
	labels := 0
	for i, column := range c.Columns {
		x := float64(i) * slot
		shown := svgColumn{X: decimal(x + slot*0.1), W: decimal(slot * 0.8),
			Title: column.Day + " · " + count(column.Count) + " · " + c.Answered + " " + count(column.Answered)}
		if column.Answered > 0 {
			shown.Answered = c.piece(0, column.Answered)
		}
		if column.Count > column.Answered {
			shown.Other = c.piece(column.Answered, column.Count)
		}
		if column.Label != "" {
			shown.Label = &svgLabel{X: decimal(x + slot/2), Text: column.Label, Class: "major"}
			if labels%2 == 1 {
				shown.Label.Class = "minor" // left out where the page is narrow
			}
			labels++
		}
		all = append(all, shown)
	}
	return all
}

func (c course) piece(from, to int) svgPiece {
	return svgPiece{Y: decimal(c.y(to)), H: decimal(c.y(from) - c.y(to))}
}

// decimal returns a length as CSS and SVG read it.
func decimal(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }

func htmlCards(cards []card) (all []htmlCard) {
	classes := map[weight]string{usual: "usual", muted: "muted", warning: "warning"}
	for _, c := range cards {
		shown := htmlCard{card: c}
		for _, b := range c.Bars {
			shown.Bars = append(shown.Bars, htmlBar{b, decimal(100 * b.Width), classes[b.Weight]})
		}
		all = append(all, shown)
	}
	return all
}
