package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of /proc/PID/stat. Linux answers 100 a second to every program.
const clockTick = 10 * time.Millisecond

// process is what /proc/PID/stat says of a process.
type process struct {
	parent int
	own    time.Duration // user and system
	reaped time.Duration // of its children that have ended
}

// readProcess reads /proc/PID/stat: field 4 is the parent, 14 to 17 are the times.
func readProcess(pid int) (p process, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return p, err
	}
	_, rest, found := strings.Cut(string(text), ") ") // the name may have spaces
	fields := strings.Fields(rest)
	if !found || len(fields) < 15 {
		return p, fmt.Errorf("/proc/%d/stat is %q", pid, text)
	}
	numbers := make([]int, 15)
	for i := 1; i < 15; i++ {
		numbers[i], _ = strconv.Atoi(fields[i])
	}
	p.parent = numbers[1]
	p.own = time.Duration(numbers[11]+numbers[12]) * clockTick
	p.reaped = time.Duration(numbers[13]+numbers[14]) * clockTick
	return p, nil
}

// processCPU returns the CPU time that a process has used; 0 where the system does not say.
func processCPU(pid int) time.Duration {
	p, err := readProcess(pid)
	if err != nil {
		return 0
	}
	return p.own
}

// treeCPU returns the CPU time of a process and all its children: of those that run their own, of those that have ended
// what the parent has counted. A PostgreSQL server's connections and background processes are such children. 0 where
// the system does not say.
func treeCPU(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	for range 10 { // a child that ends while the others are read would be missed, or counted twice
		before, err := readProcess(pid)
		if err != nil {
			return 0
		}
		sum := before.own + before.reaped
		paths, _ := filepath.Glob("/proc/[0-9]*")
		for _, path := range paths {
			child, _ := strconv.Atoi(filepath.Base(path))
			if p, err := readProcess(child); err == nil && p.parent == pid {
				sum += p.own + p.reaped
			}
		}
		if after, err := readProcess(pid); err == nil && after.reaped == before.reaped {
			return sum
		}
	}
	return 0
}

// peakMemory returns the greatest resident memory of a process in bytes; 0 where the system does not say.
func peakMemory(pid int) int64 { return memoryOf(pid, "VmHWM:") }

// forgetPeak has peakMemory return the greatest memory from here on, where the system can.
func forgetPeak(pid int) {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0o200)
}

// memoryOf returns a line of /proc/PID/status in bytes; 0 where the system does not say.
func memoryOf(pid int, name string) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), name)
	line, _, _ := strings.Cut(rest, "\n")
	kilobytes, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(line), " kB"), 10, 64)
	return kilobytes << 10
}
