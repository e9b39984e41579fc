//go:build unix

package web

import (
	"syscall"
	"time"
)

// cpuTime returns the time that the process has had of processors, its garbage collector included.
func cpuTime() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
