//go:build !race

package harness

// Slowness is how much longer than usual things may take.
const Slowness = 1
