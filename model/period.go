package model

import (
	"strings"
	"time"
)

// Period is the days of a report.
type Period struct {
	From, To time.Time // the first day's midnight, and that after the last day, on the clocks of a zone
	Interval ReportInterval
}

const (
	// maxIntervals is how many days, weeks or months a period has at the most: as many columns can be told apart.
	maxIntervals = 366
	// firstYear and lastYear are those of periods: the period before the first is still in a calendar.
	firstYear, lastYear = 1900, 9990
)

// ReadZone returns the zone of the IANA database that a field names. Error: BAD_USER_INPUT on the field.
func ReadZone(field, name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || strings.EqualFold(name, "local") {
		return nil, BadInput(field, "must be a zone of the IANA database, such as Asia/Shanghai")
	}
	return zone, nil
}

// NewPeriod returns the period from a day to a day, both in it, of a zone's calendar: to today where to is nil, and of
// 30 days, 26 weeks or 24 months where from is nil. Errors on from, to and groupBy: BAD_USER_INPUT, and LIMIT_EXCEEDED
// for more than 366 intervals.
func NewPeriod(from, to *string, interval ReportInterval, zone *time.Location, now time.Time) (p Period, err error) {
	p.Interval = interval
	last := now.In(zone)
	if to != nil {
		if last, err = readDay("to", *to); err != nil {
			return p, err
		}
	}
	first := firstDay(last, interval)
	if from != nil {
		if first, err = readDay("from", *from); err != nil {
			return p, err
		}
	}
	p.From, p.To = midnight(first, 0, zone), midnight(last, 1, zone)
	if !p.From.Before(p.To) {
		return p, BadInput("from", "is after the last day, %s", last.Format(time.DateOnly))
	}
	if n := p.intervals(); n > maxIntervals {
		return p, LimitExceeded("groupBy", "the period has %d columns by %s, of at most %d; take longer ones, or fewer days",
			n, interval, maxIntervals)
	}
	return p, nil
}

func readDay(field, text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, BadInput(field, "must be a day as YYYY-MM-DD")
	}
	if day.Year() < firstYear || day.Year() > lastYear {
		return day, BadInput(field, "must be of the years %d to %d", firstYear, lastYear)
	}
	return day, nil
}

// midnight returns the beginning of the day that is so many days after that of a time, on the clocks of a zone.
func midnight(day time.Time, after int, zone *time.Location) time.Time {
	year, month, date := day.Date()
	return time.Date(year, month, date+after, 0, 0, 0, 0, zone)
}

// firstDay returns the first day of the usual period that ends with a day.
func firstDay(last time.Time, interval ReportInterval) time.Time {
	year, month, day := last.Date()
	switch interval {
	case ReportIntervalWeek:
		sinceMonday := (int(last.Weekday()) + 6) % 7
		return time.Date(year, month, day-sinceMonday-25*7, 0, 0, 0, 0, time.UTC)
	case ReportIntervalMonth:
		return time.Date(year, month-23, 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(year, month, day-29, 0, 0, 0, 0, time.UTC)
}

// Days returns how many days the period has.
func (p Period) Days() int {
	from, to := midnight(p.From, 0, time.UTC), midnight(p.To, 0, time.UTC)
	return int(to.Sub(from) / (24 * time.Hour))
}

// Last returns a time of the last day.
func (p Period) Last() time.Time { return midnight(p.To, -1, p.To.Location()) }

// months returns how many months have a day of the period.
func (p Period) months() int {
	last := p.Last()
	return (last.Year()-p.From.Year())*12 + int(last.Month()-p.From.Month()) + 1
}

// intervals returns how many intervals have a day of the period.
func (p Period) intervals() int {
	switch p.Interval {
	case ReportIntervalWeek:
		sinceMonday := (int(p.From.Weekday()) + 6) % 7
		return (p.Days() + sinceMonday + 6) / 7
	case ReportIntervalMonth:
		return p.months()
	}
	return p.Days()
}

// Before returns the period before this one: as many months where this one is whole months, else as many days.
func (p Period) Before() Period {
	before := Period{To: p.From, Interval: p.Interval, From: midnight(p.From, -p.Days(), p.From.Location())}
	if p.From.Day() == 1 && p.To.Day() == 1 {
		year, month, _ := p.From.Date()
		before.From = time.Date(year, month-time.Month(p.months()), 1, 0, 0, 0, 0, p.From.Location())
	}
	return before
}
