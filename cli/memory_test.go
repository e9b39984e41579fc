package cli

import (
	"math"
	"runtime/debug"
	"testing"
)

// TestLimitMemory sets the limit of memory, unless the environment has one.
func TestLimitMemory(t *testing.T) {
	for _, c := range []struct {
		environment string
		before      int64
		want        int64
	}{
		{"", math.MaxInt64, memoryBeside + 1000},
		{"2GiB", 2 << 30, 2 << 30},
	} {
		t.Setenv("GOMEMLIMIT", c.environment)
		begin := debug.SetMemoryLimit(c.before)
		restore := limitMemory(1000)
		got := debug.SetMemoryLimit(-1)
		restore()
		restored := debug.SetMemoryLimit(begin)
		if got != c.want || restored != c.before {
			t.Errorf("with GOMEMLIMIT=%q: got the limit %d and then %d, want %d and then %d", c.environment, got, restored,
				c.want, c.before)
		}
	}
}
