package tests

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"callbook/tests/harness"
)

// TestMeasures checks that each fault of the findings on security and on faults has a row in reproductions.md, and one
// in docs/reliability.md with what was measured before and is now, and that the tests that the latter names are there.
func TestMeasures(t *testing.T) {
	listed := harness.ReadFile(t, "reproductions.md")
	measured := harness.ReadFile(t, "../docs/reliability.md")
	known := knownTests(t)
	var ids []string
	for n := range 12 {
		ids = append(ids, fmt.Sprint("S", n+1))
	}
	for n := range 8 {
		ids = append(ids, fmt.Sprint("F", n+1))
	}
	for _, id := range ids {
		if !strings.Contains(listed, "\n| "+id+" | ") {
			t.Errorf("%s: got no row in reproductions.md, want one", id)
		}
		rows := regexp.MustCompile(`(?m)^\| `+id+`\b.*$`).FindAllString(measured, -1)
		if len(rows) == 0 {
			t.Errorf("%s: got no row in docs/reliability.md, want one", id)
		}
		for _, row := range rows {
			cells := strings.Split(row, " | ")
			names := regexp.MustCompile(`Test\w+`).FindAllString(row, -1)
			if len(cells) != 4 || len(names) == 0 {
				t.Errorf("%s: got the row %q, want before, now, and the name of a test", id, row)
			}
			for _, name := range names {
				if !known[name] {
					t.Errorf("%s: got no test %q, want it", id, name)
				}
			}
		}
	}
}
