package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// TestFloods sends many requests at once, and checks that each is answered or refused, and that the server keeps
// answering.
func TestFloods(t *testing.T) {
	heavy := harness.Body("{"+harness.Repeat(` a%d: searchTranscripts(query: "的", first: 100) {
		totalCount nodes { snippet { text } before { text } } }`, 5)+"}", nil)
	t.Run("more than run at once", func(t *testing.T) {
		server := harness.StartProcess(t, "--limit-running 2 --limit-wait-time 20ms --limit-budget 100000000")
		count := server.Flood(40, heavy)
		if count[200] == 0 || count[503] == 0 || count[200]+count[503] != 40 {
			t.Errorf("40 requests where 2 run at once: got the statuses %v, want some 200 and the rest 503", count)
		}
		server.MustAnswer("a flood")
	})
	t.Run("more than the budget", func(t *testing.T) {
		server := harness.StartProcess(t, "--limit-cost 5000 --limit-budget 5000 --limit-budget-per-second 1000")
		body := harness.Body("{ calls(first: 1000) { nodes { id tasks { nodes { id } } } } }", nil)
		if got := server.Post(body); got.Status != 200 || got.Code != "LIMIT_EXCEEDED" {
			t.Errorf("over the limit of one: got %d %v, want 200 LIMIT_EXCEEDED", got.Status, got.Code)
		}
		count := server.Flood(60, harness.Body("{ calls(first: 1000) { nodes { id } } }", nil))
		if count[200] == 0 || count[429] == 0 || count[200]+count[429] != 60 {
			t.Errorf("60 requests beyond the budget: got the statuses %v, want some 200 and the rest 429", count)
		}
	})
	t.Run("many bodies of many values", func(t *testing.T) {
		server := harness.StartProcess(t, "--limit-memory 268435456 --limit-wait-time 500ms --limit-budget 100000000")
		count := server.Flood(24,
			(`{"query":"{__typename}","variables":{"x":[[` + strings.Repeat(strings.Repeat(`{"a":0},`, 15000)+"0],[", 12) +
				`0]]}}`))
		if count[200] == 0 || count[200]+count[503] != 24 {
			t.Errorf("24 bodies of many values: got the statuses %v, want some 200 and the rest 503", count)
		}
		if most := server.Memory(); most > harness.Slowness*(1200<<20) {
			t.Errorf("the server's memory: got %d MB, want 1200 at most", most>>20)
		}
		server.MustAnswer("many values")
	})
	t.Run("many large bodies", func(t *testing.T) {
		server := harness.StartProcess(t, "--limit-memory 67108864 --limit-wait-time 300ms --limit-budget 100000000")
		count := server.Flood(24, (`{"query":"{__typename}"}` + strings.Repeat(" ", 24<<20)))
		if count[200] == 0 || count[200]+count[503] != 24 {
			t.Errorf("24 large bodies: got the statuses %v, want some 200 and the rest 503", count)
		}
		if most := server.Memory(); most > harness.Slowness*(900<<20) {
			t.Errorf("the server's memory: got %d MB, want 900 at most", most>>20)
		}
		server.MustAnswer("many large bodies")
	})
}

// TestHeavySearches searches long texts with one credential as much as its limits allow, and checks that another
// credential is served meanwhile.
func TestHeavySearches(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.Listen(t, e, nil)
		heavy, other := server.Key("heavy", model.RoleAdmin), server.Key("other", model.RoleAdmin)
		for i := range 2 {
			inputs := make([]*model.CreateCallInput, 50)
			for j := range inputs {
				inputs[j] = &model.CreateCallInput{ID: new(fmt.Sprint(i, " ", j))}
				inputs[j].Description = graphql.OmittableOf(new(strings.Repeat("a", 4000)))
			}
			if _, err := e.DB.CreateCalls(e.Ctx, inputs, db.Batch{}); err != nil {
				t.Fatal(err)
			}
		}
		search := func(n int) string {
			conditions := make([]any, n)
			for i := range conditions {
				conditions[i] = vars{"description": vars{"contains": strings.Repeat("a", 900) + fmt.Sprint(i)}}
			}
			return harness.Body("query($f: CallFilter) {"+harness.Repeat(" a%d: calls(filter: $f) { totalCount }", 6)+"}",
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
				got.JSON()["errors"] != nil || time.Since(start) > harness.Slowness*8*time.Second {
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
