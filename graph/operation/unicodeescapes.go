package operation

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/text"
)

// string reads a string from behind its opening quote, and returns where it ends. It replaces control characters, which
// gqlparser refuses, and the escapes that gqlparser reads wrong: surrogate pairs, which it reads as two characters, and
// \u{…} of the specification of September 2025, which it does not know. Half a surrogate pair, and what is no
// character, is refused.
func (s *sourceScanner) string(i int) (end int, errs gqlerror.List) {
	document := s.document
	for i < len(document) && document[i] != '"' && document[i] != '\n' && document[i] != '\r' {
		if document[i] != '\\' || i+1 >= len(document) {
			if document[i] < ' ' && document[i] != '\t' {
				s.replace(i, i+1, fmt.Sprintf(`\u%04X`, document[i]))
			}
			i++
			continue
		}
		if document[i+1] != 'u' {
			i += 2
			continue
		}
		r, length, ok := text.ParseEscape(document[i:])
		if !ok {
			return 0, gqlerror.List{errorAt(document, i, "half a surrogate pair, or an escape that is no character: %s",
				document[i:min(i+12, len(document))])}
		}
		if isPlain := length <= len(`\uXXXX`) && document[i+2:min(i+3, len(document))] != "{"; !isPlain {
			s.replace(i, i+length, character(r))
		}
		i += max(length, 2)
	}
	return i + 1, nil
}

// character returns a character as gqlparser reads it: as \uXXXX, for it may be a quote or a control character, or
// itself where that has no room for it.
func character(r rune) string {
	if r > 0xFFFF {
		return string(r)
	}
	return fmt.Sprintf(`\u%04X`, r)
}
