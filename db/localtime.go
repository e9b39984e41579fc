package db

import (
	"database/sql/driver"
	"fmt"
	"reflect"
	"strings"
	"time"

	"modernc.org/sqlite"

	"callbook/model"
)

// localPart is a part of the local time of an instant, as a number: of the day of the week, Monday is 1; days, weeks,
// months and quarters are their first day, counted from 1 January 1970, and so are years.
type localPart string

const (
	minuteOfDay localPart = "minute"
	hourOfDay   localPart = "hour"
	weekday     localPart = "weekday"
	ofDay       localPart = "day"
	ofWeek      localPart = "week"
	ofMonth     localPart = "month"
	ofQuarter   localPart = "quarter"
	ofYear      localPart = "year"
)

// isCalendar reports whether a part is a stretch of the calendar.
func (p localPart) isCalendar() bool { return p != minuteOfDay && p != hourOfDay && p != weekday }

// localPartFunction is a function that returns a part of the local time of an instant in a time zone, which SQLite's
// own cannot.
const localPartFunction = "callbook_local_part"

func init() {
	sqlite.MustRegisterDeterministicScalarFunction(localPartFunction, 3, sqlLocalPart)
}

// partOf returns the expression of a part of the local time of a column. The zone has passed CheckTimeZone, so that its
// name can stand in the text: the expression has no arguments, and groups can name it.
func (d *dialect) partOf(part localPart, column, zone string) string {
	return strings.NewReplacer("{time}", column, "{zone}", "'"+zone+"'").Replace(d.localParts[part])
}

// sqliteParts are the expressions of parts on SQLite.
var sqliteParts = func() map[localPart]string {
	parts := map[localPart]string{}
	for _, part := range []localPart{minuteOfDay, hourOfDay, weekday, ofDay, ofWeek, ofMonth, ofQuarter, ofYear} {
		parts[part] = localPartFunction + "({time}, {zone}, '" + string(part) + "')"
	}
	return parts
}()

// postgresParts are the expressions of parts on PostgreSQL.
var postgresParts = map[localPart]string{
	minuteOfDay: "CAST(date_part('hour', {time} AT TIME ZONE {zone}) * 60 + " +
		"date_part('minute', {time} AT TIME ZONE {zone}) AS integer)",
	hourOfDay: "CAST(date_part('hour', {time} AT TIME ZONE {zone}) AS integer)",
	weekday:   "CAST(date_part('isodow', {time} AT TIME ZONE {zone}) AS integer)",
	ofDay:     "(CAST({time} AT TIME ZONE {zone} AS date) - DATE '1970-01-01')",
	ofWeek:    "(CAST(date_trunc('week', {time} AT TIME ZONE {zone}) AS date) - DATE '1970-01-01')",
	ofMonth:   "(CAST(date_trunc('month', {time} AT TIME ZONE {zone}) AS date) - DATE '1970-01-01')",
	ofQuarter: "(CAST(date_trunc('quarter', {time} AT TIME ZONE {zone}) AS date) - DATE '1970-01-01')",
	ofYear:    "(CAST(date_trunc('year', {time} AT TIME ZONE {zone}) AS date) - DATE '1970-01-01')",
}

func sqlLocalPart(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	text, isText := args[0].(string)
	zone, isZone := args[1].(string)
	part, isPart := args[2].(string)
	if !isText || !isZone || !isPart {
		return nil, nil
	}
	location, err := cachedLocation(zone)
	if err != nil {
		return nil, err
	}
	at, err := parseStored(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", localPartFunction, err)
	}
	return localPart(part).of(at.In(location)), nil
}

// of returns the part of a local time.
func (p localPart) of(local time.Time) int64 {
	switch p {
	case minuteOfDay:
		return int64(local.Hour()*60 + local.Minute())
	case hourOfDay:
		return int64(local.Hour())
	case weekday:
		return int64(isoWeekday(local))
	default:
		return dayNumber(p.firstDay(local))
	}
}

// firstDay returns the first day of a stretch of the calendar, at midnight UTC.
func (p localPart) firstDay(local time.Time) time.Time {
	year, month, day := local.Date()
	switch p {
	case ofWeek:
		day -= isoWeekday(local) - 1
	case ofMonth:
		day = 1
	case ofQuarter:
		month, day = (month-1)/3*3+1, 1
	case ofYear:
		month, day = 1, 1
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// next returns the first day of the stretch of the calendar that follows the one with a first day.
func (p localPart) next(first time.Time) time.Time {
	switch p {
	case ofWeek:
		return first.AddDate(0, 0, 7)
	case ofMonth:
		return first.AddDate(0, 1, 0)
	case ofQuarter:
		return first.AddDate(0, 3, 0)
	case ofYear:
		return first.AddDate(1, 0, 0)
	default:
		return first.AddDate(0, 0, 1)
	}
}

// isoWeekday returns the day of the week, from 1 for Monday to 7 for Sunday.
func isoWeekday(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }

const daySeconds = 24 * 60 * 60

// dayNumber returns the number of a day, which is given by its midnight in UTC, from 1 January 1970.
func dayNumber(midnight time.Time) int64 { return midnight.Unix() / daySeconds }

// dayOfNumber returns the day with a number, at midnight UTC.
func dayOfNumber(n int64) time.Time { return time.Unix(n*daySeconds, 0).UTC() }

// parseStored parses an instant as SQLite stores it, see sqliteTime, to the second. It is several times as fast as
// time.Parse.
func parseStored(text string) (time.Time, error) {
	const layout, seconds = "0000-00-00 00:00:00", len("0000-00-00 00:00:00")
	if len(text) <= seconds || text[seconds] != '+' && text[seconds] != '.' || !strings.HasSuffix(text, "+00:00") {
		return time.Parse(sqliteTime, text)
	}
	for i := range seconds {
		isDigit := text[i] >= '0' && text[i] <= '9'
		if isDigit != (layout[i] == '0') || !isDigit && text[i] != layout[i] {
			return time.Parse(sqliteTime, text)
		}
	}
	two := func(at int) int { return int(text[at]-'0')*10 + int(text[at+1]-'0') }
	return time.Date(two(0)*100+two(2), time.Month(two(5)), two(8), two(11), two(14), two(17), 0, time.UTC), nil
}

// startOfDay returns the first instant of a day, which is given by its midnight in UTC, in a time zone: clocks may be
// put on or back at midnight.
func startOfDay(day time.Time, zone *time.Location) time.Time {
	year, month, date := day.Date()
	start := time.Date(year, month, date, 0, 0, 0, 0, zone)
	if start.Day() != date { // there is no midnight, and the time is before the gap
		_, start = start.ZoneBounds()
		return start
	}
	since, _ := start.ZoneBounds()
	if since.IsZero() {
		return start
	}
	if start.Hour() != 0 || start.Minute() != 0 { // it is behind the gap
		return since
	}
	_, before := since.Add(-1).Zone()
	if first := day.Add(-time.Duration(before) * time.Second); first.Before(since) { // there are two midnights
		return first
	}
	return start
}

// weekdays are the days of the week of the schema, from Monday.
var weekdays = model.AllWeekday

// weekdayNumber converts a day of the week of the schema to its number.
func weekdayNumber(name string) (any, error) {
	for i, day := range weekdays {
		if string(day) == name {
			return i + 1, nil
		}
	}
	return 0, model.BadInput("", "must be a day of the week")
}

// local returns the conditions on the local time of a column.
func (t *filterer) local(c filterColumn, field string, filter *model.LocalTimeFilter) cond {
	if err := CheckTimeZone(filter.TimeZone); err != nil {
		return t.fail(model.InField(err, field+".timeZone"))
	}
	var all []cond
	add := func(name string, part localPart, convert func(string) (any, error), operators any) {
		if value := reflect.ValueOf(operators); !value.IsNil() {
			column := filterColumn{expr: t.scope.dialect.partOf(part, c.expr, filter.TimeZone), convert: convert}
			all = append(all, t.column(column, field+"."+name, value.Elem(), seenRows{}))
		}
	}
	add("weekday", weekday, weekdayNumber, filter.Weekday)
	add("hour", hourOfDay, nil, filter.Hour)
	add("minuteOfDay", minuteOfDay, nil, filter.MinuteOfDay)
	return allOf(all...)
}
