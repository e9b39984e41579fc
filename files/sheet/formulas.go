package sheet

import "strings"

// formulaStarts are characters at the beginning of a text by which spreadsheet programs may take it for a formula
// (OWASP, CSV injection). Some programs take the full-width ones for the others.
var formulaStarts = []string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"}

// NeedsApostrophe reports whether a text of CSV is defused by an apostrophe in front: one that programs may take for a
// formula. A text that begins with apostrophes before such a text takes another one, so that WithoutApostrophe gives
// back every text. A telephone number such as +86 138 is left as it is.
func NeedsApostrophe(text string) bool {
	rest := strings.TrimLeft(text, "'")
	return beginsFormula(rest) && (len(rest) < len(text) || !isPhone(rest))
}

// WithoutApostrophe returns a text of CSV without the apostrophe that keeps programs from taking it for a formula.
func WithoutApostrophe(text string) string {
	if rest := strings.TrimLeft(text, "'"); len(rest) < len(text) && beginsFormula(rest) {
		return text[1:]
	}
	return text
}

func beginsFormula(text string) bool {
	for _, start := range formulaStarts {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// isPhone reports whether a text is a plus with digits, spaces, parentheses and hyphens: at the worst a sum of numbers.
func isPhone(text string) bool {
	return len(text) > 1 && text[0] == '+' && strings.Trim(text[1:], "0123456789 ()-") == ""
}
