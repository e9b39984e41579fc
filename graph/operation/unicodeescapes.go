package operation

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/model"
	"callbook/text"
)

// MaxNesting is how deep brackets of a document, or of a request's JSON, may be nested.
const MaxNesting = 100

// replaceUnicodeEscapes replaces the escapes in a document's strings that gqlparser reads wrong: surrogate pairs, which
// it reads as two characters, and \u{…} of the specification of September 2025, which it does not know. Upstream, its
// lexer would read both. Errors: GRAPHQL_PARSE_FAILED for half a surrogate pair and for what is no character,
// LIMIT_EXCEEDED for brackets that are nested too deep.
func replaceUnicodeEscapes(document string) (string, gqlerror.List) {
	s := escapeScanner{document: document}
	depth := 0
	for i := 0; i < len(document); {
		switch c := document[i]; {
		case c == '#':
			i = s.endOfLine(i)
		case strings.HasPrefix(document[i:], `"""`):
			i = s.endOfBlock(i + 3)
		case c == '"':
			end, err := s.string(i + 1)
			if err != nil {
				return "", err
			}
			i = end
		default:
			depth += nesting(c)
			if depth > MaxNesting {
				return "", listOf(model.LimitExceeded("query", "has brackets nested more than %d deep", MaxNesting))
			}
			i++
		}
	}
	return s.result(), nil
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

// escapeScanner reads the strings and comments of a document, and writes it anew where an escape is replaced.
type escapeScanner struct {
	document string
	out      strings.Builder
	copied   int // how much of the document is in out
}

func (s *escapeScanner) result() string {
	if s.copied == 0 {
		return s.document
	}
	s.out.WriteString(s.document[s.copied:])
	return s.out.String()
}

func (s *escapeScanner) endOfLine(from int) int {
	if n := strings.IndexAny(s.document[from:], "\n\r"); n >= 0 {
		return from + n
	}
	return len(s.document)
}

// endOfBlock returns where a block string ends, from behind its opening quotes.
func (s *escapeScanner) endOfBlock(from int) int {
	for {
		n := strings.Index(s.document[from:], `"""`)
		if n < 0 {
			return len(s.document)
		}
		end := from + n + len(`"""`)
		if !strings.HasSuffix(s.document[:end-3], `\`) {
			return end
		}
		from = end
	}
}

// string reads a string from behind its opening quote, replaces its escapes, and returns where it ends.
func (s *escapeScanner) string(i int) (end int, errs gqlerror.List) {
	document := s.document
	for i < len(document) && document[i] != '"' && document[i] != '\n' && document[i] != '\r' {
		if document[i] != '\\' || i+1 >= len(document) {
			i++
			continue
		}
		if document[i+1] != 'u' {
			i += 2
			continue
		}
		r, length, ok := text.ParseEscape(document[i:])
		if !ok {
			return 0, gqlerror.List{badEscape(document, i)}
		}
		if isPlain := length <= len(`\uXXXX`) && document[i+2:min(i+3, len(document))] != "{"; !isPlain {
			s.out.WriteString(document[s.copied:i])
			s.writeCharacter(r)
			s.copied = i + length
		}
		i += max(length, 2)
	}
	return i + 1, nil
}

// writeCharacter writes a character as gqlparser reads it: as \uXXXX, for it may be a quote or a control character, or
// itself where that has no room for it.
func (s *escapeScanner) writeCharacter(r rune) {
	if r > 0xFFFF {
		s.out.WriteRune(r)
		return
	}
	fmt.Fprintf(&s.out, `\u%04X`, r)
}

// badEscape returns the error of an escape at a place of the document.
func badEscape(document string, i int) *gqlerror.Error {
	before := document[:i]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	err := gqlerror.ErrorLocf("", line, column, "half a surrogate pair, or an escape that is no character: %s",
		text.Quote(document[i:min(i+12, len(document))]))
	return withCode(err, errcode.ParseFailed)
}
