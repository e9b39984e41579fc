package tests

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// TestReadme runs the operations of README.md on the sample.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	operations := regexp.MustCompile("(?s)```graphql\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(operations) < 4 {
		t.Fatalf("operations in README.md: got %d, want 4 or more", len(operations))
	}
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewSampleServer(t, e)
		for _, operation := range operations {
			if strings.HasPrefix(operation[1], "subscription") {
				continue // it answers when something happens: see TestSubscription
			}
			checkAnswersSomething(t, server, operation[1], nil)
		}
	})
}

// checkAnswersSomething runs an operation with its variables and checks that all its root fields return something.
func checkAnswersSomething(t *testing.T, server *harness.Server, operation string, variables any) {
	t.Helper()
	response := server.Post(operation, variables)
	if response["errors"] != nil {
		t.Errorf("%s\ngot %v, want no errors", operation, response)
	}
	for name, field := range response["data"].(map[string]any) {
		if field == nil || harness.At(field, "totalCount") == 0.0 {
			t.Errorf("%s\n%s: got %v, want something", operation, name, field)
		}
		if nodes, ok := harness.At(field, "nodes").([]any); ok && len(nodes) == 0 {
			t.Errorf("%s\n%s: got no nodes, want some", operation, name)
		}
	}
}

// TestSampleFillsEveryDataset checks that every data set and status of the sample has calls, also some hours later.
func TestSampleFillsEveryDataset(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewSampleServer(t, e)
		for _, later := range []time.Duration{0, 5 * time.Hour} {
			e.Clock.Set(dbtest.Start.Add(later))
			for _, dataset := range model.AllCallDataset {
				response := server.Post(`query($d: CallDataset!) { calls(dataset: $d) { totalCount } }`, vars{"d": dataset})
				if n, _ := response.At("data", "calls", "totalCount").(float64); n < 50 {
					t.Errorf("the data set %s: got %v calls, want 50 or more", dataset, n)
				}
			}
			for _, status := range model.AllCallStatus {
				response := server.Post(`query($s: CallStatus!) { calls(filter: {callStatus: {eq: $s}}) { totalCount } }`,
					vars{"s": status})
				if n, _ := response.At("data", "calls", "totalCount").(float64); n < 5 {
					t.Errorf("the status %s: got %v calls, want 5 or more", status, n)
				}
			}
		}
	})
}
