package report

import (
	"fmt"
	"testing"

	"callbook/model"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	check := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", -1000: "-1,000", 1234567: "1,234,567"} {
		check(fmt.Sprint("count ", n), count(n), want)
	}
	for n, want := range map[int]string{7: "7", 9999: "9999", 12_345: "12k", 2_500_000: "2M"} {
		check(fmt.Sprint("short ", n), short(n), want)
	}
	for share, want := range map[float64]string{0: "0%", 0.0004: "<0.1%", 0.042: "4.2%", 0.0999: "10%", 1: "100%"} {
		check(fmt.Sprint("percent ", share), percent(share), want)
	}
	for seconds, want := range map[int]string{59: "59 s", 60: "1 min", 3600: "1.0 h", 51_000: "14.2 h",
		360_000 + 1800: "101 h"} {
		check(fmt.Sprint("hours ", seconds), Style{}.hours(seconds), want)
	}
	number := func(f float64) *float64 { return &f }
	for want, h := range map[string]Headline{
		"▲ 50.0%":      {Unit: "count", Value: number(3), Before: number(2)},
		"▼ 25.0%":      {Unit: "seconds", Value: number(3), Before: number(4)},
		"= 0%":         {Unit: "count", Value: number(10_000), Before: number(10_001)},
		"▲ 4.5 points": {Unit: "share", Value: number(0.645), Before: number(0.6)},
		"▲ 99,900%":    {Unit: "count", Value: number(1000), Before: number(1)},
	} {
		check("change", Style{}.change(h), want)
	}
	for _, h := range []Headline{{Unit: "count", Value: number(3), Before: number(0)}, {Unit: "share", Value: number(1)}} {
		check("no change", Style{}.change(h), "")
	}
	check("a month", dayLabel("2026-10-01", model.ReportIntervalMonth), "2026-10")
	check("a day", dayLabel("2026-10-01", model.ReportIntervalDay), "10-01")
}

// TestNiceSteps tries axes of all lengths: at most five lines reach the greatest value, and little more.
func TestNiceSteps(t *testing.T) {
	t.Parallel()
	for most := range 30_000 {
		step, steps := niceSteps(most)
		if end := step * steps; end < most || steps < 1 || steps > 4 || most > 4 && end-step >= most {
			t.Fatalf("up to %d: got %d steps of %d, want up to four that reach it", most, steps, step)
		}
	}
}
