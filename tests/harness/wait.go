package harness

import (
	"testing"
	"time"
)

// Eventually waits, for a minute at most, until a condition holds, and fails the test where it does not.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(Slowness * time.Minute); !holds(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("not in time: %s", what)
		}
	}
}
