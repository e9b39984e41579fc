package main

import (
	"os"
	"regexp"
	"runtime"
	"testing"
	"time"

	"callbook/bench/fill"
)

func TestStatementsIn(t *testing.T) {
	const log = `2026-01-05 08:30:00.123 UTC [7] LOG:  statement: BEGIN
2026-01-05 08:30:00.124 UTC [7] LOG:  execute stmtcache_1: SELECT id
	FROM calls WHERE id = $1
2026-01-05 08:30:00.124 UTC [7] DETAIL:  parameters: $1 = 'LOG:  statement: x'
2026-01-05 08:30:00.125 UTC [7] LOG:  statement: COPY calls FROM STDIN
2026-01-05 08:30:00.126 UTC [7] LOG:  checkpoint starting: time
2026-01-05 08:30:00.127 UTC [7] LOG:  statement: commit;
`
	if got := statementsIn([]byte(log)); got != 2 {
		t.Errorf("the log has %d statements, want 2", got)
	}
}

func TestChange(t *testing.T) {
	entry := func(version, field string, from, to any) any {
		change := map[string]any{"field": field, "from": from, "to": to}
		return map[string]any{"version": version, "operation": "load", "changes": []any{change}}
	}
	row := func(version, subject string, tags []any, entries ...any) map[string]any {
		history := map[string]any{"nodes": entries}
		return map[string]any{"version": version, "subject": subject, "tags": tags, "history": history}
	}
	old := row("1", "a", []any{"x"})
	long := row("8", "a", []any{"x"}, entry("8", "subject", "z", "a"), entry("7", "subject", "y", "z"))
	for name, c := range map[string]struct {
		before, after map[string]any
		want          string
	}{
		"new":         {nil, map[string]any{"id": "1", "nodeId": "z"}, "{id: \"1\"}\n"},
		"same":        {old, row("1", "a", []any{"x"}), "{}\n"},
		"changed":     {old, row("2", "b", []any{"x"}, entry("2", "subject", "a", "b")), changedSubject},
		"wrong entry": {old, row("2", "b", []any{"x"}, entry("2", "subject", "q", "b")), wrongSubject},
		"long history": {long, row("9", "b", []any{"x"}, entry("9", "subject", "a", "b"), entry("8", "subject", "z", "a")),
			changedSubject},
		"tagged": {old, row("2", "a", []any{"x", "y"}), "{tags: [\"y\"], version: \"another\"}\n"},
	} {
		if got := canonical(change(c.before, c.after)); got != c.want {
			t.Errorf("%s: the change is %q, want %q", name, got, c.want)
		}
	}
}

const (
	changedSubject = "{history: [[\"load\", true, \"subject\", true, true]], subject: \"b\", version: \"another\"}\n"
	wrongSubject   = "{history: [[\"load\", true, \"subject\", false, true]], subject: \"b\", version: \"another\"}\n"
)

// TestRequestsDifferInNumbers compares requests of each writing operation, of which every server gets others: they
// differ in numbers of three digits and more, and in times, which compare leaves out, and in keys of customers, which
// it does not read.
func TestRequestsDifferInNumbers(t *testing.T) {
	times := regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	customers := regexp.MustCompile(`("customerPerson":\{"id":")\d+"`)
	form := func(body []byte) string {
		text := times.ReplaceAllString(customers.ReplaceAllString(string(body), "${1}N\""), "T")
		return numbers.ReplaceAllString(text, "N")
	}
	i := inputs{fill.NewSize(1)}
	for _, o := range operations {
		if !o.writes {
			continue
		}
		for name, requests := range map[string]func(operation, inputs, int64) (request, bool){
			"hand": handRequest, "postgraphile": graphileRequest,
		} {
			first, isCompared := requests(o, i, firstRequest)
			want := form(first.body)
			for n := int64(firstRequest); isCompared && n < firstRequest+20_000; n += 211 {
				made, _ := requests(o, i, n)
				if got := form(made.body); got != want {
					t.Fatalf("%s: the request %d to %s is\n%.600s\nwant one as the first\n%.600s", o.id, n, name, got, want)
				}
			}
		}
	}
}

// TestCPU works until the own process has used some more of the CPU.
func TestCPU(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the CPU is read from /proc")
	}
	before, tree := processCPU(os.Getpid()), treeCPU(os.Getppid())
	for start, n := time.Now(), 0; processCPU(os.Getpid()) < before+3*clockTick; n++ {
		if time.Since(start) > 30*time.Second {
			t.Fatalf("after %d loops in 30 s the process has used %v, want more than %v", n, processCPU(os.Getpid()), before)
		}
	}
	if after := treeCPU(os.Getppid()); after < tree+2*clockTick {
		t.Errorf("the parent and its children have used %v, before that %v, want 20 ms more", after, tree)
	}
	if peak := peakMemory(os.Getpid()); peak < 1<<20 || peak > 1<<34 {
		t.Errorf("the process has had %d bytes at the most, want some megabytes", peak)
	}
}
