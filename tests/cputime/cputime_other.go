//go:build !unix

package cputime

import "time"

var start = time.Now()

// Used returns the time since the process began: the system tells nothing better.
func Used() time.Duration { return time.Since(start) }
