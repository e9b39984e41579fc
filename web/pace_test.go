package web

import (
	"testing"
	"time"
)

// TestPace asks for deadlines of clients of several rates.
func TestPace(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for what, c := range map[string]struct {
		after time.Duration
		bytes int64
		want  time.Duration // from the beginning
	}{
		"the first piece":        {0, 0, time.Minute},
		"a byte in ten seconds":  {10 * time.Second, 1, time.Minute},
		"the least rate":         {100 * time.Second, 100 * leastRate, 160 * time.Second},
		"half of the least rate": {100 * time.Second, 50 * leastRate, 110 * time.Second},
		"a fast one":             {10 * time.Second, 1 << 30, 70 * time.Second},
	} {
		p := &pace{began: began, bytes: c.bytes}
		if got := p.deadline(began.Add(c.after)).Sub(began); got != c.want {
			t.Errorf("%s: got the deadline %s, want %s", what, got, c.want)
		}
	}
}
