package model

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"reflect"
	"time"
)

// Stats are figures of groups of rows. It holds functions of package db because each takes SQL statements, which run
// once, where a field that needs them is asked for.
type Stats struct {
	AsOf     time.Time // when statuses were judged
	TimeZone string
	Load     func(context.Context) (*StatsGroups, error)
	LoadAll  func(context.Context) (*StatsGroup, error) // one group of all rows
	Personal []string                                   // dimensions that are personal data, by their fields
}

// StatsGroups are the groups that are answered, and whether there are more.
type StatsGroups struct {
	Groups  []*StatsGroup
	HasMore bool
}

// HasMore reports whether there are more groups than were asked for.
func (s *Stats) HasMore(ctx context.Context) (bool, error) {
	groups, err := s.Load(ctx)
	if err != nil {
		return false, err
	}
	return groups.HasMore, nil
}

// StatsGroup is one group of rows.
type StatsGroup struct {
	Fields  []string // the dimensions, by their fields of the key
	Keys    []any    // by dimension: string or int64, nil for rows without a value
	Figures *StatsRow
	Other   *StatsGroup // the rows with which it is compared; nil where there is nothing to compare with
	// DrillDown returns how its rows are read: a data set, empty where there are none, and a filter as JSON.
	DrillDown func() (CallDataset, JSONObject)
}

// StatsKind is what a measure computes.
type StatsKind string

// The kinds of measures. Those from StatsTotal on are parts of others.
const (
	StatsCount      StatsKind = "count"
	StatsDistinct   StatsKind = "distinct"   // different values of Of
	StatsShare      StatsKind = "share"      // StatsCount / StatsTotal
	StatsRate       StatsKind = "rate"       // StatsAnswered / StatsAttempts
	StatsSum        StatsKind = "sum"        // of Of, as those that follow
	StatsAvg        StatsKind = "avg"        // StatsSum / StatsValued
	StatsMin        StatsKind = "min"        //
	StatsMax        StatsKind = "max"        //
	StatsPercentile StatsKind = "percentile" // Percent of Of
	StatsTotal      StatsKind = "total"      // rows in all groups together
	StatsAnswered   StatsKind = "answered"   // rows that count as answered
	StatsAttempts   StatsKind = "attempts"   // rows among which they are counted
	StatsValued     StatsKind = "valued"     // rows that have a value of Of
)

// The numbers of rows of which figures are computed.
const (
	StatsDuration = "DURATION"
	StatsRounds   = "ROUNDS"
)

// StatsMeasure is a figure of the rows of a group.
type StatsMeasure struct {
	Kind    StatsKind
	Of      string  // the number, or the field whose values are counted
	Percent float64 // of StatsPercentile
	Filter  string  // the condition on the rows, as JSON; empty for all
}

// Parts returns the measures of which SQL computes m.
func (m StatsMeasure) Parts() []StatsMeasure {
	part := func(kind StatsKind) StatsMeasure { return StatsMeasure{Kind: kind, Of: m.Of, Filter: m.Filter} }
	switch m.Kind {
	case StatsShare:
		return []StatsMeasure{part(StatsCount), part(StatsTotal)}
	case StatsRate:
		return []StatsMeasure{part(StatsAnswered), part(StatsAttempts)}
	case StatsAvg:
		return []StatsMeasure{part(StatsSum), part(StatsValued)}
	}
	return []StatsMeasure{m}
}

// Counts reports whether a part is 0 where there are no rows; others have no value then.
func (m StatsMeasure) Counts() bool {
	switch m.Kind {
	case StatsCount, StatsDistinct, StatsTotal, StatsAnswered, StatsAttempts, StatsValued:
		return true
	}
	return false
}

// StatsPlan is what is computed of groups: parts of measures, each once.
type StatsPlan struct {
	Parts   []StatsMeasure
	Index   map[StatsMeasure]int // place in Parts
	Filters map[string]any       // the conditions that parts name: pointers to inputs of the schema
	// Places say where parts were first asked for: the path of a field from that of the statistics, with dots.
	Places map[StatsMeasure]string
}

// NewStatsPlan returns a plan of nothing.
func NewStatsPlan() *StatsPlan {
	return &StatsPlan{Index: map[StatsMeasure]int{}, Filters: map[string]any{},
		Places: map[StatsMeasure]string{}}
}

// Add adds the parts of a measure, asked for at a place, of the rows that pass a filter, which may be nil.
func (p *StatsPlan) Add(m StatsMeasure, filter any, place string) {
	m.Filter = FilterName(filter)
	if m.Filter != "" {
		p.Filters[m.Filter] = filter
	}
	for _, part := range m.Parts() {
		if _, isThere := p.Index[part]; !isThere {
			p.Index[part] = len(p.Parts)
			p.Places[part] = place
			p.Parts = append(p.Parts, part)
		}
	}
}

// FilterName returns the name of a filter in measures: what it says, as JSON, empty for nil.
func FilterName(filter any) string {
	if filter == nil || reflect.ValueOf(filter).IsNil() {
		return ""
	}
	name, _ := json.Marshal(filter) // inputs are always JSON
	return string(name)
}

// StatsRow is what SQL has computed of a group, by the parts of a plan.
type StatsRow struct {
	Plan   *StatsPlan
	Values []*float64
}

// Figure returns a measure, nil where there is none.
func (r *StatsRow) Figure(m StatsMeasure) *float64 {
	parts := m.Parts()
	value := r.part(parts[0])
	switch {
	case value == nil:
		return nil
	case len(parts) == 2:
		return quotient(value, r.part(parts[1]))
	case m.Kind == StatsPercentile:
		return new(math.Round(*value*1e6) / 1e6) // removes errors of binary fractions
	}
	return value
}

// part returns the value of a part. The plan has all that are asked for: it is made of the fields of the operation.
func (r *StatsRow) part(m StatsMeasure) *float64 {
	i, isThere := r.Plan.Index[m]
	if !isThere {
		panic("model: a figure that is not in the plan: " + string(m.Kind))
	}
	return r.Values[i]
}

// quotient returns a / b, nil where one of them is nil or b is 0.
func quotient(a, b *float64) *float64 {
	if a == nil || b == nil || *b == 0 {
		return nil
	}
	return new(*a / *b)
}

// difference returns a - b, nil where one of them is nil.
func difference(a, b *float64) *float64 {
	if a == nil || b == nil {
		return nil
	}
	return new(*a - *b)
}

// compared returns the figures of two rows, combined.
func compared(a, b *StatsRow, combine func(a, b *float64) *float64) figureFunc {
	return func(m StatsMeasure) *float64 { return combine(a.Figure(m), b.Figure(m)) }
}

// figureFunc returns a figure, nil where there is none.
type figureFunc func(StatsMeasure) *float64

// statsFigures are the fields of the schema that answer figures of rows, which filters of type F choose. D names fields
// whose values are counted.
type statsFigures[F any, D ~string] struct{ figure figureFunc }

// Count returns how many rows pass a filter.
func (f statsFigures[F, D]) Count(filter *F) *float64 {
	return f.figure(StatsMeasure{Kind: StatsCount, Filter: FilterName(filter)})
}

// DistinctCount returns how many values a field has in rows that pass a filter.
func (f statsFigures[F, D]) DistinctCount(of D, filter *F) *float64 {
	return f.figure(StatsMeasure{Kind: StatsDistinct, Of: string(of), Filter: FilterName(filter)})
}

// Share returns the share of the group in all rows, of those that pass a filter.
func (f statsFigures[F, D]) Share(filter *F) *float64 {
	return f.figure(StatsMeasure{Kind: StatsShare, Filter: FilterName(filter)})
}

// AnsweredRate returns the share of answered rows, of those that pass a filter.
func (f statsFigures[F, D]) AnsweredRate(filter *F) *float64 {
	return f.figure(StatsMeasure{Kind: StatsRate, Filter: FilterName(filter)})
}

// Duration returns figures of the seconds of rows that pass a filter.
func (f statsFigures[F, D]) Duration(filter *F) *StatsValues {
	return &StatsValues{f.figure, StatsDuration, FilterName(filter)}
}

// StatsValues are figures of a number that rows have.
type StatsValues struct {
	figure figureFunc
	of     string
	filter string
}

func (v *StatsValues) value(kind StatsKind, percent float64) *float64 {
	return v.figure(StatsMeasure{Kind: kind, Of: v.of, Percent: percent, Filter: v.filter})
}

// Sum returns the sum.
func (v *StatsValues) Sum() *float64 { return v.value(StatsSum, 0) }

// Avg returns the average.
func (v *StatsValues) Avg() *float64 { return v.value(StatsAvg, 0) }

// Min returns the least.
func (v *StatsValues) Min() *float64 { return v.value(StatsMin, 0) }

// Max returns the greatest.
func (v *StatsValues) Max() *float64 { return v.value(StatsMax, 0) }

// P50 returns the median.
func (v *StatsValues) P50() *float64 { return v.value(StatsPercentile, 50) }

// P90 returns the 90th percentile.
func (v *StatsValues) P90() *float64 { return v.value(StatsPercentile, 90) }

// P95 returns the 95th percentile.
func (v *StatsValues) P95() *float64 { return v.value(StatsPercentile, 95) }

// P99 returns the 99th percentile.
func (v *StatsValues) P99() *float64 { return v.value(StatsPercentile, 99) }

// Percentile returns a percentile, from 0 to 100.
func (v *StatsValues) Percentile(percent float64) *float64 { return v.value(StatsPercentile, percent) }

// setKey sets the fields of a key of the schema to the values of a group's dimensions.
func setKey(key any, group *StatsGroup) {
	fields := reflect.ValueOf(key).Elem()
	for i, name := range group.Fields {
		if group.Keys[i] == nil {
			continue
		}
		field := fields.FieldByName(name)
		value := reflect.New(field.Type().Elem())
		if value.Elem().Kind() == reflect.Bool {
			value.Elem().SetBool(group.Keys[i] == int64(1))
		} else {
			value.Elem().Set(reflect.ValueOf(group.Keys[i]).Convert(value.Type().Elem()))
		}
		field.Set(value)
	}
}

// JSONObject is an object that the schema answers as JSON.
type JSONObject map[string]any

// MarshalGQL writes the object without line breaks; signs of HTML stay as they are.
func (o JSONObject) MarshalGQL(w io.Writer) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(map[string]any(o)) // inputs are always JSON
	_, _ = w.Write(bytes.TrimSuffix(text.Bytes(), []byte{'\n'}))
}

// UnmarshalGQL reads an object. It returns BAD_USER_INPUT for anything else.
func (o *JSONObject) UnmarshalGQL(v any) error {
	object, isObject := v.(map[string]any)
	if !isObject {
		return badValue("must be an object")
	}
	*o = object
	return nil
}

// CallDrillDown says how calls are read.
type CallDrillDown struct {
	Dataset CallDataset
	Filter  JSONObject
}

// CallRecordDrillDown says how call records are read.
type CallRecordDrillDown struct{ Filter JSONObject }
