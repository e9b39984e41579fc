package tests

import (
	"fmt"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestLaterDeliveries delivers records again with fewer fields, and checks that what was stored is not erased.
func TestLaterDeliveries(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		deliver := func(input string) map[string]any {
			response := server.Post(`mutation { saveCallRecords(inputs: [`+input+`]) { results {
				outcome errors { field message } callRecord { calledPhoneNumber readStatus
					customerPerson { phoneNumber } details { position callDetailId text } } } } }`, nil)
			if response["errors"] != nil || response.At("data", "saveCallRecords", "results", 0, "outcome") == "FAILED" {
				t.Fatalf("delivering %s: got %v, want it saved", input, response)
			}
			return response.At("data", "saveCallRecords", "results", 0, "callRecord").(map[string]any)
		}
		deliver(`{id: "1", calledPhoneNumber: "111", readStatus: HAS_READ}`)
		got := deliver(`{id: "1", customerPerson: {id: "5", phoneNumber: "222"}, readStatus: NOT_READ}`)
		if got["calledPhoneNumber"] != "111" || got["readStatus"] != "HAS_READ" {
			t.Errorf("a later delivery without a number: got %v, want the number 111 and HAS_READ kept", got)
		}
		if got := deliver(`{id: "1", customerPersonId: "6"}`); harness.At(got, "customerPerson", "phoneNumber") != "111" {
			t.Errorf("a new customer of a stored record: got %v, want the record's number 111", got)
		}
		deliver(`{id: "2", details: [
			{callDetailId: "1000001", type: ROBOT, text: "a"}, {callDetailId: "1000002", type: ROBOT, text: "b"}]}`)
		if got := deliver(`{id: "2", details: [{callDetailId: "1000003", type: ROBOT, text: "c"}]}`); len(
			got["details"].([]any)) != 3 {
			t.Errorf("a late turn: got %v, want 3 turns", got)
		}
		got = deliver(`{id: "3", details: [
			{callDetailId: "2", type: ROBOT, text: "a"}, {callDetailId: "x", type: ROBOT, text: "b"}]}`)
		if harness.At(got, "details", 1, "position") != 2.0 {
			t.Errorf("turns without a number: got %v, want the second at 2", got)
		}
	})
}

// TestOddDeliveries delivers records with faults.
func TestOddDeliveries(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		turns := make([]any, 15_000)
		for i := range turns {
			turns[i] = vars{"type": "ROBOT", "text": "x"}
		}
		response := server.Post(`mutation($d: [CallDetailInput!]) { saveCallRecords(inputs: [
			{id: "1", details: $d}
			{id: "2", startTime: "2018-08-04T03:57:33Z", endTime: "2018-08-04T03:57:32Z"}
			{id: "3", details: [{position: 1, type: ROBOT, text: "x"}, {position: 1, type: ROBOT, text: "y"}]}
			{id: "4", chatDuration: -1, chatRound: -1}
			{id: "5", customerPersonId: "1", customerPerson: {id: "2"}}
			{id: "6", details: [{position: 0, type: ROBOT, text: "x"}]}
		]) { results { outcome errors { field } callRecord { endsBeforeStart endTime } } } }`, vars{"d": turns})
		for i, want := range []any{"details", nil, "details.1.position", "chatDuration", "customerPerson.id",
			"details.0.position"} {
			if got := response.At("data", "saveCallRecords", "results", i, "errors", 0, "field"); got != want {
				t.Errorf("row %d: got an error about %v, want %v", i, got, want)
			}
		}
		record := response.At("data", "saveCallRecords", "results", 1, "callRecord")
		if harness.At(record, "endsBeforeStart") != true ||
			harness.At(record, "endTime") != "2018-08-04T03:57:32Z" {
			t.Errorf("a record that ends before it starts: got %v, want it kept and marked", record)
		}
	})
}

// TestLastCall delivers a customer's calls in pieces and out of order, and checks that all last-call fields are those
// of the latest call.
func TestLastCall(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for _, c := range []struct {
			name       string
			deliveries []string // of customer 1, in each tenant of its own
			want       string   // start, grade, result, seconds, number
		}{
			{"a customer left out later", []string{`{id: 1, customerPersonId: 1, startTime: "2024-01-01T00:00:00Z"}`,
				`{id: 1, resultStatus: ANSWERED, intentLevel: A, chatDuration: 30, calledPhoneNumber: "555"}`},
				"2024-01-01T00:00:00Z A ANSWERED 30 555"},
			{"a start that comes later", []string{`{id: 2, customerPersonId: 1, intentLevel: B}`,
				`{id: 2, startTime: "2024-01-01T00:00:00Z"}`}, "2024-01-01T00:00:00Z B <nil> <nil> <nil>"},
			{"delivered and derived alike",
				[]string{`{id: 3, startTime: "2024-01-01T00:00:00Z", customerPerson: {id: 1,
					lastStartTime: "2024-01-01T00:00:00Z", lastIntentLevel: C, lastDialStatus: ANSWERED,
					lastChatDuration: 9}}`}, "2024-01-01T00:00:00Z C ANSWERED 9 <nil>"},
			{"a later call without a grade",
				[]string{`{id: 4, customerPersonId: 1, startTime: "2024-01-01T00:00:00Z", intentLevel: A, chatDuration: 50}`,
					`{id: 5, customerPerson: {id: 1, lastStartTime: "2024-02-01T00:00:00Z"}}`},
				"2024-02-01T00:00:00Z <nil> <nil> <nil> <nil>"},
			{"an earlier one", []string{`{id: 6, customerPersonId: 1, startTime: "2024-02-01T00:00:00Z", intentLevel: A}`,
				`{id: 7, customerPersonId: 1, startTime: "2024-01-01T00:00:00Z", intentLevel: B}`},
				"2024-02-01T00:00:00Z A <nil> <nil> <nil>"},
			{"two at one instant", []string{`{id: 9, customerPersonId: 1, startTime: "2024-02-01T00:00:00Z", intentLevel: A}`,
				`{id: 8, customerPersonId: 1, startTime: "2024-02-01T00:00:00Z", intentLevel: B}`},
				"2024-02-01T00:00:00Z A <nil> <nil> <nil>"},
		} {
			_, tenant := dbtest.NewTenant(e.Ctx)
			other := server.As(tenant)
			for range 2 { // the second time nothing changes
				for _, delivery := range c.deliveries {
					response := other.Post(
						`mutation { saveCallRecords(inputs: [`+delivery+`]) { results { outcome errors { message } } } }`,
						nil)
					if response.At("data", "saveCallRecords", "results", 0, "outcome") == "FAILED" {
						t.Fatalf("%s: got %v, want %s saved", c.name, response, delivery)
					}
				}
				p := other.Post(`{ customerPerson(id: 1) { lastStartTime lastIntentLevel lastDialStatus lastChatDuration
					phoneNumber } }`, nil).At("data", "customerPerson")
				got := fmt.Sprintln(harness.At(p, "lastStartTime"), harness.At(p, "lastIntentLevel"),
					harness.At(p, "lastDialStatus"), harness.At(p, "lastChatDuration"),
					harness.At(p, "phoneNumber"))
				if strings.TrimSpace(got) != c.want {
					t.Errorf("%s: got %s, want %s", c.name, got, c.want)
				}
			}
			last := c.deliveries[len(c.deliveries)-1]
			again := other.Post(`mutation { saveCallRecords(inputs: [`+last+`]) { results { outcome } } }`, nil)
			if again.At("data", "saveCallRecords", "results", 0, "outcome") != "UNCHANGED" {
				t.Errorf("%s, delivered again: got %v, want UNCHANGED", c.name, again)
			}
		}
	})
}
