package randomops

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

const (
	// defaultOperations is the number of operations on all engines together, fewer under the race detector, where
	// CALLBOOK_OPERATIONS is not set.
	defaultOperations = 1500
	runLength         = 125 // operations on one tenant, all by one seed
)

// TestRandomOperations sends random valid operations, queries and mutations: each is answered as the specification and
// the
// schema have it, and never by an error that is the server's fault.
//
// A run is a tenant with sample data and the operations of one seed. CALLBOOK_SEED is the first run's seed, so a
// failure comes
// back with CALLBOOK_SEED set to the seed it names and CALLBOOK_OPERATIONS=1.
func TestRandomOperations(t *testing.T) {
	total := numberFrom("CALLBOOK_OPERATIONS", defaultOperations/harness.Slowness)
	seed := numberFrom("CALLBOOK_SEED", 1)
	runs := (total + 2*runLength - 1) / (2 * runLength)
	answers := &sync.Map{}
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		sum := &tally{codes: map[string]int{}, answers: answers}
		t.Run("runs", func(t *testing.T) {
			for n := range runs {
				t.Run(fmt.Sprint("seed=", seed+n), func(t *testing.T) {
					t.Parallel()
					newOperationRun(t, e, uint64(seed+n), sum).all()
				})
			}
		})
		sum.report(t)
	})
}

func numberFrom(variable string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return otherwise
}
