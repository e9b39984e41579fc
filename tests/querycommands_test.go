package tests

import (
	"path/filepath"
	"strings"
	"testing"

	"callbook/tests/harness"
)

// TestQueryCommands saves, lists, runs and deletes queries from the command line.
func TestQueryCommands(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "queries.db")
	file := harness.WriteFile(t, t.TempDir(), "calls.graphql",
		`query($first: Int! = 1, $after: String) { callTable(columns: ["id", "name"], orderBy: [{field: ID}], first: $first,
			after: $after) { columns { name type } rows nextCursor } }`)
	calls := harness.WriteFile(t, t.TempDir(), "calls.json", `[{"id": "a", "name": "=1"}, {"id": "b"}]`)
	broken := harness.WriteFile(t, t.TempDir(), "broken.graphql", `mutation { cancelCall(id: "a") { call { id } } }`)
	run := func(want int, output, messages string, args ...string) {
		t.Helper()
		code, out, said := harness.Run(nil, append(args, "--db", dsn)...)
		if code != want || output != "" && !strings.Contains(out, output) || !strings.Contains(said, messages) {
			t.Errorf("%v: got %d %q %q, want %d, %q and %q", args, code, out, said, want, output, messages)
		}
	}
	run(0, "", "", "load", "--kind", "call", calls)
	run(0, "/q/calls.json\n", "", "query", "save", "calls", file, "--description", "all calls")
	run(1, "", "is a mutation", "query", "save", "broken", broken)
	run(1, "", "letters", "query", "save", "no name", file)
	run(0, "calls  first: Int!, after: String  local", "", "query", "list")
	run(0, "id,name\na,\"'=1\"\n", "next page", "query", "run", "calls", "--format", "csv")
	run(0, `{"id":"b","name":null}`, "", "query", "run", "calls", "first=2", "--format", "ndjson")
	run(0, `{"callTable":{`, "", "query", "run", "calls")
	run(1, "", "whole number", "query", "run", "calls", "first=x")
	run(1, "", "write NAME=VALUE", "query", "run", "calls", "first")
	run(1, "", "no saved query", "query", "run", "nobody")
	run(0, "is deleted", "", "query", "delete", "calls")
	run(1, "", "no saved query", "query", "delete", "calls")
}
