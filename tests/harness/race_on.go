//go:build race

package harness

// Slowness is how much longer than usual things may take: the race detector is on, and SQLite runs under it too.
const Slowness = 15
