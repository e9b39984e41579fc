package tests

import (
	"math"
	"net/http/httptest"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/demo"
	"callbook/tests/harness"
)

// TestFastPath reads a page of calls by both executors: the answers are the same, and the fast path, which is the
// default, takes less than half of the allocations.
func TestFastPath(t *testing.T) {
	const query = `{ calls(first: 100) { nodes { id nodeId name subject callType callStatus callStartTime callDuration
		callPurpose ownerType ownerId createdBy createdAt updatedAt tags } } }`
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		if err := demo.FillSize(e.Ctx, e.DB, e.Clock.Now(), 100, 0); err != nil {
			t.Fatal(err)
		}
		body := harness.Body(query, nil)
		read := func(server *harness.Server) string {
			r := httptest.NewRequest("POST", "http://localhost/graphql", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			server.ServeHTTP(w, r)
			return w.Body.String()
		}
		measure := func(executor string) (answer string, allocations float64) {
			server := harness.NewServerOf(t, e, executor)
			answer = read(server)
			allocations = math.Inf(1)
			for range 5 { // the least: what goes on in the background is counted, too
				allocations = min(allocations, testing.AllocsPerRun(5, func() { read(server) }))
			}
			return answer[:strings.Index(answer, `"remaining"`)], allocations
		}
		got, fast := measure("fast")
		want, gqlgen := measure("gqlgen")
		if got != want || !strings.Contains(got, `"id":"call-0100"`) {
			t.Errorf("the fast path answers\n%s\nwant, as gqlgen does\n%s", got, want)
		}
		if fast > gqlgen/2 {
			t.Errorf("the fast path takes %.0f allocations, gqlgen %.0f, want less than half", fast, gqlgen)
		}
	})
}
