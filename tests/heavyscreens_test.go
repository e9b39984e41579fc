package tests

import (
	"strings"
	"sync"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// TestHeavyScreens has people of one tenant ask for 1,000 calls with descriptions at the same time: they wait for one
// another, and all are answered.
func TestHeavyScreens(t *testing.T) {
	const people, calls = 4, 1000
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		inputs := make([]any, calls)
		for i := range inputs {
			inputs[i] = vars{"description": strings.Repeat("A call about a loan. ", 50)}
		}
		for part := range 4 {
			server.Post(`mutation($in: [CreateCallInput!]!) { createCalls(inputs: $in) { written } }`,
				vars{"in": inputs[part*calls/4 : (part+1)*calls/4]})
		}
		var wg sync.WaitGroup
		for i := range people {
			wg.Go(func() {
				person := server.AsRoles(string(rune('a'+i)), model.RoleAgent, model.RoleManager)
				response := person.Post(`{ calls(first: 1000) { nodes { description } } }`, nil)
				if n := len(harness.List(response, "data", "calls", "nodes")); n != calls || response["errors"] != nil {
					t.Errorf("1,000 calls with descriptions by one of %d: got %d and %v, want all", people, n, response["errors"])
				}
			})
		}
		wg.Wait()
	})
}
