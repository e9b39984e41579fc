package db

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"callbook/model"
)

// shown returns a key as the schema answers it.
func (d dimension) shown(key any) any {
	number, isNumber := key.(int64)
	switch {
	case !isNumber:
		return key
	case d.isLong:
		return strconv.FormatInt(number, 10)
	case d.part == weekday:
		return string(weekdays[number-1])
	case d.part == ofYear:
		return int64(dayOfNumber(number).Year())
	case d.part != "" && d.part.isCalendar():
		return dayOfNumber(number).Format(time.DateOnly)
	}
	return number
}

// filled returns groups with those of times without rows, in order. It returns LIMIT_EXCEEDED where that makes too
// many.
func (g *grouping) filled(found []groupRow) ([]groupRow, error) {
	combinations := g.combinations(found)
	for i, d := range g.dimensions {
		if d.part == "" {
			continue
		}
		values := g.fillValues(i, d.part, found)
		if len(combinations)*len(values) > MaxGroups {
			return nil, model.LimitExceeded("fill", "makes more than %d groups", MaxGroups)
		}
		var next [][]any
		for _, keys := range combinations {
			for _, value := range values {
				more := slices.Clone(keys)
				more[i] = value
				next = append(next, more)
			}
		}
		combinations = next
	}
	isThere := map[string]bool{}
	for _, row := range found {
		isThere[row.name()] = true
	}
	empty := g.emptyRow(found)
	for _, keys := range combinations {
		if row := (groupRow{keys: keys, values: empty}); !isThere[row.name()] {
			found = append(found, row)
		}
	}
	slices.SortFunc(found, g.compare)
	return found, nil
}

// combinations returns the keys of groups without times, each combination once.
func (g *grouping) combinations(found []groupRow) [][]any {
	var all [][]any
	seen := map[string]bool{}
	others := 0
	for _, d := range g.dimensions {
		if d.part == "" {
			others++
		}
	}
	if others == 0 {
		return [][]any{make([]any, len(g.dimensions))}
	}
	for _, row := range found {
		keys := slices.Clone(row.keys)
		for i, d := range g.dimensions {
			if d.part != "" {
				keys[i] = nil
			}
		}
		if name := (groupRow{keys: keys}).name(); !seen[name] {
			seen[name] = true
			all = append(all, keys)
		}
	}
	return all
}

// fillValues returns the keys that groups have by the dimension of a time at a place.
func (g *grouping) fillValues(place int, part localPart, found []groupRow) []any {
	first, last := int64(1), int64(7)
	switch part {
	case hourOfDay:
		first, last = 0, 23
	case minuteOfDay:
		first, last = 0, 24*60-1
	case weekday:
	default:
		return g.fillCalendar(place, part, found)
	}
	var values []any
	for n := first; n <= last; n++ {
		values = append(values, n)
	}
	return values
}

// fillCalendar returns the stretches of the calendar from the first to the last, at most one more than there may be
// groups.
func (g *grouping) fillCalendar(place int, part localPart, found []groupRow) []any {
	zone, _ := cachedLocation(g.query.TimeZone) // it has been checked
	var first, last *int64
	for _, row := range found {
		if n, isNumber := row.keys[place].(int64); isNumber {
			if first == nil || n < *first {
				first = &n
			}
			if last == nil || n > *last {
				last = &n
			}
		}
	}
	if from := g.query.Fill.From; from != nil {
		first = new(part.of(from.In(zone)))
	}
	if to := g.query.Fill.To; to != nil {
		last = new(part.of(to.Add(-time.Microsecond).In(zone)))
	}
	if first == nil || last == nil {
		return nil
	}
	var values []any
	for day := dayOfNumber(*first); dayNumber(day) <= *last && len(values) <= MaxGroups; day = part.next(day) {
		values = append(values, dayNumber(day))
	}
	return values
}

// emptyRow returns the figures of a group without rows; what all groups share is taken from rows.
func (g *grouping) emptyRow(rows []groupRow) []*float64 {
	values := make([]*float64, len(g.query.Groups.Parts))
	for i, part := range g.query.Groups.Parts {
		switch {
		case part.Kind == model.StatsTotal && len(rows) > 0:
			values[i] = rows[0].values[i]
		case part.Counts():
			values[i] = new(float64)
		}
	}
	return values
}

// compare orders groups by the dimensions of the order, and then by all of them.
func (g *grouping) compare(a, b groupRow) int {
	for _, step := range g.order {
		if c := compareKeys(a.keys[step.place], b.keys[step.place], step.desc); c != 0 {
			return c
		}
	}
	for i := range a.keys {
		if c := compareKeys(a.keys[i], b.keys[i], false); c != 0 {
			return c
		}
	}
	return 0
}

// compareKeys orders two keys of one dimension; nil comes last either way.
func compareKeys(a, b any, desc bool) int {
	if a == nil || b == nil {
		return cmp.Compare(boolNumber(a == nil), boolNumber(b == nil))
	}
	var c int
	switch a := a.(type) {
	case int64:
		c = cmp.Compare(a, b.(int64))
	case string:
		c = cmp.Compare(a, b.(string))
	}
	if desc {
		return -c
	}
	return c
}

func boolNumber(b bool) int {
	if b {
		return 1
	}
	return 0
}

// unshifted returns the keys of the group with which the one of keys is compared.
func (g *grouping) unshifted(keys []any) []any {
	shift := g.query.CompareTo.Shift
	if shift == nil {
		return keys
	}
	keys = slices.Clone(keys)
	for i, d := range g.dimensions {
		if n, isNumber := keys[i].(int64); isNumber && d.part != "" && d.part.isCalendar() {
			keys[i] = dayNumber(dayOfNumber(n).AddDate(0, -shift.Months, -shift.Days))
		}
	}
	return keys
}
