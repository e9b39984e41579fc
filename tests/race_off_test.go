//go:build !race

package tests

// slowness is how much longer than usual things may take.
const slowness = 1
