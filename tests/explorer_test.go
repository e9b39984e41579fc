package tests

import (
	"encoding/json"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/graph/explorer"
	"callbook/tests/harness"
)

// eachExample runs a function for the examples of the explorer, but for the one that answers when something happens:
// see TestSubscription.
func eachExample(t *testing.T, e *dbtest.Env, run func(query string, variables any)) {
	t.Helper()
	for _, example := range explorer.Examples(e.Clock.Now()) {
		if strings.Contains(example.Query, "subscription ") {
			continue
		}
		var variables map[string]any
		if text := example.Variables; text != nil {
			if err := json.Unmarshal(text, &variables); err != nil {
				t.Fatalf("the variables of %s: got %v, want JSON", example.Title, err)
			}
		}
		run(example.Query, variables)
	}
}

// TestExplorerExamples runs the examples of the explorer on the sample, twice, as people do, and checks that the
// statistics of its jobs are as before and that nothing is older than it was.
func TestExplorerExamples(t *testing.T) {
	t.Parallel()
	const statistics = `{
		a: jobStats(robotCallJobId: "50") { total answered daily { date total } topConcerns { concern count } }
		b: jobStats(robotCallJobId: "51") { total answered daily { date total } topConcerns { concern count } }
		c: jobStats(robotCallJobId: "52") { total answered daily { date total } topConcerns { concern count } }
	}`
	const days = `{ callRecords(first: 100) { nodes { startTime } } }`
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewSampleServer(t, e)
		before, oldest := harness.JSON(server.Post(statistics, nil).At("data")), oldestTime(t, server.Post(days, nil))
		eachExample(t, e, func(query string, variables any) {
			for range 2 {
				checkAnswersSomething(t, server, query, variables)
			}
		})
		if after := harness.JSON(server.Post(statistics, nil).At("data")); after != before {
			t.Errorf("statistics after the examples: got %s, want %s", after, before)
		}
		if after := oldestTime(t, server.Post(days, nil)); after != oldest {
			t.Errorf("the oldest record after the examples: got %s, want %s", after, oldest)
		}
	})
}

// oldestTime returns the least startTime of records; all must have one.
func oldestTime(t *testing.T, response harness.Response) (oldest string) {
	t.Helper()
	nodes, _ := response.At("data", "callRecords", "nodes").([]any)
	for _, node := range nodes {
		text, _ := harness.At(node, "startTime").(string)
		if oldest == "" || text < oldest {
			oldest = text
		}
	}
	if oldest == "" {
		t.Errorf("records: got %v, want some, and all with a time", response)
	}
	return oldest
}

// TestExplorerExamplesOnEmptyDatabase runs the examples where there is nothing, as people do who begin without --demo.
func TestExplorerExamplesOnEmptyDatabase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		eachExample(t, e, func(query string, variables any) {
			if response := server.Post(query, variables); response["errors"] != nil {
				t.Errorf("%s\ngot %v, want no errors", query, response)
			}
		})
	})
}
