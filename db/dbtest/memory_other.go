//go:build !linux

package dbtest

// UseMemory does nothing: no folder is known whose files are in memory.
func UseMemory() (remove func()) { return func() {} }
