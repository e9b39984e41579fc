package main

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"
)

// timePlot is an SVG of panels below each other, which share the axis of time; readable on light and dark ground.
type timePlot struct {
	title, note string
	panels      []panel
}

// panel is a plot of lines or dots over time.
type panel struct {
	title string
	isLog bool // the axis of values; else it begins at 0
	marks []float64
	lines []series
}

// series is a line of a panel, or its dots.
type series struct {
	name, class string
	isDots      bool
	points      []point
}

type point struct {
	at    time.Duration
	value float64
}

const (
	panelHeight = 130
	panelStep   = panelHeight + 62
	panelLeft   = 64
	panelWidth  = plotWidth - panelLeft - 24
)

// drawnTick is a label of an axis, with its place.
type drawnTick struct {
	X, Y float64
	Text string
}

// drawnPath is a series as SVG draws it.
type drawnPath struct {
	Class, Path string
}

// drawnPanel is a panel as SVG draws it.
type drawnPanel struct {
	Title  string
	Top    float64
	Values []drawnTick
	Times  []drawnTick
	Marks  []float64
	Paths  []drawnPath
	Legend []drawnTick // Text is the name, X its place
	Colors []string    // of the legend
}

var timeTemplate = template.Must(template.New("times").Funcs(template.FuncMap{
	"add": func(a, b float64) float64 { return a + b },
}).Parse(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{.Width}} {{.Height}}" width="{{.Width}}"
 height="{{.Height}}" role="img" aria-label="{{.Title}}">
<style>
text { font: 12px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600; font-size: 14px }
.panel { font-weight: 600 } .label { fill: #57606a } .grid { stroke: #8b949e; opacity: .3 }
.mark { stroke: #cf222e; stroke-dasharray: 4 3 } path { fill: none; stroke-width: 1.4; stroke-linejoin: round }
.dots { stroke-width: 3; stroke-linecap: round; opacity: .6 }
.c0 { stroke: #2f81f7 } .c1 { stroke: #c69026 } .c2 { stroke: #b083f0 } .c3 { stroke: #57ab5a } .c4 { stroke: #e5534b }
.c5 { stroke: #8b949e }
@media (prefers-color-scheme: dark) {
 text { fill: #e6edf3 } .label { fill: #9da7b3 } .mark { stroke: #ff7b72 } }
</style>
<text class="title" x="8" y="20">{{.Title}}</text>
<text class="label" x="8" y="38">{{.Note}}</text>
{{$left := .Left}}{{$right := .Right}}{{range .Panels}}<text class="panel" x="8" y="{{add .Top -10}}">{{.Title}}</text>
{{range .Values}}<text class="label" x="{{add .X -6}}" y="{{add .Y 4}}" text-anchor="end">{{.Text}}</text>
<line class="grid" x1="{{.X}}" x2="{{$right}}" y1="{{.Y}}" y2="{{.Y}}"/>
{{end}}{{range .Times}}<text class="label" x="{{.X}}" y="{{.Y}}" text-anchor="middle">{{.Text}}</text>
{{end}}{{range .Marks}}<line class="mark" x1="{{$left}}" x2="{{$right}}" y1="{{.}}" y2="{{.}}"/>
{{end}}{{range .Paths}}<path class="{{.Class}}" d="{{.Path}}"/>
{{end}}{{$colors := .Colors}}{{range $i, $_ := .Legend}}<path class="dots {{index $colors $i}}" d="M{{.X}} {{.Y}}h0"/>
<text class="label" x="{{add .X 8}}" y="{{add .Y 4}}">{{.Text}}</text>
{{end}}{{end}}</svg>
`))

// draw returns the SVG.
func (p timePlot) draw() string {
	longest := time.Second
	for _, q := range p.panels {
		for _, s := range q.lines {
			for _, at := range s.points {
				longest = max(longest, at.at)
			}
		}
	}
	var panels []drawnPanel
	for i, q := range p.panels {
		panels = append(panels, q.draw(float64(74+i*panelStep), longest))
	}
	var b strings.Builder
	if err := timeTemplate.Execute(&b, map[string]any{
		"Title": p.title, "Note": p.note, "Width": float64(plotWidth), "Height": float64(58 + len(p.panels)*panelStep),
		"Left": float64(panelLeft), "Right": float64(panelLeft + panelWidth), "Panels": panels,
	}); err != nil {
		panic(err) // the template fits the type
	}
	return b.String()
}

// draw places a panel below so many units from the top.
func (q panel) draw(top float64, longest time.Duration) drawnPanel {
	least, most := q.bounds()
	y := func(value float64) float64 {
		share := (value - least) / (most - least)
		if q.isLog {
			share = (math.Log10(max(value, least)) - math.Log10(least)) / (math.Log10(most) - math.Log10(least))
		}
		return round1(top + panelHeight*(1-share))
	}
	x := func(at time.Duration) float64 { return round1(panelLeft + panelWidth*float64(at)/float64(longest)) }
	d := drawnPanel{Title: q.title, Top: top}
	for _, value := range q.ticks(least, most) {
		d.Values = append(d.Values, drawnTick{panelLeft, y(value), label(value)})
	}
	for n := range 7 {
		at := longest * time.Duration(n) / 6
		text := fmt.Sprintf("%.0f s", at.Seconds())
		if longest >= 10*time.Minute {
			text = fmt.Sprintf("%.0f min", at.Minutes())
		}
		d.Times = append(d.Times, drawnTick{x(at), top + panelHeight + 16, text})
	}
	for _, mark := range q.marks {
		d.Marks = append(d.Marks, y(mark))
	}
	for i, s := range q.lines {
		class, path := s.class, strings.Builder{}
		if s.isDots {
			class += " dots"
		}
		for n, at := range s.points {
			if s.isDots {
				fmt.Fprintf(&path, "M%v %vh0", x(at.at), y(at.value))
			} else {
				fmt.Fprintf(&path, "%s%v %v", map[bool]string{true: "M", false: "L"}[n == 0], x(at.at), y(at.value))
			}
		}
		d.Paths = append(d.Paths, drawnPath{class, path.String()})
		if len(q.lines) > 1 {
			d.Colors = append(d.Colors, s.class)
			d.Legend = append(d.Legend, drawnTick{float64(panelLeft + 300 + 120*i), top - 14, s.name})
		}
	}
	return d
}

// bounds returns the least and the greatest value of the axis.
func (q panel) bounds() (least, most float64) {
	least, most = math.Inf(1), 0
	values := append([]float64{}, q.marks...)
	for _, s := range q.lines {
		for _, at := range s.points {
			values = append(values, at.value)
		}
	}
	for _, value := range values {
		least, most = min(least, value), max(most, value)
	}
	if q.isLog {
		least = math.Pow(10, math.Floor(math.Log10(max(least, 0.1))))
		return least, max(math.Pow(10, math.Ceil(math.Log10(max(most, 0.1)))), 10*least)
	}
	return 0, max(most*1.1, 1)
}

// ticks returns the values at which the axis has labels.
func (q panel) ticks(least, most float64) (ticks []float64) {
	if q.isLog {
		for value := least; value <= most*1.01; value *= 10 {
			ticks = append(ticks, value)
		}
		return ticks
	}
	step := math.Pow(10, math.Floor(math.Log10(most)))
	for _, share := range []float64{5, 2} { // five labels at the most
		if most/step < 2.5 {
			step /= 10 / share
			break
		}
	}
	for most/step > 5 {
		step *= 2
	}
	for value := 0.0; value <= most; value += step {
		ticks = append(ticks, value)
	}
	return ticks
}

// label returns a value as people read it.
func label(value float64) string {
	if value >= 10_000 {
		return fmt.Sprintf("%gk", value/1000)
	}
	return fmt.Sprintf("%g", round1(value))
}
