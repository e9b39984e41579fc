package db

import (
	"database/sql/driver"
	"maps"
	"math"
	"slices"

	"modernc.org/sqlite"
)

// percentile is an aggregate that returns a percentile of whole numbers, at a fraction from 0 to 1, interpolated between
// neighbours as PostgreSQL's percentile_cont does. It keeps how often each number occurs: its memory is bounded by the
// different numbers, not by the rows.
const percentile = "callbook_percentile"

func init() {
	sqlite.MustRegisterFunction(percentile, &sqlite.FunctionImpl{NArgs: 2, Deterministic: true,
		MakeAggregate: func(sqlite.FunctionContext) (sqlite.AggregateFunction, error) {
			return &percentileOf{counts: map[int64]int64{}}, nil
		}})
}

// percentileOf counts the numbers of which a percentile is taken.
type percentileOf struct {
	counts   map[int64]int64
	total    int64
	fraction float64
}

// Step counts a number; nulls are left out.
func (p *percentileOf) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	if number, isNumber := args[0].(int64); isNumber {
		p.counts[number]++
		p.total++
	}
	switch fraction := args[1].(type) {
	case float64:
		p.fraction = fraction
	case int64:
		p.fraction = float64(fraction)
	}
	return nil
}

// WindowInverse takes a number back.
func (p *percentileOf) WindowInverse(_ *sqlite.FunctionContext, args []driver.Value) error {
	if number, isNumber := args[0].(int64); isNumber {
		p.counts[number]--
		p.total--
	}
	return nil
}

// WindowValue returns the percentile, null of no numbers.
func (p *percentileOf) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	if p.total == 0 {
		return nil, nil
	}
	place := p.fraction * float64(p.total-1)
	low := math.Floor(place)
	below, above := p.nth(int64(low)), p.nth(int64(math.Ceil(place)))
	return below + (place-low)*(above-below), nil
}

// Final does nothing: the counts are garbage.
func (p *percentileOf) Final(*sqlite.FunctionContext) {}

// nth returns the number at a place, from 0, of all numbers in order.
func (p *percentileOf) nth(place int64) float64 {
	for _, number := range slices.Sorted(maps.Keys(p.counts)) {
		if place -= p.counts[number]; place < 0 {
			return float64(number)
		}
	}
	return 0
}
