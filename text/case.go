package text

import "strings"

// LowerASCII returns s with the letters A to Z in lower case and all others as they are, as both engines' LOWER has it
// for text that collates by code point.
func LowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
