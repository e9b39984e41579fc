package tests

import (
	"encoding/json"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestLargeNumbers asks for floats that are greater than whole numbers of 64 bits, or than any float: as literals, as
// defaults of variables, and as variables.
func TestLargeNumbers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		groups := func(number string) string {
			const query = `{ callStats(groupBy: [TAG], having: [{measure: COUNT, gt: N}]) { groups { key { tag } } } }`
			return strings.ReplaceAll(query, "N}", number+"}")
		}
		for number, isFloat := range map[string]bool{"9223372036854775808": true, "-99999999999999999999999999": true,
			"1e300": true, "1e999": false} {
			for how, got := range map[string]harness.Response{
				"literal":  server.Post(groups(number), nil),
				"default":  server.Post("query ($n: Float = "+number+") "+groups("$n"), nil),
				"variable": server.Post("query ($n: Float) "+groups("$n"), vars{"n": json.Number(number)}),
			} {
				code, _ := got.FirstError()
				if isRefused := code == "GRAPHQL_VALIDATION_FAILED" || code == "BAD_USER_INPUT"; isRefused == isFloat ||
					code != nil && !isRefused {
					t.Errorf("%s as a %s: got %v, want it taken: %t", number, how, got, isFloat)
				}
			}
		}
	})
}
