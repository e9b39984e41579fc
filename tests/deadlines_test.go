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
	"callbook/web"
)

// TestDeadline lets an operation run out of time, and checks that its statement ends in the database, so that the next
// operation is answered in time.
func TestDeadline(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		// PostgreSQL is no slower under the race detector, so the deadline grows little with Slowness.
		deadline := min(harness.Slowness*200*time.Millisecond, time.Second)
		server := harness.ListenAnonymous(t, e, func(o *web.Options) {
			o.Limits.Deadline, o.Limits.RunningEach = deadline, 1
		})
		inputs := make([]*model.CreateCallInput, 1000)
		for i := range inputs {
			inputs[i] = &model.CreateCallInput{ID: new(fmt.Sprint(i))}
			inputs[i].Description = graphql.OmittableOf(new(strings.Repeat("a", 20000)))
		}
		if _, err := e.DB.CreateCalls(e.Ctx, inputs, db.Batch{}); err != nil {
			t.Fatal(err)
		}
		conditions := make([]any, 50)
		for i := range conditions {
			conditions[i] = vars{"description": vars{"contains": strings.Repeat("a", 900) + fmt.Sprint("b", i)}}
		}
		body := harness.Body(`query($f: CallFilter) { calls(filter: $f) { totalCount } }`, vars{"f": vars{"or": conditions}})
		start := time.Now()
		got := server.Do("POST", "/graphql", body, "Content-Type", "application/json")
		if took := time.Since(start); got.Code() != "UNAVAILABLE" || took > harness.Slowness*8*time.Second {
			t.Errorf("the slow operation: got %d %s after %v, want UNAVAILABLE in time", got.Status, got.Body, took)
		}
		start = time.Now()
		if got := server.Send(`{ call(id: "1") { id } }`); got.Status != 200 || got.JSON()["errors"] != nil ||
			time.Since(start) > harness.Slowness*4*time.Second {
			t.Errorf("the operation after it: got %d %s after %v, want 200 in time", got.Status, got.Body, time.Since(start))
		}
	})
}
