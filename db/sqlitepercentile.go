package db

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"
)

// percentiles is an aggregate that returns percentiles of whole numbers as a JSON list, interpolated between neighbours
// as PostgreSQL's percentile_cont does; null of no numbers. Its second argument names the percentileList with the
// fractions. It keeps how often each number occurs: its memory is bounded by the different numbers, not by the rows.
const percentiles = "callbook_percentiles"

func init() {
	sqlite.MustRegisterFunction(percentiles, &sqlite.FunctionImpl{NArgs: 2, Deterministic: true,
		MakeAggregate: func(sqlite.FunctionContext) (sqlite.AggregateFunction, error) { return &percentilesOf{}, nil }})
}

// percentileLists are the lists of the statements that run, by their ids.
var (
	percentileLists    sync.Map
	lastPercentileList atomic.Int64
)

// percentilesOf counts the numbers of which percentiles are taken.
type percentilesOf struct {
	list   *percentileList
	counts map[int64]int64
	total  int64
	failed bool
}

// Step counts a number; nulls are left out. It returns LIMIT_EXCEEDED where the numbers take too much memory.
func (p *percentilesOf) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	number, isNumber := args[0].(int64)
	if !isNumber {
		return nil
	}
	if p.list == nil {
		list, isKnown := percentileLists.Load(args[1])
		if !isKnown {
			return fmt.Errorf("%s: there is no list %v", percentiles, args[1])
		}
		p.list, p.counts = list.(*percentileList), map[int64]int64{}
	}
	before := len(p.counts)
	p.counts[number]++
	p.total++
	if len(p.counts) == before {
		return nil
	}
	err := p.list.memory.grow()
	p.failed = err != nil
	return err
}

// WindowInverse is not used: no statement takes percentiles of windows.
func (p *percentilesOf) WindowInverse(*sqlite.FunctionContext, []driver.Value) error {
	return fmt.Errorf("%s is no function of windows", percentiles)
}

// WindowValue returns the percentiles.
func (p *percentilesOf) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	if p.total == 0 || p.failed {
		return nil, nil
	}
	numbers := slices.Sorted(maps.Keys(p.counts))
	ends := make([]int64, len(numbers)) // how many are as small as the number, or smaller
	end := int64(0)
	for i, number := range numbers {
		end += p.counts[number]
		ends[i] = end
	}
	nth := func(place float64) float64 {
		i, _ := slices.BinarySearch(ends, int64(place)+1)
		return float64(numbers[i])
	}
	found := make([]float64, len(p.list.fractions))
	for i, fraction := range p.list.fractions {
		place := fraction * float64(p.total-1)
		below := nth(math.Floor(place))
		found[i] = below + (place-math.Floor(place))*(nth(math.Ceil(place))-below)
	}
	text, err := json.Marshal(found)
	return string(text), err
}

// Final gives the memory back.
func (p *percentilesOf) Final(*sqlite.FunctionContext) {
	if p.list != nil {
		p.list.memory.shrink(len(p.counts))
		p.counts = nil
	}
}
