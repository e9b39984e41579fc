package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestHeavyRequests sends requests that are large or deep, and checks that each is done or refused in time, with a
// short answer.
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
			start := time.Now()
			response := server.Post(c.query, c.variables)
			if took := time.Since(start); took > harness.Slowness*4*time.Second {
				t.Errorf("%s: got an answer after %v, want one in 4 s", name, took)
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
