package graph

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"callbook/model"
	"callbook/text"
)

// maxNesting is how deep brackets of a document, or of a request's JSON, may be nested.
const maxNesting = 100

// plainEscapes writes the escapes in a document's strings that gqlparser gets wrong as the characters they mean: surrogate
// pairs, and \u{…} of the specification of September 2025. Half a pair is refused, as are brackets nested too deep.
func plainEscapes(document string) (string, *model.Error) {
	var out strings.Builder
	depth, written := 0, 0
	for i := 0; i < len(document); {
		switch c := document[i]; {
		case c == '#':
			if end := strings.IndexAny(document[i:], "\n\r"); end >= 0 {
				i += end
			} else {
				i = len(document)
			}
		case strings.HasPrefix(document[i:], `"""`):
			i = endOfBlock(document, i+3)
		case c == '"':
			end, err := plainString(&out, document, i+1, &written)
			if err != nil {
				return "", err
			}
			i = end
		default:
			depth += nesting(c)
			if depth > maxNesting {
				return "", model.LimitExceeded("query", "has brackets nested more than %d deep", maxNesting)
			}
			i++
		}
	}
	if written == 0 {
		return document, nil
	}
	out.WriteString(document[written:])
	return out.String(), nil
}

func nesting(c byte) int {
	switch c {
	case '{', '[', '(':
		return 1
	case '}', ']', ')':
		return -1
	}
	return 0
}

func endOf(text string, from int, mark string) int {
	if n := strings.Index(text[from:], mark); n >= 0 {
		return from + n + len(mark)
	}
	return len(text)
}

func endOfBlock(text string, from int) int {
	for {
		end := endOf(text, from, `"""`)
		if end < 4 || !strings.HasSuffix(text[:end-3], `\`) || end == len(text) {
			return end
		}
		from = end
	}
}

// plainString handles a string from behind its opening quote, and answers where it ends.
func plainString(out *strings.Builder, document string, i int, written *int) (int, *model.Error) {
	for i < len(document) && document[i] != '"' && document[i] != '\n' && document[i] != '\r' {
		if document[i] != '\\' || i+1 >= len(document) {
			i++
			continue
		}
		if document[i+1] != 'u' {
			i += 2
			continue
		}
		r, length, ok := escapedRune(document[i:])
		if !ok {
			return 0, model.BadInput("query", "has half a surrogate pair, or an escape that is no character: %s", text.Quote(document[i:min(i+12, len(document))]))
		}
		if length > len(`\uXXXX`) && r > utf8.RuneSelf {
			out.WriteString(document[*written:i])
			out.WriteRune(r)
			*written = i + length
		}
		i += max(length, 2)
	}
	return i + 1, nil
}

// escapedRune reads the escape \uXXXX, a pair of them, or \u{…}. A text that is none of these is left to the parser: length 0.
func escapedRune(text string) (r rune, length int, ok bool) {
	if strings.HasPrefix(text, `\u{`) {
		end := strings.IndexByte(text, '}')
		if end < 0 {
			return 0, 0, true
		}
		r, isHex := hexRune(text[3:end])
		return r, end + 1, isHex && r > utf8.RuneSelf && utf8.ValidRune(r)
	}
	high, isHex := hexUnit(text)
	if !isHex {
		return 0, 0, true
	}
	if !utf16.IsSurrogate(high) {
		return high, 6, true
	}
	low, isHex := hexUnit(text[6:])
	r = utf16.DecodeRune(high, low)
	return r, 12, isHex && r != utf8.RuneError
}

// hexUnit reads \uXXXX.
func hexUnit(text string) (rune, bool) {
	if len(text) < 6 || text[:2] != `\u` {
		return 0, false
	}
	return hexRune(text[2:6])
}

func hexRune(digits string) (r rune, ok bool) {
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
