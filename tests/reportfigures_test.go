package tests

import (
	"maps"
	"net/url"
	"slices"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestReportOfRealCalls compares the figures of a report on real calls with what Go computes, in zones east of UTC,
// over a change of the clock. Its statements are as many as those of a report on no calls.
func TestReportOfRealCalls(t *testing.T) {
	t.Parallel()
	calls := bankCalls(t)
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		now := time.Date(2024, 3, 30, 12, 0, 0, 0, time.UTC)
		e.Clock.Set(now)
		server := harness.NewServer(t, e)
		statements := func(address string) (report harness.Response, n int64) {
			before := server.Statements()
			report = server.Do("GET", address, "").JSON()
			return report, server.Statements() - before
		}
		address := func(zone, from, to string) string {
			return "/report/calls.json?from=" + from + "&to=" + to + "&timeZone=" + url.QueryEscape(zone)
		}
		_, none := statements(address("Europe/Berlin", "2024-02-01", "2024-03-31"))
		createGroupedCalls(t, server, calls)
		for _, c := range []struct{ zone, from, to, before string }{
			{"Europe/Berlin", "2024-02-01", "2024-03-31", "2023-12-01"},
			{"Asia/Kathmandu", "2024-03-05", "2024-04-03", "2024-02-04"},
		} {
			zone, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			report, n := statements(address(c.zone, c.from, c.to))
			if n != none {
				t.Errorf("%v: got %d statements, want %d as on no calls", c, n, none)
			}
			if report.At("periodBefore", "from") != c.before {
				t.Fatalf("%v: got %.400s, want the period before from %s", c, harness.JSON(report), c.before)
			}
			r := reported{zone, now, callsFrom(calls, zone, c.from, c.to), callsFrom(calls, zone, c.before, dayBefore(c.from))}
			r.checkHeadlines(t, report)
			r.checkTimes(t, report, c.from)
			r.checkBreakdowns(t, report)
			checkOpen(t, report, calls, now)
		}
	})
}

// reported is what a report is about: calls of its period, and of that before.
type reported struct {
	zone          *time.Location
	now           time.Time
	calls, before groupedCalls
}

// callsFrom returns the calls from a day to a day.
func callsFrom(calls []groupedCall, zone *time.Location, from, to string) (within groupedCalls) {
	for _, call := range calls {
		if day := call.start.In(zone).Format(time.DateOnly); !call.start.IsZero() && day >= from && day <= to {
			within = append(within, call)
		}
	}
	return within
}

func dayBefore(day string) string {
	parsed, _ := time.Parse(time.DateOnly, day)
	return parsed.AddDate(0, 0, -1).Format(time.DateOnly)
}

// statusOf returns the status of a call, which depends on the time.
func (r reported) statusOf(call groupedCall) string {
	return call.callStatus(call.status == "SCHEDULED" && call.start.Before(r.now))
}

func (r reported) checkHeadlines(t *testing.T, report harness.Response) {
	t.Helper()
	want := []any{}
	figures := r.calls.figures(1)
	other := r.before.figures(1)
	for _, name := range []string{"count", "answeredRate", "durationSum", "durationAvg", "durationP50", "durationP90"} {
		path, unit := []any{name}, "count"
		switch name {
		case "answeredRate":
			unit = "share"
		case "durationSum", "durationAvg", "durationP50", "durationP90":
			path, unit = []any{"duration", map[string]string{"durationSum": "sum", "durationAvg": "avg", "durationP50": "p50",
				"durationP90": "p90"}[name]}, "seconds"
		}
		want = append(want, vars{"name": name, "unit": unit, "value": harness.At(figures, path...),
			"before": harness.At(other, path...)})
	}
	if got := report.At("headlines"); !harness.Matches(want, got) {
		t.Errorf("headlines: got %s, want %s", harness.JSON(got), harness.JSON(want))
	}
}

// checkTimes compares the course of time, the heat map and the durations.
func (r reported) checkTimes(t *testing.T, report harness.Response, from string) {
	t.Helper()
	counts, answered := map[string]int{}, map[string]int{}
	hours, durations := [7][24]int{}, make([]int, 8)
	for _, call := range r.calls {
		local := call.start.In(r.zone)
		day := local.Format(time.DateOnly)
		counts[day]++
		if status := r.statusOf(call); status == "RECEIVED" || status == "ATTENDED_DIALLED" {
			answered[day]++
		}
		hours[(int(local.Weekday())+6)%7][local.Hour()]++
		if call.seconds >= 0 {
			least := []int{0, 1, 30, 60, 120, 300, 600, 1200, 1 << 30}
			durations[slices.IndexFunc(least, func(s int) bool { return s > call.seconds })-1]++
		}
	}
	course := harness.List(report, "course")
	day, _ := time.Parse(time.DateOnly, from)
	for _, column := range course {
		key := day.Format(time.DateOnly)
		want := vars{"from": key, "count": float64(counts[key]), "answered": float64(answered[key])}
		if !harness.Matches(want, column) {
			t.Fatalf("the course: got %s, want %s", harness.JSON(column), harness.JSON(want))
		}
		day = day.AddDate(0, 0, 1)
	}
	if last := harness.At(course[len(course)-1], "from"); last != report.At("period", "to") {
		t.Errorf("the course: got the last day %v, want %v", last, report.At("period", "to"))
	}
	if got := report.At("hours"); harness.JSON(got) != harness.JSON(hours) {
		t.Errorf("hours: got %s, want %s", harness.JSON(got), harness.JSON(hours))
	}
	for i, n := range durations {
		if got := report.At("durations", i, "count"); got != float64(n) {
			t.Errorf("durations %d: got %v, want %d", i, got, n)
		}
	}
}

// checkBreakdowns compares how many calls have each value, and that the most frequent ones are there.
func (r reported) checkBreakdowns(t *testing.T, report harness.Response) {
	t.Helper()
	keyOf := map[string]string{"callType": "callType", "callStatus": "callStatus", "callResult": "callResult",
		"callPurpose": "callPurpose", "ownerId": "ownerId", "tags": "tag"}
	checked := 0
	for _, breakdown := range harness.List(report, "breakdowns") {
		field, _ := harness.At(breakdown, "field").(string)
		key := keyOf[field]
		if key == "" {
			continue
		}
		checked++
		counts := map[any]int{}
		for _, call := range r.calls {
			for _, value := range call.key(key, r.zone, r.now) {
				counts[value]++
			}
		}
		rows, least, sum := harness.List(breakdown, "rows"), len(r.calls), 0
		for _, row := range rows {
			n := counts[harness.At(row, "value")]
			if harness.At(row, "count") != float64(n) {
				t.Errorf("%s: got %s, want %d", field, harness.JSON(row), n)
			}
			delete(counts, harness.At(row, "value"))
			least, sum = min(least, n), sum+n
		}
		isRanking := field == "ownerId" || field == "tags"
		if isRanking {
			delete(counts, nil)
		}
		if len(counts) > 0 && (slices.Max(slices.Collect(maps.Values(counts))) > least || len(rows) < 8) {
			t.Errorf("%s: got %s, want the most frequent values, also %v", field, harness.JSON(rows), counts)
		}
		if others := harness.At(breakdown, "others"); !isRanking && others != float64(len(r.calls)-sum) {
			t.Errorf("%s: got %v others, want %d", field, others, len(r.calls)-sum)
		}
	}
	if checked != len(keyOf) {
		t.Errorf("breakdowns: got %s, want those of %v", harness.JSON(report.At("breakdowns")), keyOf)
	}
}

// checkOpen compares the calls that are still to be made, whatever their day.
func checkOpen(t *testing.T, report harness.Response, calls []groupedCall, now time.Time) {
	t.Helper()
	week := 7 * 24 * time.Hour
	counts := make([]int, 7) // there are no tasks
	for _, call := range calls {
		isNew := call.status == "" && call.callType != "MISSED" && call.start.After(now)
		if call.status != "SCHEDULED" && !isNew {
			continue
		}
		switch {
		case call.start.Before(now.Add(-week)):
			counts[0]++
		case call.start.Before(now):
			counts[1]++
		case call.start.Before(now.Add(week)):
			counts[2]++
		default:
			counts[3]++
		}
	}
	for i, n := range counts {
		if got := report.At("open", i, "count"); got != float64(n) {
			t.Errorf("open work %d: got %s, want %v", i, harness.JSON(report.At("open")), counts)
			return
		}
	}
}

// TestReportOfRecords compares the figures of a report on call records with what they are.
func TestReportOfRecords(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		e.Clock.Set(time.Date(2024, 3, 30, 12, 0, 0, 0, time.UTC))
		server := harness.NewServer(t, e)
		response := server.Post(`mutation { saveCallRecords(inputs: [
			{id: "1", resultStatus: ANSWERED, intentLevel: A, chatDuration: 80, chatRound: 6, startTime: "2024-03-20T02:00:00Z",
				customerConcern: ["price", "service"]}
			{id: "2", resultStatus: ANSWERED, intentLevel: B, chatDuration: 20, chatRound: 2, startTime: "2024-03-20T02:30:00Z",
				customerConcern: ["price"]}
			{id: "3", resultStatus: ANSWERED, intentLevel: D, chatDuration: 0, startTime: "2024-03-21T16:30:00Z"}
			{id: "4", resultStatus: BUSY, startTime: "2024-03-21T15:59:59Z"}
			{id: "5", resultStatus: BUSY, startTime: "2024-02-21T02:00:00Z"}
			{id: "6", resultStatus: BUSY}]) { results { errors { message } } } }`, nil)
		report := server.Do("GET", "/report/call-records.json", "").JSON()
		for path, want := range map[string]any{
			"headlines/0/value": 4.0, "headlines/0/before": 1.0, "headlines/1/value": 0.75, "headlines/1/before": 0.0,
			"headlines/2/value": 100.0, "headlines/4/value": 4.0, "funnel/0/count": 4.0, "funnel/1/count": 3.0,
			"funnel/2/count": 2.0, "funnel/3/count": 1.0, "hours/2/10": 2.0, "hours/3/23": 1.0, "hours/4/0": 1.0,
			"durations/0/count": 1.0, "durations/1/count": 1.0, "durations/3/count": 1.0,
			"breakdowns/0/rows/0/value": "ANSWERED",
			"breakdowns/4/field":        "customerConcern", "breakdowns/4/rows/0/value": "price",
			"breakdowns/4/rows/0/count": 2.0,
		} {
			if got := report.At(pathOf(path)...); got != want {
				t.Errorf("%s: got %v, want %v: %.300s %s", path, got, want, harness.JSON(report), harness.JSON(response))
			}
		}
	})
}
