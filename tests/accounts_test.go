package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/tests/harness"
	"callbook/web"
)

// eachExecutor runs a test on each engine by each executor, over 60 calls with descriptions of 20,000 bytes.
func eachExecutor(t *testing.T, test func(*testing.T, *dbtest.Env, func(*web.Options))) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		harness.CreateCalls(t, e, 60, "", strings.Repeat("a", 20000))
		for _, isGqlgen := range []bool{false, true} {
			t.Run(fmt.Sprintf("gqlgen=%v", isGqlgen), func(t *testing.T) {
				test(t, e, func(o *web.Options) { o.Gqlgen = isGqlgen })
			})
		}
	})
}

// TestAccountOfReading runs operations that read more than one may, and checks that each is ended with the limit's
// number, that what mutations did before stays done, and that what was read is not all there was.
func TestAccountOfReading(t *testing.T) {
	eachExecutor(t, func(t *testing.T, e *dbtest.Env, executor func(*web.Options)) {
		server := harness.ListenAnonymous(t, e, func(o *web.Options) {
			executor(o)
			o.Limits.Read = 200_000
		})
		for _, c := range []struct{ query, done string }{
			{`{ calls(first: 60) { nodes { description } } }`, ""},
			{`{ calls(first: 60, orderBy: [{field: NAME}]) { edges { node { description } } } }`, ""},
			{`{` + harness.Repeat(" a%d: calls(first: 8) { nodes { description } }", 20) + `}`, ""},
			{`mutation { done: createCall(input: {name: "x"}) { call { name } }
				updateCalls(select: {where: {filter: {description: {isNull: false}}, limit: 60}}, input: {description: null},
				dryRun: true) { written } }`, "done"},
			{`mutation { updateCalls(select: {where: {filter: {description: {isNull: false}}, limit: 60}},
				input: {description: "` + strings.Repeat("b", 20_000) + `"}) { written } }`, ""},
		} {
			got := server.Send(c.query)
			json := got.JSON()
			if got.Status != 200 || got.Code() != "LIMIT_EXCEEDED" || !strings.Contains(got.Body, "200000 bytes") {
				t.Errorf("%.80s: got %d %.300s, want LIMIT_EXCEEDED with its number", c.query, got.Status, got.Body)
			}
			if c.done != "" && json.At("data", c.done, "call", "name") != "x" {
				t.Errorf("%.80s: got %.300s, want the first mutation done", c.query, got.Body)
			}
			if size := len(got.Body); size > 250_000 {
				t.Errorf("%.80s: got %d bytes, want no more than may be read", c.query, size)
			}
		}
		if got := server.Send(`{ calls(first: 8) { nodes { description } } }`); got.JSON()["errors"] != nil {
			t.Errorf("within the limit: got %.300s, want no errors", got.Body)
		}
	})
}

// TestAccountOfAnswers asks for responses of more bytes than one may have, and checks that each is ended with the
// limit's number.
func TestAccountOfAnswers(t *testing.T) {
	eachExecutor(t, func(t *testing.T, e *dbtest.Env, executor func(*web.Options)) {
		server := harness.ListenAnonymous(t, e, func(o *web.Options) {
			executor(o)
			o.Limits.Answer = 300_000
		})
		for _, query := range []string{
			`{ calls(first: 60) { nodes { description } } }`,
			`{ a: calls(first: 10) { nodes { description } } b: calls(first: 10) { nodes { description } } }`,
			`{ calls(first: 2) { nodes {` + harness.Repeat(" a%d: description", 20) + `} } }`,
			`{ call(id: "1") {` + harness.Repeat(" a%d: description", 40) + `} }`,
		} {
			got := server.Send(query)
			if got.Status != 200 || got.Code() != "LIMIT_EXCEEDED" || !strings.Contains(got.Body, "300000 bytes") {
				t.Errorf("%.80s: got %d %.300s, want LIMIT_EXCEEDED with its number", query, got.Status, got.Body)
			}
			if size := len(got.Body); size > 400_000 {
				t.Errorf("%.80s: got %d bytes, want no more than may be answered", query, size)
			}
		}
		if got := server.Send(`{ calls(first: 10) { nodes { description } } }`); got.JSON()["errors"] != nil {
			t.Errorf("within the limit: got %.300s, want no errors", got.Body)
		}
	})
}

// TestAccountOfTime runs searches that take more of the database's time than one operation may, and checks that a
// statement that runs is cancelled, and that the time is charged.
func TestAccountOfTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, func(o *web.Options) { o.Limits.DatabaseTime = 200 * time.Millisecond })
		harness.CreateCalls(t, e, 1000, "", strings.Repeat("a", 20000))
		conditions := make([]any, 50)
		for i := range conditions {
			conditions[i] = vars{"description": vars{"contains": strings.Repeat("a", 900) + fmt.Sprint("b", i)}}
		}
		body := harness.Body(`query($f: CallFilter) { calls(filter: $f) { totalCount } }`, vars{"f": vars{"or": conditions}})
		start := time.Now()
		got := server.Do("POST", "/graphql", body, "Content-Type", "application/json")
		if took := time.Since(start); got.Code() != "LIMIT_EXCEEDED" || !strings.Contains(got.Body, "200ms") ||
			took > harness.Slowness*8*time.Second {
			t.Errorf("the search: got %d %s after %v, want LIMIT_EXCEEDED in time", got.Status, got.Body, took)
		}
		if got := server.Send(`{ call(id: "1") { id } }`); got.Status != 200 || got.JSON()["errors"] != nil {
			t.Errorf("the operation after it: got %d %s, want 200", got.Status, got.Body)
		}
	})
}

// TestAccountsAreCharged reads and answers more than most do, and checks that it costs more, and is taken from the
// budget, also where a limit ends it.
func TestAccountsAreCharged(t *testing.T) {
	eachExecutor(t, func(t *testing.T, e *dbtest.Env, executor func(*web.Options)) {
		for read, want := range map[int64][2]float64{4 << 20: {900, 1100}, 1_150_000: {400, 600}} {
			server := harness.ListenAnonymous(t, e, func(o *web.Options) {
				executor(o)
				o.Limits.Read, o.Limits.BudgetPerSecond = read, 1
			})
			cost := server.Send(`{ calls(first: 60) { nodes { description } } }`).JSON().At("extensions", "cost")
			actual, _ := harness.At(cost, "actual").(float64)
			if actual < want[0] || actual > want[1] || harness.At(cost, "remaining") != 1_000_000-actual {
				t.Errorf("with %d bytes to read: got the cost %v, want %v", read, cost, want)
			}
		}
	})
}
