package report

import (
	"encoding/json"
	"io"
	"slices"
	"time"

	"callbook/model"
)

// Figures are the figures of a report, in all formats the same. Its JSON is that of the format JSON.
type Figures struct {
	Report     string      `json:"report"` // calls or callRecords
	AsOf       time.Time   `json:"asOf"`   // when they were read
	TimeZone   string      `json:"timeZone"`
	GroupBy    string      `json:"groupBy"` // what a column of Course stands for: DAY, WEEK or MONTH
	Period     Days        `json:"period"`
	Before     Days        `json:"periodBefore"`
	Headlines  []Headline  `json:"headlines"`
	Course     []Column    `json:"course"`
	Breakdowns []Breakdown `json:"breakdowns"`
	Durations  []Part      `json:"durations"`
	Hours      [7][24]int  `json:"hours"`            // from Monday on, from midnight on
	Funnel     []Part      `json:"funnel,omitempty"` // of records: how far they came
	Open       []Part      `json:"open,omitempty"`   // of calls: what is still to be done, whatever the period
}

// Days are the first and the last day of a period.
type Days struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Headline is a figure beside that of the period before; null where there is none.
type Headline struct {
	Name   string   `json:"name"`
	Unit   string   `json:"unit"` // count, share (from 0 to 1), seconds, or rounds
	Value  *float64 `json:"value"`
	Before *float64 `json:"before"`
}

// Column is a day, a week or a month, by its first day.
type Column struct {
	From     string `json:"from"`
	Count    int    `json:"count"`
	Answered int    `json:"answered"`
}

// Breakdown is the most frequent values of a field.
type Breakdown struct {
	Field string  `json:"field"`
	Rows  []Value `json:"rows"`
	// Others is how many rows have another value; null for fields of several values, whose rows are in several groups.
	Others *int `json:"others"`
}

// Value is a value with how many rows have it; null are rows without one.
type Value struct {
	Value *string `json:"value"`
	Count int     `json:"count"`
}

// Part is how many rows have something.
type Part struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// FiguresWriter writes figures in a format.
type FiguresWriter func(w io.Writer, f Figures, s Style) error

// WriteFiguresJSON writes figures as JSON.
func WriteFiguresJSON(w io.Writer, f Figures, _ Style) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(f)
}

// Names of parts.
var (
	durationParts = []string{"0s", "1-29s", "30-59s", "1-2min", "2-5min", "5-10min", "10-20min", "20min+"}
	openParts     = []string{"overdueWeek", "overdue", "dueInAWeek", "later", "noStart"}
	funnelParts   = []string{"called", "answered", "interested", "strong"}
)

const (
	openTasks    = "openTasks"
	overdueTasks = "overdueTasks"
)

// mostRows is how many rows a breakdown has at the most.
const mostRows = 8

// breakdownFields are the fields of breakdowns in their order. Those of several values a row, and those of people and
// things that are without number, list the most frequent ones alone.
var (
	callBreakdowns   = []string{"callType", "callStatus", "callResult", "callPurpose", "ownerId", "createdBy", "tags"}
	recordBreakdowns = []string{"resultStatus", "intentLevel", "realIntentLevel", "readStatus", "customerConcern", "tags",
		"robotCallJobId", "createdBy"}
	rankings = []string{"ownerId", "createdBy", "tags", "customerConcern", "robotCallJobId"}
)

// Figures returns the figures of an answer.
func (q Question) Figures(a Answer) Figures {
	day := func(t time.Time) string { return t.Format(time.DateOnly) }
	before := q.Period.Before()
	f := Figures{
		Report: "calls", AsOf: a.Times.Total.AsOf, TimeZone: q.Period.From.Location().String(),
		GroupBy:   string(q.Period.Interval),
		Period:    Days{day(q.Period.From), day(q.Period.Last())},
		Before:    Days{day(before.From), day(before.Last())},
		Headlines: headlines(a.Times.Total.Total, q.IsOfRecords),
		Durations: named(durationParts, a.Times.Durations.Total),
	}
	fields := callBreakdowns
	if q.IsOfRecords {
		f.Report, fields = "callRecords", recordBreakdowns
	}
	for _, g := range a.Times.Course.Groups {
		if first := g.Key.first(); first != nil {
			f.Course = append(f.Course, Column{*first, g.Count, g.Answered})
		}
	}
	for _, g := range a.Times.Hours.Groups {
		if day := slices.Index(model.AllWeekday, weekdayOf(g)); day >= 0 && g.Key.HourOfDay != nil {
			f.Hours[day][*g.Key.HourOfDay] = g.Count
		}
	}
	for _, field := range fields {
		f.Breakdowns = append(f.Breakdowns, breakdown(field, a.Lists[field].Groups, a.Times.Total.Total.Count))
	}
	if a.Times.Funnel != nil {
		f.Funnel = named(funnelParts, a.Times.Funnel.Total)
	}
	if a.Times.Open != nil {
		f.Open = named(openParts, a.Times.Open.Total)
	}
	if a.Times.Tasks != nil && a.Times.OverdueTasks != nil {
		f.Open = append(f.Open, Part{openTasks, a.Times.Tasks.TotalCount},
			Part{overdueTasks, a.Times.OverdueTasks.TotalCount})
	}
	return f
}

func weekdayOf(g group) model.Weekday {
	if g.Key.Weekday == nil {
		return ""
	}
	return model.Weekday(*g.Key.Weekday)
}

func headlines(g group, isOfRecords bool) []Headline {
	var other comparedFigures
	if g.Compared != nil {
		other = g.Compared.Other
	}
	count := float64(g.Count)
	all := []Headline{
		{"count", "count", &count, other.Count},
		{"answeredRate", "share", g.AnsweredRate, other.AnsweredRate},
		{"durationSum", "seconds", g.Duration.Sum, other.Duration.Sum},
		{"durationAvg", "seconds", g.Duration.Avg, other.Duration.Avg},
	}
	if isOfRecords {
		return append(all, Headline{"roundsAvg", "rounds", g.Rounds.Avg, other.Rounds.Avg},
			Headline{"customers", "count", g.Customers, other.Customers})
	}
	return append(all, Headline{"durationP50", "seconds", g.Duration.P50, other.Duration.P50},
		Headline{"durationP90", "seconds", g.Duration.P90, other.Duration.P90})
}

func named(names []string, g group) (all []Part) {
	counts := g.list()
	for i, name := range names {
		all = append(all, Part{name, counts[i]})
	}
	return all
}

// breakdown returns the groups of a field among so many rows. Rankings leave out rows without a value.
func breakdown(field string, groups []group, total int) Breakdown {
	b := Breakdown{Field: field, Rows: []Value{}}
	isRanking := slices.Contains(rankings, field)
	most := len(groups)
	if isRanking || most > mostRows && field != "resultStatus" {
		most = mostRows
	}
	shown := 0
	for _, g := range groups {
		value := g.Key.first()
		if len(b.Rows) == most || isRanking && value == nil {
			continue
		}
		b.Rows = append(b.Rows, Value{value, g.Count})
		shown += g.Count
	}
	if others := max(0, total-shown); !isRanking {
		b.Others = &others
	}
	return b
}
