package model

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold brings text to the form in which searches compare it: Unicode NFKC and case folding, so that width
// and case do not matter. Folding twice changes nothing.
func Fold(s string) string {
	if isFolded(s) {
		return s
	}
	// Folding can undo the normal form and normalising can bring back case (U+1E9E, U+03D2 and the like).
	for range 3 {
		next := norm.NFKC.String(foldCase(norm.NFKC.String(s)))
		if next == s {
			break
		}
		s = next
	}
	return s
}

// nextBoundary is how many bytes of text fold together: what begins there does not combine with what follows.
func nextBoundary(text string) int {
	if n := norm.NFKC.NextBoundaryInString(text, true); n > 0 {
		return n
	}
	return len(text)
}

// foldCase is Unicode's full case folding. x/text swaps the cases of Cherokee, which folds to capitals, so that is done here.
func foldCase(s string) string {
	if !strings.ContainsFunc(s, isCherokee) {
		return cases.Fold().String(s)
	}
	var b strings.Builder
	for _, r := range s {
		if isCherokee(r) {
			b.WriteRune(unicode.ToUpper(r))
		} else {
			b.WriteString(cases.Fold().String(string(r)))
		}
	}
	return b.String()
}

func isCherokee(r rune) bool { return unicode.Is(unicode.Cherokee, r) }

// isFolded is quick and certain for ASCII and common Chinese text; false means "look closer".
func isFolded(s string) bool {
	for _, r := range s {
		switch {
		case r >= 'A' && r <= 'Z':
			return false
		case r < utf8.RuneSelf:
		case r >= 0x4E00 && r <= 0x9FFF: // CJK unified ideographs
		case r == '。' || r == '、':
		default:
			return false
		}
	}
	return true
}

// Quote shows what a caller sent, cut to a length that fits an error.
func Quote(s string) string {
	const shown = 40
	if n := utf8.RuneCountInString(s); n > shown {
		return fmt.Sprintf("%q… (%d characters)", string([]rune(s)[:shown]), n)
	}
	return strconv.Quote(s)
}

// FoldColumn is what a column's search companion holds: null where folding changes nothing.
func FoldColumn(s *string) *string {
	if s == nil {
		return nil
	}
	if folded := Fold(*s); folded != *s {
		return &folded
	}
	return nil
}
