package tests

import (
	"fmt"
	"strings"
	"testing"

	"callbook/tests/harness"

	"callbook/db/dbtest"
)

// TestLastCall delivers a customer's calls in pieces and out of order: the last-call fields are those of the latest, whole.
func TestLastCall(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for _, c := range []struct {
			name       string
			deliveries []string // of customer 1, in each tenant of its own
			want       string   // start, grade, result, seconds, number
		}{
			{"a customer left out later", []string{`{id: 1, customerPersonId: 1, startTime: "2024-01-01T00:00:00Z"}`, `{id: 1, resultStatus: ANSWERED, intentLevel: A, chatDuration: 30, calledPhoneNumber: "555"}`}, "2024-01-01T00:00:00Z A ANSWERED 30 555"},
			{"a start that comes later", []string{`{id: 2, customerPersonId: 1, intentLevel: B}`, `{id: 2, startTime: "2024-01-01T00:00:00Z"}`}, "2024-01-01T00:00:00Z B <nil> <nil> <nil>"},
			{"delivered and derived alike", []string{`{id: 3, startTime: "2024-01-01T00:00:00Z", customerPerson: {id: 1, lastStartTime: "2024-01-01T00:00:00Z", lastIntentLevel: C, lastDialStatus: ANSWERED, lastChatDuration: 9}}`}, "2024-01-01T00:00:00Z C ANSWERED 9 <nil>"},
			{"a later call without a grade", []string{`{id: 4, customerPersonId: 1, startTime: "2024-01-01T00:00:00Z", intentLevel: A, chatDuration: 50}`, `{id: 5, customerPerson: {id: 1, lastStartTime: "2024-02-01T00:00:00Z"}}`}, "2024-02-01T00:00:00Z <nil> <nil> <nil> <nil>"},
			{"an earlier one", []string{`{id: 6, customerPersonId: 1, startTime: "2024-02-01T00:00:00Z", intentLevel: A}`, `{id: 7, customerPersonId: 1, startTime: "2024-01-01T00:00:00Z", intentLevel: B}`}, "2024-02-01T00:00:00Z A <nil> <nil> <nil>"},
			{"two at one instant", []string{`{id: 9, customerPersonId: 1, startTime: "2024-02-01T00:00:00Z", intentLevel: A}`, `{id: 8, customerPersonId: 1, startTime: "2024-02-01T00:00:00Z", intentLevel: B}`}, "2024-02-01T00:00:00Z A <nil> <nil> <nil>"},
		} {
			_, tenant := dbtest.NewTenant(e.Ctx)
			other := server.As(tenant)
			for range 2 { // the second time nothing changes
				for _, delivery := range c.deliveries {
					if response := other.Post(`mutation { saveCallRecords(inputs: [`+delivery+`]) { results { outcome errors { message } } } }`, nil); response.At("data", "saveCallRecords", "results", 0, "outcome") == "FAILED" {
						t.Fatal(response)
					}
				}
				p := other.Post(`{ customerPerson(id: 1) { lastStartTime lastIntentLevel lastDialStatus lastChatDuration phoneNumber } }`, nil).At("data", "customerPerson")
				if got := fmt.Sprintln(harness.At(p, "lastStartTime"), harness.At(p, "lastIntentLevel"), harness.At(p, "lastDialStatus"), harness.At(p, "lastChatDuration"), harness.At(p, "phoneNumber")); strings.TrimSpace(got) != c.want {
					t.Errorf("%s: %s, not %s", c.name, got, c.want)
				}
			}
			last := c.deliveries[len(c.deliveries)-1]
			again := other.Post(`mutation { saveCallRecords(inputs: [`+last+`]) { results { outcome } } }`, nil)
			if again.At("data", "saveCallRecords", "results", 0, "outcome") != "UNCHANGED" {
				t.Errorf("%s: again it is %v", c.name, again)
			}
		}
	})
}

func TestPhones(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { saveCallRecords(inputs: [{id: "1", calledPhoneNumber: "13800075555"}, {id: "2", calledPhoneNumber: "13712345678"}, {id: "3", calledPhoneNumber: "0755-8888"}]) { results { id } } }`, nil)
		for filter, want := range map[string]string{`contains: "00"`: "1", `contains: "007"`: "1", `contains: "00075"`: "1", `contains: "0755"`: "1 3", `contains: "7"`: "1 2 3", `startsWith: "0"`: "1 2 3", `startsWith: "0755"`: "3", `startsWith: "+86 13"`: "1 2"} {
			response := server.Post(`{ callRecords(filter: {phone: {`+filter+`}}, orderBy: [{field: ID}]) { nodes { id } } }`, nil)
			var ids []string
			for _, node := range response.At("data", "callRecords", "nodes").([]any) {
				ids = append(ids, harness.At(node, "id").(string))
			}
			if got := strings.Join(ids, " "); got != want {
				t.Errorf("%s: %q, not %q", filter, got, want)
			}
		}
	})
}

// TestZonesAndBoundaries asks for days in odd zones and of odd instants.
func TestZonesAndBoundaries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { saveCallRecords(inputs: [{id: "1", startTime: "9999-12-31T23:30:00Z"}, {id: "2", startTime: "0001-01-01T00:00:00Z"}, {id: "3", startTime: "2024-01-01T00:00:00Z", customerConcern: ["a", "a", "b"], details: [{type: ROBOT, text: "x"}]}]) { results { id } } }`, nil)
		before := server.Statements()
		response := server.Post(`{ jobStats(timeZone: "America/New_York") { total daily { date total } a: topConcerns(first: 1) { concern count } b: topConcerns { concern count } } }`, nil)
		if response.At("data", "jobStats", "daily", 0, "date") != "2023-12-31" || response.At("data", "jobStats", "a", 0, "count") != 1.0 || server.Statements()-before != 3 {
			t.Errorf("%v in %d statements", response, server.Statements()-before)
		}
		for _, zone := range []string{"Asia//Shanghai", "./UTC", "right/UTC", "localtime", "Factory", "Local", "", "Moon", strings.Repeat("A", 100), "Asia/Shanghai'"} {
			for _, query := range []string{`query($z: String!) { jobStats(timeZone: $z) { total } }`, `query($z: String!) { searchTranscripts(query: "x") { facets { days(timeZone: $z) { date } } } }`} {
				if code, _ := server.Post(query, vars{"z": zone}).FirstError(); code != "BAD_USER_INPUT" {
					t.Errorf("%q: %v", zone, code)
				}
			}
		}
	})
}

// TestNeighboursOverGaps finds the nearest turns where positions have gaps.
func TestNeighboursOverGaps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { saveCallRecords(inputs: [{id: "1", details: [{position: 1, type: ROBOT, text: "one"}, {position: 5, type: ROBOT, text: "hit"}, {position: 6, type: ROBOT, text: "hit too"}, {position: 9, type: ROBOT, text: "nine"}]}]) { results { id } } }`, nil)
		response := server.Post(`{ searchTranscripts(query: "hit", orderBy: NEWEST) { nodes { before { position } turn { position } after { position } } } }`, nil)
		var got []any
		for i := range 2 {
			node := response.At("data", "searchTranscripts", "nodes", i)
			got = append(got, harness.At(node, "before", "position"), harness.At(node, "turn", "position"), harness.At(node, "after", "position"))
		}
		if fmt.Sprint(got) != "[1 5 6 5 6 9]" {
			t.Errorf("%v: %v", got, response)
		}
	})
}
