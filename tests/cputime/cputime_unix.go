//go:build unix

package cputime

import (
	"syscall"
	"time"
)

// Used returns the time that this process has had of processors, its garbage collector included.
func Used() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
