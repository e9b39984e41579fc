package db

import (
	"strings"
	"testing"
)

// TestLongTerms expects PostgreSQL to look for long terms by regular expressions, whose time is linear in the text, and
// for others by functions that are quick where a term is found often.
func TestLongTerms(t *testing.T) {
	for length, isLong := range map[int]bool{1: false, maxPlainTerm: false, maxPlainTerm + 1: true, 1000: true} {
		term := strings.Repeat("语", length)
		has, count := turnHasPostgres(term), countInTurnPostgres(term)
		if got := strings.Contains(has.sql, " ~ ") && strings.Contains(count.sql, "regexp_"); got != isLong {
			t.Errorf("%d characters: got %s and %s, want regular expressions: %v", length, has.sql, count.sql, isLong)
		}
		if got := strings.Contains(has.sql, "strpos") && strings.Contains(count.sql, "REPLACE"); got == isLong {
			t.Errorf("%d characters: got %s and %s, want strpos and REPLACE: %v", length, has.sql, count.sql, !isLong)
		}
	}
}
