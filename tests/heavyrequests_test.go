package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/cputime"
	"callbook/tests/harness"
	"callbook/web"
)

// TestHeavyRequests sends requests that are large or deep, and checks that each is done or refused with little
// processor time of this process, and with a short answer.
func TestHeavyRequests(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		empty := make([]any, 300_000)
		for i := range empty {
			empty[i] = vars{}
		}
		tags := make([]string, 100)
		for i := range tags {
			tags[i] = fmt.Sprint("t", i)
		}
		for name, c := range map[string]struct {
			query     string
			variables any
			code      any
		}{
			"200,000 tags": {`mutation($t: [String!]) { saveCall(input: {id: "h", tags: $t}) { created } }`,
				vars{"t": harness.Numbers(200_000)}, "LIMIT_EXCEEDED"},
			"300,000 empty terms": {`query($f: CallFilter) { calls(filter: $f) { totalCount } }`, vars{"f": vars{"and": empty}},
				"LIMIT_EXCEEDED"},
			"a literal 7,000 deep": {`{ calls(filter: ` + strings.Repeat("{not: ", 7000) + "{}" + strings.Repeat("}", 7000) +
				`) { totalCount } }`, nil, "LIMIT_EXCEEDED"},
			"variables 500 deep": {`query($f: CallFilter) { calls(filter: $f) { totalCount } }`, vars{"f": nested(500)},
				"LIMIT_EXCEEDED"},
			"21 lists": {`query($f: CallFilter) { calls(filter: $f) { totalCount } }`,
				vars{"f": vars{"and": lists(21)}}, "LIMIT_EXCEEDED"},
			"20 lists of 100": {`query($f: CallFilter) { calls(filter: $f) { totalCount } }`,
				vars{"f": vars{"and": lists(20), "tags": nil}}, nil},
			"all of 100 tags": {`query($t: [String!]) {
				calls(filter: {tags: {hasAll: $t}, attachments: {isEmpty: true}}) { totalCount } }`, vars{"t": tags}, nil},
			"an id of 5 MB": {`mutation($i: [ID!]!) {
				deleteCalls(select: {ids: $i}, policy: VALID_ROWS) { results { errors { message } } } }`,
				vars{"i": []string{strings.Repeat("x", 5<<20)}}, nil},
			"an enum of 5 MB": {`query($d: CallDataset!) { calls(dataset: $d) { totalCount } }`,
				vars{"d": strings.Repeat("x", 5<<20)}, "GRAPHQL_VALIDATION_FAILED"},
			"10,000 bad durations": {`query($d: [String!]) { calls(filter: {callDuration: {in: $d}}) { totalCount } }`,
				vars{"d": harness.Numbers(10_000)}, "BAD_USER_INPUT"},
		} {
			start := cputime.Used()
			response := server.Post(c.query, c.variables)
			if took := cputime.Used() - start; took > harness.Slowness*4*time.Second {
				t.Errorf("%s: got an answer after %v of processor time, want one in 4 s", name, took)
			}
			if code, _ := response.FirstError(); code != c.code {
				t.Errorf("%s: got the code %v, want %v", name, code, c.code)
			}
			if size := len(fmt.Sprint(response)); size > 100_000 {
				t.Errorf("%s: got %d bytes, want 100,000 at most", name, size)
			}
		}
	})
}

// lists returns n conditions on tags.
func lists(n int) (list []any) {
	for i := range n {
		list = append(list, vars{"tags": vars{"hasAny": []any{fmt.Sprint(i), "x"}}})
	}
	return list
}

// TestHeavySearches searches long texts with one credential as much as its limits allow, and checks that another
// credential is served meanwhile.
func TestHeavySearches(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.Listen(t, e, nil)
		heavy, other := server.Key("heavy", model.RoleAdmin), server.Key("other", model.RoleAdmin)
		for i := range 2 {
			harness.CreateCalls(t, e, 50, fmt.Sprint(i, " "), strings.Repeat("a", 4000))
		}
		search := func(n int) string {
			conditions := make([]any, n)
			for i := range conditions {
				conditions[i] = vars{"description": vars{"contains": strings.Repeat("a", 900) + fmt.Sprint(i)}}
			}
			return harness.Body("query($f: CallFilter) {"+harness.Repeat(" a%d: calls(filter: $f) { totalCount }", 4)+"}",
				vars{"f": vars{"or": conditions}})
		}
		got := server.Do("POST", "/graphql", search(60), "Content-Type", "application/json", "X-Api-Key", heavy)
		if got.Code() != "LIMIT_EXCEEDED" {
			t.Errorf("a search of 60 terms: got %s, want LIMIT_EXCEEDED", got.Body)
		}
		statuses := make(chan int, 6)
		for range 6 {
			go func() {
				statuses <- server.Do("POST", "/graphql", search(50), "Content-Type", "application/json", "X-Api-Key", heavy).Status
			}()
		}
		for range 3 {
			start := time.Now()
			if got := server.Send(`{ call(id: "0 0") { id } viewer { name } }`, "X-Api-Key", other); got.Status != 200 ||
				got.JSON()["errors"] != nil || time.Since(start) > harness.Slowness*time.Minute {
				t.Errorf("another credential meanwhile: got %d %s after %v, want 200 in time", got.Status, got.Body,
					time.Since(start))
			}
		}
		for range 6 {
			if status := <-statuses; status != 200 && status != 503 {
				t.Errorf("a heavy search: got the status %d, want 200 or 503", status)
			}
		}
	})
}

// TestDeadline lets an operation run out of time, and checks that it leaves its turn to the next one, which is
// answered.
func TestDeadline(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		// PostgreSQL is no slower under the race detector, so the deadline grows little with Slowness.
		deadline := min(harness.Slowness*200*time.Millisecond, time.Second)
		server := harness.ListenAnonymous(t, e, func(o *web.Options) {
			o.Limits.Deadline, o.Limits.RunningEach = deadline, 1
		})
		harness.CreateCalls(t, e, 1000, "", strings.Repeat("a", 20000))
		conditions := make([]any, 50)
		for i := range conditions {
			conditions[i] = vars{"description": vars{"contains": strings.Repeat("a", 900) + fmt.Sprint("b", i)}}
		}
		body := harness.Body(`query($f: CallFilter) { calls(filter: $f) { totalCount } }`, vars{"f": vars{"or": conditions}})
		start := time.Now()
		got := server.Do("POST", "/graphql", body, "Content-Type", "application/json")
		if took := time.Since(start); got.Code() != "UNAVAILABLE" || took > harness.Slowness*time.Minute {
			t.Errorf("the slow operation: got %d %s after %v, want UNAVAILABLE in time", got.Status, got.Body, took)
		}
		harness.Eventually(t, "the operation after it is answered", func() bool { // its deadline is as short
			got := server.Send(`{ call(id: "1") { id } }`)
			return got.Status == 200 && got.JSON()["errors"] == nil
		})
	})
}
