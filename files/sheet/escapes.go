package sheet

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unescapeText replaces _x000D_ and the like, by which workbooks hold what XML cannot, in place. A pair of surrogates
// is one character; half of one is left as it is written.
func unescapeText(text []byte) []byte {
	at := bytes.Index(text, []byte("_x"))
	if at < 0 {
		return text
	}
	out := text[:at]
	for rest := text[at:]; len(rest) > 0; {
		r, size := escapedRune(rest)
		if size == 0 {
			out, rest = append(out, rest[0]), rest[1:]
			continue
		}
		out, rest = utf8.AppendRune(out, r), rest[size:]
	}
	return out
}

// escapedRune returns the character of the escape with which text begins, and the escape's size, 0 where there is none.
func escapedRune(text []byte) (r rune, size int) {
	unit, ok := escapedUnit(text)
	switch {
	case !ok:
		return 0, 0
	case !utf16.IsSurrogate(unit):
		return unit, escapeSize
	}
	low, ok := escapedUnit(text[escapeSize:])
	if pair := utf16.DecodeRune(unit, low); ok && pair != utf8.RuneError {
		return pair, 2 * escapeSize
	}
	return 0, 0
}

const escapeSize = len("_x0000_")

func escapedUnit(text []byte) (rune, bool) {
	if len(text) < escapeSize || text[0] != '_' || text[1] != 'x' || text[escapeSize-1] != '_' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[2:escapeSize-1]), 16, 16)
	return rune(n), err == nil
}

// appendXMLText appends text as the XML of a cell: what XML cannot hold, carriage returns, and what looks like an
// escape are escaped.
func appendXMLText(out []byte, text string) []byte {
	plain := 0 // where what is not yet appended begins
	for i := 0; i < len(text); i++ {
		c := text[i]
		replacement := ""
		size := 1
		switch {
		case c == '&':
			replacement = "&amp;"
		case c == '<':
			replacement = "&lt;"
		case c == '>':
			replacement = "&gt;"
		case c < ' ' && c != '\n' && c != '\t':
			replacement = hexEscape(rune(c))
		case c == '_' && looksEscaped(text[i:]):
			replacement = "_x005F_"
		case c == 0xEF && (strings.HasPrefix(text[i:], "\uFFFE") || strings.HasPrefix(text[i:], "\uFFFF")):
			r, _ := utf8.DecodeRuneInString(text[i:])
			replacement, size = hexEscape(r), 3
		default:
			continue
		}
		out = append(append(out, text[plain:i]...), replacement...)
		i += size - 1
		plain = i + 1
	}
	return append(out, text[plain:]...)
}

func hexEscape(r rune) string {
	digits := strings.ToUpper(strconv.FormatInt(int64(r), 16))
	return "_x" + strings.Repeat("0", 4-len(digits)) + digits + "_"
}

// looksEscaped reports whether text begins with what programs would take for an escape.
func looksEscaped(text string) bool {
	if len(text) < escapeSize {
		return false
	}
	_, ok := escapedUnit([]byte(text[:escapeSize]))
	return ok
}
