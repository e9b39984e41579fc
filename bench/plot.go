package main

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"
)

// The plots are SVG by a template: bars with the database's part of them darker, readable on light and dark ground.

// plotBar is a bar of a plot.
type plotBar struct {
	Label, Value string
	Width, Dark  float64 // of the whole bar, and of its darker part
	Y            float64
	Class        string
}

// plotGroup is some bars with a title.
type plotGroup struct {
	Title string
	Y     float64
	Bars  []plotBar
}

type plot struct {
	Title, Note   string
	Width, Height float64
	Left          float64 // where bars begin
	Groups        []plotGroup
	Line          float64 // where a limit is drawn, 0 for none
	LineTitle     string
}

const (
	plotLeft  = 300
	plotRight = 150 // room for values
	plotWidth = 860
	barStep   = 18
)

var plotTemplate = template.Must(template.New("plot").Funcs(template.FuncMap{
	"add": func(a, b float64) float64 { return a + b },
}).Parse(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{.Width}} {{.Height}}" width="{{.Width}}"
 height="{{.Height}}" role="img" aria-label="{{.Title}}">
<style>
text { font: 12px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600; font-size: 14px }
.group { font-weight: 600 } .label, .value { fill: #57606a } .line { stroke: #cf222e; stroke-dasharray: 4 3 }
.callbook { fill: #2f81f7 } .hand { fill: #57ab5a } .pgbench { fill: #8b949e } .postgraphile { fill: #c69026 }
.apollo { fill: #b083f0 } .missed { fill: #e5534b } .dark { fill: #000; opacity: .3 }
@media (prefers-color-scheme: dark) {
 text { fill: #e6edf3 } .label, .value { fill: #9da7b3 } .line { stroke: #ff7b72 } }
</style>
<text class="title" x="8" y="20">{{.Title}}</text>
<text class="label" x="8" y="38">{{.Note}}</text>
{{$left := .Left}}{{range .Groups}}<text class="group" x="8" y="{{.Y}}">{{.Title}}</text>
{{range .Bars}}<text class="label" x="{{add $left -8}}" y="{{add .Y 11}}" text-anchor="end">{{.Label}}</text>
<rect class="{{.Class}}" x="{{$left}}" y="{{.Y}}" width="{{.Width}}" height="14" rx="2"/>
{{if .Dark}}<rect class="dark" x="{{$left}}" y="{{.Y}}" width="{{.Dark}}" height="14" rx="2"/>
{{end}}<text class="value" x="{{add (add $left .Width) 6}}" y="{{add .Y 11}}">{{.Value}}</text>
{{end}}{{end}}{{if .Line}}<line class="line" x1="{{.Line}}" x2="{{.Line}}" y1="46" y2="{{add .Height -8}}"/>
<text class="label" x="{{add .Line 4}}" y="{{add .Height -10}}">{{.LineTitle}}</text>
{{end}}</svg>
`))

func (p plot) draw() string {
	var b strings.Builder
	if err := plotTemplate.Execute(&b, p); err != nil {
		panic(err) // the template fits the type
	}
	return b.String()
}

// plots returns the plots by file name.
func (r *report) plots() map[string]string {
	files := map[string]string{}
	for _, engine := range engines {
		if p, hasBars := r.cpuPlot(engine.name, engine.title); hasBars {
			files["cpu-"+engine.name+".svg"] = p.draw()
		}
	}
	if len(r.Screens) > 0 {
		files["screens.svg"] = r.screensPlot().draw()
	}
	return files
}

// cpuPlot draws the CPU of each operation on each server, the greatest of an operation as the longest bar.
func (r *report) cpuPlot(engine, title string) (p plot, hasBars bool) {
	p = plot{
		Title: "CPU of a request on " + title + ", µs", Width: plotWidth, Left: plotLeft,
		Note: "Shorter is better; each operation has its own scale. Darker: the database's part.",
	}
	y := 62.0
	for _, o := range operations {
		group := plotGroup{Title: o.id + " " + o.title, Y: y}
		y += 8
		most := time.Duration(1)
		var found []result
		for _, name := range serverNames {
			if measured, ok := r.find(engine, o.id, name); ok {
				found, most = append(found, measured), max(most, measured.cpu())
			}
		}
		for _, f := range found {
			scale := (plotWidth - plotLeft - plotRight) / float64(most)
			m := f.median()
			group.Bars = append(group.Bars, plotBar{
				Label: serverTitles[f.Server], Value: cpuCell(r, f), Class: f.Server, Y: y,
				Width: round1(float64(f.cpu()) * scale), Dark: round1(float64(m.Database) * scale),
			})
			y += barStep
		}
		if len(found) == 0 {
			y -= 8
			continue
		}
		p.Groups = append(p.Groups, group)
		y += 22
	}
	p.Height = y
	return p, len(p.Groups) > 0
}

// screensPlot draws the screens' times over the time of a count, on a logarithmic scale from a hundredth to a hundred.
func (r *report) screensPlot() plot {
	p := plot{
		Title: "Usual screens, times SELECT count(*) FROM calls", Width: plotWidth, Left: plotLeft,
		Note: "Shorter is better; logarithmic, from a hundredth to a hundred times.",
	}
	at := func(ratio float64) float64 {
		share := (math.Log10(max(ratio, 0.01)) + 2) / 4
		return round1(min(share, 1) * (plotWidth - plotLeft - plotRight))
	}
	p.Line, p.LineTitle = plotLeft+at(screenAim), fmt.Sprintf("aim: %d", screenAim)
	y := 62.0
	for _, engine := range engines {
		if !r.hasScreens(engine.name) {
			continue
		}
		group := plotGroup{Title: engine.title, Y: y}
		y += 8
		for _, s := range r.Screens {
			if s.Engine != engine.name {
				continue
			}
			class := callbook
			if s.ratio() > screenAim {
				class = "missed"
			}
			group.Bars = append(group.Bars, plotBar{
				Label: s.Title, Value: fmt.Sprintf("%.2f (%s ms)", s.ratio(), milliseconds(s.Best)), Class: class, Y: y,
				Width: max(at(s.ratio()), 2),
			})
			y += barStep
		}
		p.Groups = append(p.Groups, group)
		y += 26
	}
	p.Height = y
	return p
}

func round1(x float64) float64 { return math.Round(x*10) / 10 }
