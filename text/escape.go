package text

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ParseEscape reads the escape with which s begins: \uXXXX, a surrogate pair of two of them, or \u{…} as in the GraphQL
// specification of September 2025, which takes any number of digits. It returns the character and the length of the
// escape in bytes; ok is false for half a surrogate pair and for \u{…} of what is no character. For a text that begins
// with no such escape it returns length 0 and ok.
func ParseEscape(s string) (r rune, length int, ok bool) {
	if strings.HasPrefix(s, `\u{`) {
		end := strings.IndexByte(s, '}')
		if end < 0 {
			return 0, 0, true
		}
		digits := s[3:end]
		if significant := strings.TrimLeft(digits, "0"); significant != "" || digits == "" {
			digits = significant
		} else {
			digits = "0"
		}
		r, isHex := parseHex(digits)
		return r, end + 1, isHex && utf8.ValidRune(r)
	}
	high, isHex := parseUnit(s)
	if !isHex {
		return 0, 0, true
	}
	if !utf16.IsSurrogate(high) {
		return high, 6, true
	}
	low, isHex := parseUnit(s[6:])
	r = utf16.DecodeRune(high, low)
	return r, 12, isHex && r != utf8.RuneError
}

// parseUnit reads the \uXXXX with which s begins.
func parseUnit(s string) (unit rune, ok bool) {
	if len(s) < 6 || s[:2] != `\u` {
		return 0, false
	}
	return parseHex(s[2:6])
}

// parseHex reads 1 to 6 hexadecimal digits.
func parseHex(digits string) (r rune, ok bool) {
	if digits == "" || len(digits) > 6 {
		return 0, false
	}
	for _, c := range digits {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | (c - '0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | (c - 'a' + 10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | (c - 'A' + 10)
		default:
			return 0, false
		}
	}
	return r, true
}
