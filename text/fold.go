package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold returns the form of s in which searches compare text: Unicode NFKC and full case folding, so that the width and
// the case of characters do not matter. Folding a folded text changes nothing.
func Fold(s string) string {
	if isFolded(s) {
		return s
	}
	if isASCII(s) {
		return strings.ToLower(s)
	}
	// Case folding can undo the normal form, and normalising can bring back upper case (U+1E9E, U+03D2 and others).
	for range 3 {
		next := norm.NFKC.String(foldCase(norm.NFKC.String(s)))
		if next == s {
			break
		}
		s = next
	}
	return s
}

// FoldColumn returns what the search column beside a text column stores: the folded text, or nil where folding changes
// nothing or there is no text.
func FoldColumn(s *string) *string {
	if s == nil {
		return nil
	}
	if folded := Fold(*s); folded != *s {
		return &folded
	}
	return nil
}

// nextBoundary returns the length in bytes of the first part of s that folds by itself: what follows does not combine
// with it.
func nextBoundary(s string) int {
	if n := norm.NFKC.NextBoundaryInString(s, true); n > 0 {
		return n
	}
	return len(s)
}

// foldCase applies Unicode's full case folding. Cherokee folds to capitals, which golang.org/x/text swaps, so it is
// folded here.
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

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isFolded reports whether s is certainly folded already. It is a fast path for ASCII and common Chinese text; false
// means unknown.
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
