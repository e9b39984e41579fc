package tests

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// timeKey returns a field of keys that is a part of a time; nil for no time.
func timeKey(field string, at time.Time, zone *time.Location) any {
	if at.IsZero() {
		return nil
	}
	local := at.In(zone)
	year, month, _ := local.Date()
	day := func(y int, m time.Month, d int) string {
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	switch field {
	case "minuteOfDay":
		return float64(local.Hour()*60 + local.Minute())
	case "hourOfDay":
		return float64(local.Hour())
	case "weekday":
		return strings.ToUpper(local.Weekday().String())
	case "day":
		return local.Format(time.DateOnly)
	case "week":
		return local.AddDate(0, 0, -(int(local.Weekday())+6)%7).Format(time.DateOnly)
	case "month":
		return day(year, month, 1)
	case "quarter":
		return day(year, (month-1)/3*3+1, 1)
	case "year":
		return float64(year)
	}
	panic("no key " + field)
}

// figures are what Go computes of a group.
func (c groupedCalls) figures(all int) vars {
	var seconds []float64
	answered, attempts, outbound := 0, 0, 0
	owners := map[string]bool{}
	for _, call := range c {
		if call.seconds >= 0 {
			seconds = append(seconds, float64(call.seconds))
		}
		switch call.callStatus(call.status == "SCHEDULED") {
		case "RECEIVED", "ATTENDED_DIALLED":
			answered++
			attempts++
		case "UNATTENDED_DIALLED", "MISSED":
			attempts++
		}
		if call.callType == "OUTBOUND" {
			outbound++
		}
		owners[call.owner] = true
	}
	return vars{"drillDown": "<any>", "count": float64(len(c)), "outbound": float64(outbound), "share": share(len(c), all),
		"answeredRate": share(answered, attempts), "owners": float64(len(owners)), "duration": numbersOf(seconds)}
}

type groupedCalls []groupedCall

func share(part, whole int) any {
	if whole == 0 {
		return nil
	}
	return float64(part) / float64(whole)
}

// numbersOf computes what StatsValues has, by sorting.
func numbersOf(values []float64) vars {
	if len(values) == 0 {
		return vars{"sum": nil, "avg": nil, "min": nil, "max": nil, "p50": nil, "p90": nil, "p95": nil, "p99": nil,
			"odd": nil}
	}
	slices.Sort(values)
	sum := 0.0
	for _, value := range values {
		sum += value
	}
	at := func(percent float64) any {
		place := percent / 100 * float64(len(values)-1)
		low := int(place)
		high := min(low+1, len(values)-1)
		return math.Round((values[low]+(place-float64(low))*(values[high]-values[low]))*1e6) / 1e6
	}
	return vars{"sum": sum, "avg": sum / float64(len(values)), "min": values[0], "max": values[len(values)-1],
		"p50": at(50), "p90": at(90), "p95": at(95), "p99": at(99), "odd": at(12.5)}
}

// dimensionOf returns the dimension of a field of keys: hourOfDay → HOUR_OF_DAY.
func dimensionOf(field string) string {
	var name strings.Builder
	for _, r := range field {
		if r >= 'A' && r <= 'Z' {
			name.WriteByte('_')
		}
		name.WriteRune(r)
	}
	return strings.ToUpper(name.String())
}

// keyOrder is the place of a key among those of its dimension: keys of weekdays do not sort by their names.
func keyOrder(key any) any {
	days := []string{"MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"}
	if text, isText := key.(string); isText && slices.Contains(days, text) {
		return float64(slices.Index(days, text))
	}
	return key
}

// compareGroupKeys orders keys as groups come by default: by each dimension, null last.
func compareGroupKeys(a, b []any) int {
	for i := range a {
		x, y := keyOrder(a[i]), keyOrder(b[i])
		if (x == nil) != (y == nil) {
			if x == nil {
				return 1
			}
			return -1
		}
		c := 0
		switch x := x.(type) {
		case float64:
			c = cmp.Compare(x, y.(float64))
		case string:
			c = cmp.Compare(x, y.(string))
		case bool:
			c = cmp.Compare(fmt.Sprint(x), fmt.Sprint(y))
		}
		if c != 0 {
			return c
		}
	}
	return 0
}
