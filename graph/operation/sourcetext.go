package operation

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/model"
	"callbook/text"
)

// MaxNesting is how deep brackets of a document, or of a request's JSON, may be nested.
const MaxNesting = 100

// prepareSource returns a document as gqlparser reads it right: what its lexer reads wrong, or does not know yet of the
// specification of September 2025, is written otherwise, or refused.
//
//   - Escapes in strings: see unicodeescapes.go.
//   - A block string that a quote follows, as in ["""a""""b"]: gqlparser takes the last three quotes for its end.
//   - A number that a name or a dot follows, as in {calls(first:1offset:1){totalCount}}: it must not.
//   - Control characters in comments and in strings, but for block strings: they are allowed now.
//   - Descriptions of operations, fragments and variables: see descriptions.go.
//
// Upstream, the lexer and the parser would do so. Errors: GRAPHQL_PARSE_FAILED with the place, LIMIT_EXCEEDED for
// brackets that are nested too deep.
func prepareSource(document string) (string, gqlerror.List) {
	s := sourceScanner{document: document}
	for i := 0; i < len(document); {
		next, errs := s.token(i)
		if errs != nil {
			return "", errs
		}
		i = next
	}
	return s.result(), nil
}

// sourceScanner reads a document token by token, and writes it anew where something is replaced.
type sourceScanner struct {
	document string
	out      strings.Builder
	copied   int    // how much of the document is in out
	depth    int    // of brackets
	previous string // the token before; empty at the beginning of the document
}

func (s *sourceScanner) result() string {
	if s.copied == 0 {
		return s.document
	}
	s.out.WriteString(s.document[s.copied:])
	return s.out.String()
}

// replace writes a text in place of a part of the document.
func (s *sourceScanner) replace(from, to int, by string) {
	s.out.WriteString(s.document[s.copied:from])
	s.out.WriteString(by)
	s.copied = to
}

// token reads the token, the comment or the white space at i, and returns where the next one is.
func (s *sourceScanner) token(i int) (next int, errs gqlerror.List) {
	document := s.document
	c := document[i]
	switch {
	case c == '#':
		return s.comment(i), nil
	case c == '"':
		return s.stringOrDescription(i)
	case isDigit(c) || c == '-':
		next, errs = s.number(i)
	case isNameStart(c):
		next = i + endOfName(document[i:])
	case strings.IndexByte(" \t\r\n,", c) >= 0:
		return i + 1, nil
	case strings.HasPrefix(document[i:], byteOrderMark):
		return i + len(byteOrderMark), nil
	default:
		s.depth += nesting(c)
		if s.depth > MaxNesting {
			return 0, listOf(model.LimitExceeded("query", "has brackets nested more than %d deep", MaxNesting))
		}
		next = i + 1
	}
	if errs == nil {
		s.previous = document[i:next]
	}
	return next, errs
}

const byteOrderMark = "\ufeff"

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isNameStart(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }

// endOfName returns where the name ends that a text begins with.
func endOfName(s string) (end int) {
	for end < len(s) && (isNameStart(s[end]) || isDigit(s[end])) {
		end++
	}
	return end
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

// comment reads a comment, and writes spaces in place of its control characters.
func (s *sourceScanner) comment(i int) (next int) {
	for ; i < len(s.document) && s.document[i] != '\n' && s.document[i] != '\r'; i++ {
		if s.document[i] < ' ' && s.document[i] != '\t' {
			s.replace(i, i+1, " ")
		}
	}
	return i
}

// numberToken is the longest number that a text begins with, or a sign. gqlparser refuses what has leading zeros.
var numberToken = regexp.MustCompile(`^(-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?|-)`)

// number reads a number.
func (s *sourceScanner) number(i int) (next int, errs gqlerror.List) {
	document := s.document
	next = i + len(numberToken.FindString(document[i:]))
	if next < len(document) && (isNameStart(document[next]) || document[next] == '.') {
		return 0, gqlerror.List{errorAt(document, next, "a number must not run on into %s", document[next:next+1])}
	}
	return next, nil
}

// endOfBlock returns where a block string ends, from behind its opening quotes.
func (s *sourceScanner) endOfBlock(from int) int {
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

// errorAt returns an error of parsing at a place of the document.
func errorAt(document string, i int, format string, args ...any) *gqlerror.Error {
	line, column := placeBehind(document[:i])
	for n, arg := range args {
		if s, isText := arg.(string); isText {
			args[n] = text.Quote(s)
		}
	}
	return withCode(gqlerror.ErrorLocf("", line, column, format, args...), errcode.ParseFailed)
}

// placeBehind returns the line and the column of what follows a text.
func placeBehind(before string) (line, column int) {
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
}
