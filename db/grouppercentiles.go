package db

import (
	"slices"
	"strconv"
	"strings"

	"callbook/model"
)

// percentileList is the percentiles that a statement takes of one number of the rows of one condition: one aggregate
// returns them all.
type percentileList struct {
	of, filter string // as those of model.StatsMeasure
	fractions  []float64
	id         int64 // in percentileLists
	memory     *figureMemory
}

// percentileListsOf returns the lists of percentiles among measures. They are known to the engine until release is
// called; their memory counts as read by the operation of account, which may be nil.
func percentileListsOf(measures []model.StatsMeasure, account *Account) (lists []*percentileList, release func()) {
	memory := &figureMemory{account: account}
	for _, m := range measures {
		if m.Kind != model.StatsPercentile {
			continue
		}
		list := listOf(lists, m)
		if list == nil {
			list = &percentileList{of: m.Of, filter: m.Filter, id: lastPercentileList.Add(1), memory: memory}
			lists = append(lists, list)
			percentileLists.Store(list.id, list)
		}
		if !slices.Contains(list.fractions, m.Percent/100) {
			list.fractions = append(list.fractions, m.Percent/100)
		}
	}
	return lists, func() {
		for _, list := range lists {
			percentileLists.Delete(list.id)
		}
	}
}

// listOf returns the list that has a percentile, nil where there is none.
func listOf(lists []*percentileList, m model.StatsMeasure) *percentileList {
	for _, list := range lists {
		if list.of == m.Of && list.filter == m.Filter {
			return list
		}
	}
	return nil
}

// place returns the place of a percentile in the list.
func (l *percentileList) place(m model.StatsMeasure) int {
	return slices.Index(l.fractions, m.Percent/100)
}

// aggregate returns the aggregate that computes the list of a column.
func (l *percentileList) aggregate(sql, column string) string {
	fractions := make([]string, len(l.fractions))
	for i, fraction := range l.fractions {
		fractions[i] = strconv.FormatFloat(fraction, 'f', -1, 64)
	}
	return strings.NewReplacer("{value}", column, "{fractions}", strings.Join(fractions, ", "), "{list}",
		strconv.FormatInt(l.id, 10)).Replace(sql)
}

// What the memory of figures is counted by: a different number with how often it occurs, also while it is sorted, and
// how much is counted at a time.
const (
	figureNumberSize = 48
	figureMemoryStep = 64 << 10
)

// figureMemory counts the memory that the aggregates of one statement hold at once, at its most, as bytes that the
// operation reads. The statement's goroutine alone uses it.
type figureMemory struct {
	account       *Account
	held, counted int64
}

// grow counts one more number. It returns LIMIT_EXCEEDED where the operation has too many.
func (m *figureMemory) grow() error {
	if m.held += figureNumberSize; m.held <= m.counted {
		return nil
	}
	m.counted += figureMemoryStep
	return m.account.hold(figureMemoryStep)
}

// shrink says that so many numbers are no longer held.
func (m *figureMemory) shrink(numbers int) { m.held -= int64(numbers) * figureNumberSize }
