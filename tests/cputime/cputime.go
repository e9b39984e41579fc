// Package cputime tells how much processor time tests take: other than the time of the clock, it grows little where
// others are at work on the machine.
package cputime

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// clockTick is the unit of /proc/PID/stat. Linux answers 100 a second to every program.
const clockTick = 10 * time.Millisecond

// Of returns the time that another process has had of processors, and false where the system does not tell.
func Of(pid int) (used time.Duration, isKnown bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	// The name, in parentheses, may have spaces. Behind it, the fields 12 and 13 are the times of user and system.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return 0, false
	}
	for _, field := range fields[11:13] {
		ticks, err := strconv.Atoi(string(field))
		if err != nil {
			return 0, false
		}
		used += time.Duration(ticks) * clockTick
	}
	return used, true
}
