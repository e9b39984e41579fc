package tests

import (
	"fmt"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestPrices checks that operations that make the database work are priced by it before they run, that those beyond all
// reason are refused, and that ordinary screens cost a fiftieth of what one operation may.
func TestPrices(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		searches := func(n int) string {
			return `{or: [` + strings.TrimSuffix(harness.Repeat(`{description: {contains: "x%d"}},`, n), ",") + `]}`
		}
		const most = 1 << 30
		for _, c := range []struct {
			query       string
			least, most float64
		}{
			{`{ calls(filter: ` + searches(50) + `) { nodes { id } } }`, 10_000, most},
			{`{ calls(filter: ` + searches(50) + `) { totalCount nodes { id } } }`, 20_000, most},
			{`{ calls(first: 1, offset: 1000000) { nodes { id } } }`, 2000, most},
			{`{ calls(orderBy: [{field: SUBJECT}]) { nodes { id } } }`, 130, 200},
			{`{ calls { totalCount } }`, 100, 200},
			{`{ callRecord(id: "1") { transcript(first: 1000) { nodes { text } } } }`, 1000, 2000},
			{`{ callRecord(id: "1") { transcript(first: 5) { nodes { text } } } }`, 5, 10},
			{`{` + harness.Repeat(` a%d: calls(first: 0, filter: {name: {contains: "x"}}) { totalCount }`, 50) + `}`, 12_000,
				most},
			{`{ searchTranscripts(query: "的", first: 0) { facets { jobs { count } intentLevels { count } days { count } } } }`,
				1800, most},
			{`{ searchTranscripts(query: "的` + strings.Repeat(" -x", 19) + `", first: 0) {
				facets { jobs { count } intentLevels { count } days { count } } } }`, 8000, most},
			{`{ calls(first: 1000) { nodes { description } } }`, 30_000, most},
			{`mutation { createCallTasks(select: {ids: ["a", "b"]}, tasks: [{subject: "1"}, {subject: "2"}, {subject: "3"}]) {
				tasks { id } } }`, 16, 20},
			{`{ calls(first: 50) { totalCount nodes { id name callType tasks(first: 5) { nodes { subject } } } } }`, 0, 2000},
			{`{ calls(filter: {name: {contains: "x"}}, first: 50) { totalCount nodes { id name } } }`, 200, 2000},
			{`{ call(id: "a") { description tasks { nodes { description } } notes { nodes { text } }
				history { nodes { changes { field from to } } } } }`, 0, 2000},
			{`{ callRecords(first: 20, filter: {searchWords: "x"}) { totalCount nodes { details { text } } } }`, 200, 2000},
			{`{ searchTranscripts(query: "x y") { totalCount nodes { snippet { text } } } }`, 200, 2000},
			{`{ callStats(groupBy: [DAY]) { groups {` + harness.Repeat(
				` a%d: count(filter: {description: {contains: "x%[1]d"}})`, 50) + ` } } }`, 5000, most},
			{`{ callStats { groups { duration {` + harness.Repeat(` a%d: percentile(percent: %[1]d)`, 100) + ` } } } }`, 1000,
				5000},
			{`{ callStats(groupBy: [WEEKDAY, HOUR_OF_DAY], first: 168) { groups { key { weekday hourOfDay } count share
				answeredRate duration { avg p50 p95 } } } }`, 200, 2000},
			{`{ picklists { field values { value count } } jobStats { total } }`, 0, 2000},
		} {
			response := server.Post(c.query, nil)
			cost, _ := response.At("extensions", "cost", "requested").(float64)
			if response["errors"] != nil || cost < c.least || cost > c.most {
				t.Errorf("%.150s: got the price %v and %.200v, want %v to %v", c.query, cost, response["errors"], c.least, c.most)
			}
		}
		for _, query := range []string{
			`{ calls(first: 1, offset: 2147483647, orderBy: [{field: NAME}]) { nodes { id } } }`,
			`{` + harness.Repeat(` a%d: calls(first: 0, filter: `+searches(10)+`) { totalCount }`, 50) + `}`,
			`{` + harness.Repeat(` a%d: calls(first: 1000) { nodes { description } }`, 15) + `}`,
			`{ calls(first: 1000) { nodes { tasks(first: 1000) { nodes { description } } } } }`,
		} {
			response := server.Post(query, nil)
			code, message := response.At("errors", 0, "extensions", "code"), response.At("errors", 0, "message")
			if code != "LIMIT_EXCEEDED" || !strings.Contains(fmt.Sprint(message), "may cost") {
				t.Errorf("%.150s: got %v %v, want LIMIT_EXCEEDED with its price", query, code, message)
			}
		}
	})
}
