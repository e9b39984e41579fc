package tests

import (
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestZonesAndBoundaries asks for days in unusual time zones and for days at the ends of the range of years.
func TestZonesAndBoundaries(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation {
			saveCallRecords(inputs: [{id: "1", startTime: "9999-12-31T23:30:00Z"}, {id: "2",
			startTime: "0001-01-01T00:00:00Z"}, {id: "3", startTime: "2024-01-01T00:00:00Z", customerConcern: ["a", "a", "b"],
			details: [{type: ROBOT, text: "x"}]}]) { results { callRecordId } } }`, nil)
		before := server.Statements()
		response := server.Post(`{ jobStats(timeZone: "America/New_York") { total outsideDaily daily { date total }
			a: topConcerns(first: 1) { concern count } b: topConcerns { concern count } } }`, nil)
		stats := response.At("data", "jobStats")
		if harness.At(stats, "daily", 0, "date") != "2023-12-31" || harness.At(stats, "outsideDaily") != 2.0 ||
			harness.At(stats, "a", 0, "count") != 1.0 || server.Statements()-before != 3 {
			t.Errorf("jobStats: got %v in %d statements, want 2023-12-31 first, two records outside, one concern, in 3 "+
				"statements", response, server.Statements()-before)
		}
		for _, zone := range []string{"Asia//Shanghai", "./UTC", "right/UTC", "localtime", "Factory", "Local", "", "Moon",
			strings.Repeat("A", 100), "Asia/Shanghai'"} {
			for _, query := range []string{`query($z: String!) { jobStats(timeZone: $z) { total } }`,
				`query($z: String!) { searchTranscripts(query: "x") { facets { days(timeZone: $z) { date } } } }`} {
				if code, _ := server.Post(query, vars{"z": zone}).FirstError(); code != "BAD_USER_INPUT" {
					t.Errorf("the zone %q: got the code %v, want BAD_USER_INPUT", zone, code)
				}
			}
		}
	})
}

// TestOneOldRecord asks for the days of a job that has one record dated 1970, and for a number that cannot be: each
// field stands or fails alone.
func TestOneOldRecord(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { saveCallRecords(inputs: [
			{id: 1, startTime: "1970-01-01T00:00:00Z", resultStatus: ANSWERED}
			{id: 2, startTime: "2026-05-01T04:00:00Z", resultStatus: ANSWERED}
			{id: 3, startTime: "2026-05-03T04:00:00Z"}
			{id: 4}]) { results { outcome } } }`, nil)
		before := server.Statements()
		response := server.Post(`{ jobStats { total daily { date total answered } outsideDaily
			none: topConcerns(first: 0) { count } } }`, nil)
		want := vars{"total": 4.0, "outsideDaily": 1.0, "none": nil, "daily": []any{
			vars{"date": "2026-05-01", "total": 1.0, "answered": 1.0},
			vars{"date": "2026-05-02", "total": 0.0, "answered": 0.0},
			vars{"date": "2026-05-03", "total": 1.0, "answered": 0.0}}}
		if got := response.At("data", "jobStats"); !harness.Matches(want, got) {
			t.Errorf("jobStats: got %v, want %v", response, want)
		}
		if n := server.Statements() - before; n != 2 {
			t.Errorf("jobStats: got %d statements, want 2", n)
		}
		code, field := response.FirstError()
		if errs, _ := response["errors"].([]any); len(errs) != 1 || code != "BAD_USER_INPUT" || field != "first" {
			t.Errorf("jobStats: got the errors %v, want one about first", response["errors"])
		}
	})
}
