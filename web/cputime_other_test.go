//go:build !unix

package web

import "time"

var start = time.Now()

// cpuTime returns the time since the process began: the system tells nothing better.
func cpuTime() time.Duration { return time.Since(start) }
