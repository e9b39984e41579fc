//go:build !race

// Under the race detector pools forget at random what they hold, and nothing can be counted.

package web

import (
	"runtime/debug"
	"testing"
)

// maxDoorAllocations is how many allocations a request may take beside those of a bare handler and of its fields.
const maxDoorAllocations = 30

// TestDoorAllocations counts the allocations of requests.
func TestDoorAllocations(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // the collector empties pools
	d := newDoors(t)
	for _, c := range doorCases {
		site, nothing, fields := d.parts(t, c)
		const runs = 500
		all := testing.AllocsPerRun(runs, site)
		beside := testing.AllocsPerRun(runs, nothing) + testing.AllocsPerRun(runs, fields)
		if got := all - beside; got > maxDoorAllocations {
			t.Errorf("%s: the site takes %.0f allocations, %.0f more than a bare handler and the fields; want at most %d more",
				c.name, all, got, maxDoorAllocations)
		}
	}
}
