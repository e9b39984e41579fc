package main

import (
	"encoding/json"
	"os"
	"slices"
	"time"

	"callbook/bench/fill"
)

// round is what one measurement of a server says; times are of one request.
type round struct {
	Requests int
	PerSec   float64
	P50, P99 time.Duration
	Server   time.Duration // CPU of the server's process
	Database time.Duration // CPU of the database server; 0 on SQLite, which is in the server's process
	Allocs   float64       // of Go servers
	Bytes    float64       // of Go servers
}

// CPU returns the CPU time of a request, of server and database together.
func (r round) CPU() time.Duration { return r.Server + r.Database }

// result is an operation on a server.
type result struct {
	Engine, Operation, Server string
	Rounds                    []round
	Statements                int   // on PostgreSQL
	Peak                      int64 // bytes of memory that the server's process has had at the most until then
}

// median returns of each figure the median over the rounds.
func (r result) median() round {
	return round{
		PerSec:   medianOf(r.Rounds, func(r round) float64 { return r.PerSec }),
		P50:      medianOf(r.Rounds, func(r round) time.Duration { return r.P50 }),
		P99:      medianOf(r.Rounds, func(r round) time.Duration { return r.P99 }),
		Server:   medianOf(r.Rounds, func(r round) time.Duration { return r.Server }),
		Database: medianOf(r.Rounds, func(r round) time.Duration { return r.Database }),
		Allocs:   medianOf(r.Rounds, func(r round) float64 { return r.Allocs }),
		Bytes:    medianOf(r.Rounds, func(r round) float64 { return r.Bytes }),
	}
}

func (r result) cpu() time.Duration { return medianOf(r.Rounds, round.CPU) }

func medianOf[R any, T ~int | ~int64 | ~float64](list []R, of func(R) T) T {
	if len(list) == 0 {
		return 0
	}
	values := make([]T, len(list))
	for i, r := range list {
		values[i] = of(r)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// screenResult is how long a screen takes with one client, and how long it takes to count all calls in the same run.
type screenResult struct {
	Engine, Title string
	Best          time.Duration
	Count         time.Duration
}

// report is all that a run has measured.
type report struct {
	At       time.Time
	Command  string
	Machine  []string
	Versions []string
	Size     fill.Size
	Bytes    map[string]int64         // of the databases, by engine
	Filled   map[string]time.Duration // how long that took, by engine
	Started  map[string]time.Duration // Callbook's start to its first answer, by engine
	Rounds   int
	Seconds  float64
	Clients  int
	Results  []result
	Screens  []screenResult
}

// find returns a result, and reports whether there is one.
func (r *report) find(engine, operation, server string) (result, bool) {
	for _, found := range r.Results {
		if found.Engine == engine && found.Operation == operation && found.Server == server && len(found.Rounds) > 0 {
			return found, true
		}
	}
	return result{}, false
}

// ratio returns how many times the CPU of another server an operation takes Callbook; 0 where it was not measured.
func (r *report) ratio(engine, operation, other string) float64 {
	ours, isMeasured := r.find(engine, operation, callbook)
	theirs, isCompared := r.find(engine, operation, other)
	if !isMeasured || !isCompared || theirs.cpu() == 0 {
		return 0
	}
	return float64(ours.cpu()) / float64(theirs.cpu())
}

func (r *report) save(path string) error {
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func loadReport(path string) (*report, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &report{}
	return r, json.Unmarshal(text, r)
}
