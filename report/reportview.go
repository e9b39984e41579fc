package report

import (
	"slices"

	"callbook/model"
)

// view is a report as it is seen, whatever the format: in words of the document's language.
type view struct {
	Title, Period, Compared, Footer string
	Tiles                           []tile
	Course                          course
	Cards, Rankings                 []card
	Hours                           heatMap
}

// tile is a figure with its change.
type tile struct{ Name, Value, Change, Before string }

// card is a list of bars under a heading; Empty says so in its place where there are none.
type card struct {
	Heading, Empty string
	Bars           []bar
}

// bar is a value with its count: Width is from 0 to 1, and a weight says how it is coloured.
type bar struct {
	Label, Count, Share string
	Width               float64
	Weight              weight
	N                   int
}

// weight says how a bar is coloured.
type weight int

const (
	usual   weight = iota
	muted          // what has no value, or none of those named
	warning        // what is late
)

// course is a time series.
type course struct {
	Heading, Peak, Answered, Other string
	Columns                        []courseColumn
	Step, Steps                    int // of the axis
	Most                           int // at the axis' end
	Empty                          string
}

type courseColumn struct {
	Label           string // below it; empty where there is no room
	Day             string
	Count, Answered int
}

// heatMap is counts by weekday and hour; Most is 0 where there are none.
type heatMap struct {
	Heading, Busiest string
	Days             []string
	Hours            [7][24]int
	Most             int
}

// level returns how dark a cell is, from 0 for none to 8 for the most.
func (h heatMap) level(n int) int {
	if n == 0 || h.Most == 0 {
		return 0
	}
	return max(1, (n*heatLevels+h.Most-1)/h.Most)
}

// heatLevels is how many shades a heat map has, without that of none.
const heatLevels = 8

func (s Style) view(f Figures) view {
	isOfRecords, dash := f.Report == "callRecords", " – "
	v := view{
		Title:    s.of(callReportTitle),
		Period:   f.Period.From + dash + f.Period.To,
		Compared: s.of(comparedWith) + " " + f.Before.From + dash + f.Before.To + " · " + f.TimeZone,
		Footer:   s.of(model.Caption{En: "Made by ", Zh: "制作："}) + s.Author + " · " + s.madeAt(),
	}
	empty := s.of(nothingHere)
	if isOfRecords {
		v.Title, empty = s.of(recordReportTitle), s.of(nothingRecorded)
	}
	for _, h := range f.Headlines {
		v.Tiles = append(v.Tiles, tile{Name: s.of(headlineWords[h.Name]), Value: s.figure(h.Name, h.Unit, h.Value),
			Change: s.change(h), Before: s.of(beforeWord) + s.figure(h.Name, h.Unit, h.Before)})
	}
	v.Course = s.course(f, isOfRecords, empty)
	v.Hours = s.heatMap(f)
	total := int(*f.Headlines[0].Value)
	open := s.partsCard(s.of(openHeading), s.of(nothingOpen), f.Open, 0)
	if total == 0 { // the course of time says so, once
		if f.Open != nil {
			v.Cards = []card{open}
		}
		return v
	}
	if f.Funnel != nil {
		v.Cards = append(v.Cards, s.partsCard(s.of(funnelHeading), empty, f.Funnel, total))
	}
	for _, b := range f.Breakdowns {
		if slices.Contains(rankings, b.Field) {
			v.Rankings = append(v.Rankings, s.breakdownCard(b, isOfRecords, s.of(noneNamed), total))
		} else {
			v.Cards = append(v.Cards, s.breakdownCard(b, isOfRecords, empty, total))
		}
	}
	v.Cards = append(v.Cards, s.partsCard(s.of(durationsHeading), empty, f.Durations, sumOf(f.Durations)))
	if f.Open != nil {
		v.Cards = append(v.Cards, open)
	}
	return v
}

func sumOf(parts []Part) (sum int) {
	for _, p := range parts {
		sum += p.Count
	}
	return sum
}

// course labels at most eight columns.
func (s Style) course(f Figures, isOfRecords bool, empty string) course {
	interval := model.ReportInterval(f.GroupBy)
	c := course{Heading: s.of(courseHeadings[isOfRecords][interval]), Answered: s.of(answeredWord),
		Other: s.of(notAnsweredWord)}
	peak, most := "", 0
	every := (len(f.Course) + 7) / 8
	for i, column := range f.Course {
		shown := courseColumn{Day: column.From, Count: column.Count, Answered: column.Answered}
		if i%every == 0 && i+every/3 < len(f.Course) || i == 0 {
			shown.Label = dayLabel(column.From, interval)
		}
		if column.Count > most {
			peak, most = column.From, column.Count
		}
		c.Columns = append(c.Columns, shown)
	}
	if most == 0 {
		c.Empty = empty
	} else {
		c.Peak = s.of(peakWord) + count(most) + " · " + peak
	}
	c.Step, c.Steps = niceSteps(most)
	c.Most = c.Step * c.Steps
	return c
}

func (s Style) heatMap(f Figures) heatMap {
	h := heatMap{Heading: s.of(hoursHeading), Hours: f.Hours}
	for day, hours := range f.Hours {
		h.Days = append(h.Days, s.of(weekdayWords[day]))
		for hour, n := range hours {
			if n > h.Most {
				h.Most = n
				h.Busiest = s.of(busiestWord) + s.of(weekdayWords[day]) + " " + clock(hour) + " · " + count(n)
			}
		}
	}
	return h
}

// breakdownCard returns a card of a field's values; shares are of so many rows.
func (s Style) breakdownCard(b Breakdown, isOfRecords bool, empty string, total int) card {
	ofType := "Call."
	if isOfRecords {
		ofType = "CallRecord."
	}
	c := card{Heading: s.name(ofType + b.Field), Empty: empty}
	if words, isKnown := breakdownWords[b.Field]; isKnown {
		c.Heading = s.of(words)
	}
	for _, row := range b.Rows {
		shown := bar{Label: s.of(noValue), N: row.Count, Weight: muted}
		if row.Value != nil {
			shown.Label, shown.Weight = s.value(ofType+b.Field, *row.Value), usual
			if b.Field == "intentLevel" || b.Field == "realIntentLevel" {
				shown.Label = *row.Value + " · " + shown.Label
			}
		}
		c.Bars = append(c.Bars, shown)
	}
	if b.Others != nil && *b.Others > 0 && len(b.Rows) > 0 {
		c.Bars = append(c.Bars, bar{Label: s.of(otherValues), N: *b.Others, Weight: muted})
	}
	return c.measured(total)
}

// partsCard returns a card of parts; shares are of so many rows, and none where they are none.
func (s Style) partsCard(heading, empty string, parts []Part, total int) card {
	c := card{Heading: heading, Empty: empty}
	for _, p := range parts {
		shown := bar{Label: s.of(partWords[p.Name]), N: p.Count}
		if slices.Contains([]string{"overdueWeek", "overdue", overdueTasks}, p.Name) {
			shown.Weight = warning
		}
		c.Bars = append(c.Bars, shown)
	}
	if sumOf(parts) == 0 {
		c.Bars = nil
	}
	return c.measured(total)
}

// measured gives bars their widths, against the longest, and their shares of a total.
func (c card) measured(total int) card {
	most := 0
	for _, b := range c.Bars {
		most = max(most, b.N)
	}
	for i := range c.Bars {
		b := &c.Bars[i]
		b.Count = count(b.N)
		if most > 0 {
			b.Width = float64(b.N) / float64(most)
		}
		if total > 0 {
			b.Share = percent(float64(b.N) / float64(total))
		}
	}
	return c
}
