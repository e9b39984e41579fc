package tests

import (
	"net/http/httptest"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// limitedOperations are the queries of the benchmarks, with the most statements and allocations that the site may take
// for each, on SQLite and on PostgreSQL: some 15 % above what they were when they were last made cheaper.
var limitedOperations = []struct {
	name, query      string
	statements       int64
	sqlite, postgres float64
}{
	{"a record with turns and customer", `{ callRecord(id: "1007") { id startTime resultStatus intentLevel chatDuration
		customerPerson { id name phoneNumber } details { position type text } } }`,
		3, 420, 410},
	{"a page of records with turns and customers", `{ callRecords(first: 20, filter: {robotCallJobId: {eq: "50"},
		resultStatus: {eq: ANSWERED}, intentLevel: {in: [A, B, C]}}) { totalCount nodes { id startTime customerConcern
		customerPerson { id name } details { position type text } } } }`,
		4, 3540, 3000},
	{"a page of 100 calls", `{ calls(first: 100, filter: {outgoingCallStatus: {eq: COMPLETED}}) { nodes { id name subject
		callType callStatus callStartTime callDuration callPurpose ownerType ownerId createdBy createdAt } } }`,
		1, 5800, 4300},
	{"statistics of a job", `{ jobStats(robotCallJobId: "50") { total answered results { resultStatus count }
		daily { date answered } } }`,
		3, 1280, 1420},
	{"statistics of all jobs", `{ jobStats { total answered results { resultStatus count } daily { date answered } } }`,
		3, 1250, 1420},
	{"a search of transcripts", `{ searchTranscripts(query: "您好", first: 20) { totalCount nodes { turn { text }
		callRecord { id } } } }`,
		4, 18600, 1160},
	{"to-dos with their number", `{ calls(dataset: NOT_CLOSED, first: 20) { totalCount nodes { id name } } }`,
		2, 800, 730},
	{"tags in use", `{ callTags(first: 50) { tag count } }`,
		1, 310, 330},
	{"lists of values with counts", `{ picklists(types: [CALL]) { field caption { en } values { value count } } }`,
		8, 2220, 2300},
}

// TestOperationLimits keeps the queries of the benchmarks from taking more statements and allocations. Where one takes
// fewer on purpose, its limit falls.
func TestOperationLimits(t *testing.T) {
	eachFilled(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServerOf(t, e, "fast")
		for _, c := range limitedOperations {
			body := harness.Body(c.query, nil)
			run := func() {
				r := httptest.NewRequest("POST", "http://localhost/graphql", strings.NewReader(body))
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				server.ServeHTTP(w, r)
				if strings.Contains(w.Body.String(), `"errors"`) {
					t.Fatalf("%s: got %s, want no errors", c.name, w.Body)
				}
			}
			run() // what is made ready once
			before := server.Statements()
			run()
			if got := server.Statements() - before; got > c.statements {
				t.Errorf("%s: got %d statements, want at most %d", c.name, got, c.statements)
			}
			expectAllocations(t, e, c.name, run, c.sqlite, c.postgres)
		}
	})
}
