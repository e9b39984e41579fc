package tests

import (
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestZonesAndBoundaries asks for days in unusual time zones and for days at the ends of the range of years.
func TestZonesAndBoundaries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation {
			saveCallRecords(inputs: [{id: "1", startTime: "9999-12-31T23:30:00Z"}, {id: "2",
			startTime: "0001-01-01T00:00:00Z"}, {id: "3", startTime: "2024-01-01T00:00:00Z", customerConcern: ["a", "a", "b"],
			details: [{type: ROBOT, text: "x"}]}]) { results { callRecordId } } }`, nil)
		before := server.Statements()
		response := server.Post(`{ jobStats(timeZone: "America/New_York") { total daily { date total }
			a: topConcerns(first: 1) { concern count } b: topConcerns { concern count } } }`, nil)
		if response.At("data", "jobStats", "daily", 0, "date") != "2023-12-31" ||
			response.At("data", "jobStats", "a", 0, "count") != 1.0 || server.Statements()-before != 3 {
			t.Errorf("jobStats: got %v in %d statements, want 2023-12-31 first, one concern, in 3 statements", response,
				server.Statements()-before)
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
