//go:build race

package tests

// slowness is how much longer than usual things may take: the race detector is on, and SQLite runs under it too.
const slowness = 15
