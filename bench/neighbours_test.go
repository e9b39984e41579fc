package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestNeighboursCommand runs the command at a tiny size: the quiet tenant is answered, the attacks are, and there is a
// table and a plot. What it waits for is not checked, for the machine may be busy.
func TestNeighboursCommand(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	var log strings.Builder
	for _, engine := range []string{"sqlite", "postgres"} {
		var out strings.Builder
		plots := t.TempDir()
		o := neighbours{Size: 0.0004, Long: 10, For: 400 * time.Millisecond, Clients: 2, Keys: []int{1, 2},
			Engines: []string{engine}, Plots: plots, Limit: 3 * time.Minute, out: &out}
		if err := o.run(t.Context(), newBar(&log)); err != nil {
			t.Fatalf("%v after\n%s", err, log.String())
		}
		if strings.Contains(log.String(), "PostgreSQL is left out") {
			continue
		}
		for _, part := range []string{"| alone | 11 | 0 |", "| beside 2 processes that only compute | 11 | 0 |",
			"| beside 2 clients by one key | 11 |", "| beside 2 clients by 2 keys | 11 |", "- S1 longest texts: "} {
			if !strings.Contains(out.String(), part) {
				t.Errorf("%s: got\n%s\nwant %q in it", engine, out.String(), part)
			}
		}
		if strings.Contains(out.String(), "VALIDATION_FAILED") || strings.Contains(out.String(), "BAD_USER_INPUT") {
			t.Errorf("%s: got attacks refused as wrong:\n%s", engine, out.String())
		}
		checkPlot(t, filepath.Join(plots, "neighbours-"+engine+".svg"), 4)
	}
}

// checkPlot checks that a file is an SVG with so many panels.
func checkPlot(t *testing.T, path string, panels int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(text), "<svg ") || strings.Contains(string(text), "NaN") ||
		strings.Contains(string(text), "Inf") || strings.Count(string(text), `class="panel"`) != panels {
		t.Errorf("%s: got %v and %d panels in\n%.2000s\nwant %d", path, err,
			strings.Count(string(text), `class="panel"`), text, panels)
	}
}

// TestSoakCommand runs the command for some seconds: there is a verdict on every gauge, and a plot.
func TestSoakCommand(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		var out, log strings.Builder
		plots := t.TempDir()
		o := soak{For: 4 * time.Second, Size: 0.0004, Clients: 2, Engines: []string{engine}, Plots: plots, out: &out}
		err := o.run(t.Context(), newBar(&log)) // so short a time is no verdict
		if strings.Contains(log.String(), "PostgreSQL is left out") {
			continue
		}
		if err != nil && !strings.Contains(err.Error(), errNotFlat.Error()) {
			t.Fatalf("%v after\n%s", err, log.String())
		}
		seen := 0
		for _, g := range gauges {
			if strings.Contains(out.String(), "| "+g.name+" |") {
				seen++
			}
		}
		if want := map[string]int{"sqlite": 5, "postgres": 9}[engine]; seen != want {
			t.Errorf("%s: got %d gauges in\n%s\nwant %d", engine, seen, out.String(), want)
		}
		for _, answer := range []string{"no answer", "VALIDATION_FAILED", "BAD_USER_INPUT", "UNAVAILABLE", "NOT_FOUND"} {
			if strings.Contains(out.String(), answer) {
				t.Errorf("%s: got %s in\n%s", engine, answer, out.String())
			}
		}
		checkPlot(t, filepath.Join(plots, "soak-"+engine+".svg"), seen)
	}
}

// TestGrowth tells a line that rises from one that does not.
func TestGrowth(t *testing.T) {
	line := func(value func(n int) float64) (points []point) {
		for n := range 101 {
			points = append(points, point{time.Duration(n) * time.Second, value(n)})
		}
		return points
	}
	for name, c := range map[string]struct {
		points []point
		want   float64
	}{
		"rising":  {line(func(n int) float64 { return 7 + float64(n)/10 }), 10},
		"flat":    {line(func(int) float64 { return 7 }), 0},
		"falling": {line(func(n int) float64 { return -float64(n) }), -100},
		"one":     {line(func(int) float64 { return 7 })[:1], 0},
	} {
		if got := growthOf(c.points); got < c.want-1e-6 || got > c.want+1e-6 {
			t.Errorf("%s: got a growth of %v, want %v", name, got, c.want)
		}
	}
}
