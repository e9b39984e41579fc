package tests

import (
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestLostValuesStayFaults imports tables with values and rows that cannot be read, and the tables of errors that come
// back: sent as they are, such rows fail again, and none goes in with what could be read of it. Corrected, they go in.
func TestLostValuesStayFaults(t *testing.T) {
	t.Parallel()
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		server := harness.ListenAnonymous(t, e, nil)
		runJobs(t, e.DB)
		const arguments = `kind: CALLS, options: {encoding: "UTF-8"}`
		for what, c := range map[string]struct{ file, lost, right string }{
			"bytes that are no UTF-8": {"id,name,subject\nl1,\u738b\xff,x\nok,\u738b,x\n", "\u738b\uFFFD", "\u738b"},
			"NUL":                     {"id,name,subject\nl2,a\x00b,x\nok,b,x\n", "a\uFFFDb", "ab"},
			"a quote that is not closed": {"id,name,subject\nok,b,x\nl3,\"open\nl4,b,x\n", "\"open\nl4,b,x\n\uFFFD\uFFFD\"",
				"open,x\nundone,l4,b,x"},
			"text after a quote": {"id,name,subject\nl5,\"a\"b\nok,b,x\n", "a,b\uFFFD\uFFFD", "ab,x"},
		} {
			job := endOfImport(t, server, startImport(server, "lost.csv", c.file, arguments))
			expectImport(t, what, job, vars{"state": "DONE", "progress": vars{"rowsFailed": 1.0}})
			url, _ := job.At("data", "job", "errorFile", "url").(string)
			back := server.Do("GET", url, "").Body
			if !strings.Contains(back, c.lost) {
				t.Fatalf("%s: got the table of errors %q, want %q in it", what, back, c.lost)
			}
			again := endOfImport(t, server, startImport(server, "lost-errors.csv", back, arguments))
			expectImport(t, what+", sent back", again, vars{"state": "DONE",
				"progress": vars{"rowsRead": 1.0, "rowsWritten": 0.0, "rowsFailed": 1.0}})
			url, _ = again.At("data", "job", "errorFile", "url").(string)
			right := strings.Replace(server.Do("GET", url, "").Body, c.lost, c.right, 1)
			expectImport(t, what+", corrected", endOfImport(t, server, startImport(server, "right.csv", right, arguments)),
				vars{"state": "DONE", "progress": vars{"rowsFailed": 0.0}, "errorFile": nil})
		}
		job := endOfImport(t, server, startImport(server, "lost.ndjson", "{\"a\": 1}\nnonsense\n",
			`kind: CALLS, mapping: {columns: [{column: "a", field: "name"}], constants: [{field: "id", value: "ok"}]}`))
		url, _ := job.At("data", "job", "errorFile", "url").(string)
		back := server.Do("GET", url, "").Body
		expectImport(t, "a line that is no JSON", endOfImport(t, server, startImport(server, "lost-errors.ndjson", back,
			`kind: CALLS, mapping: {columns: [{column: "line"}], constants: [{field: "id", value: "ok"}]}`)),
			vars{"state": "DONE", "progress": vars{"rowsRead": 1.0, "rowsFailed": 1.0}})
		found := server.Post(`{ calls(filter: {id: {ne: "ok"}}, orderBy: [{field: ID}]) { nodes { id name } } }`, nil)
		want := []any{vars{"id": "l1", "name": "\u738b"}, vars{"id": "l2", "name": "ab"}, vars{"id": "l3", "name": "open"},
			vars{"id": "l4", "name": "b"}, vars{"id": "l5", "name": "ab"}}
		if !includes(want, found.At("data", "calls", "nodes")) {
			t.Errorf("after the corrections: got %v, want %v", found, want)
		}
	})
}
