package tests

import (
	"encoding/json"
	"testing"

	"callbook/db/dbtest"
	"callbook/demo"
	"callbook/tests/harness"
)

// fuzzServer returns one server on SQLite for all inputs of a fuzz target.
func fuzzServer(f *testing.F) *harness.Server {
	e := dbtest.NewEnv(f, "sqlite", "sqlite:"+f.TempDir()+"/fuzz.db")
	if err := demo.FillSize(e.Ctx, e.DB, e.Clock.Now(), 50, 10); err != nil {
		f.Fatal(err)
	}
	return harness.NewServer(f, e)
}

// FuzzCalls sends any filter, order and cursor, and checks that the answer is rows or an error about the input, never
// INTERNAL.
func FuzzCalls(f *testing.F) {
	server := fuzzServer(f)
	for _, seed := range []string{
		`{"filter": {"name": {"contains": "%_\\"}, "tags": {"hasAny": []}}}`,
		`{"filter": {"or": [{"not": {"callStatus": {"in": ["MISSED"]}}}, {}]},
			"orderBy": [{"field": "NAME", "direction": "DESC", "nulls": "FIRST"}], "last": 3}`,
		`{"filter": {"callDuration": {"gte": "01:00"}, "callStartTime": {"lt": "2024-01-01T00:00:00Z"}}, "offset": 3}`,
		`{"after": "WyJkNGFhMzIwMCIsbnVsbCwiY2FsbC0wMDAxIl0", "first": 0}`,
		`{"filter": {"callPurpose": {"startsWith": "\ud7ff"}, "version": {"in": [1, 2147483647]}}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, variables string) {
		if !json.Valid([]byte(variables)) {
			return
		}
		response := server.With(t).Post(`query($filter: CallFilter, $orderBy: [CallOrder!], $first: Int, $after: String,
			$last: Int, $before: String, $offset: Int) {
			calls(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before,
				offset: $offset) {
				totalCount nodes { id } pageInfo { startCursor endCursor } } }`, json.RawMessage(variables))
		if code, _ := response.FirstError(); code == "INTERNAL" || code == nil && response["data"] == nil {
			t.Errorf("%s: got %v, want rows or an error about the input", variables, response)
		}
	})
}

// FuzzCursor sends any cursor.
func FuzzCursor(f *testing.F) {
	server := fuzzServer(f)
	page := server.Post(`{ calls { pageInfo { endCursor } } }`, nil)
	f.Add(page.At("data", "calls", "pageInfo", "endCursor").(string))
	f.Add("")
	f.Add("W10")
	f.Fuzz(func(t *testing.T, cursor string) {
		response := server.With(t).Post(`query($c: String) { calls(after: $c) { nodes { id } } }`, vars{"c": cursor})
		if code, _ := response.FirstError(); code != nil && code != "BAD_USER_INPUT" {
			t.Errorf("the cursor %q: got %v, want rows or BAD_USER_INPUT", cursor, response)
		}
	})
}

// FuzzSearch sends any search in transcripts.
func FuzzSearch(f *testing.F) {
	server := fuzzServer(f)
	for _, seed := range []string{"价格", `"a ""b"" c" -d`, "-", "𝔘 ﷺ", `"`, "a\u0301"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		response := server.With(t).Post(`query($q: String!) {
			searchTranscripts(query: $q) { totalCount nodes { snippet { text highlights { start end } } } } }`, vars{"q": query})
		if code, _ := response.FirstError(); code != nil && code != "BAD_USER_INPUT" && code != "LIMIT_EXCEEDED" {
			t.Errorf("the search %q: got %v, want hits, BAD_USER_INPUT or LIMIT_EXCEEDED", query, response)
		}
	})
}
