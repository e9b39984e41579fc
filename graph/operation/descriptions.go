package operation

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// executableKeywords begin what may have a description. A query without keyword may not.
var executableKeywords = []string{"query", "mutation", "subscription", "fragment"}

// stringOrDescription reads a string at i. A description is replaced by white space: Descriptions, GraphQL
// specification of September 2025. In
//
//	"Finds a call." query Find("The CRM's key." $id: ID!) { call(id: $id) { name } }
//
// gqlparser knows none of the two.
func (s *sourceScanner) stringOrDescription(i int) (next int, errs gqlerror.List) {
	isBlock := strings.HasPrefix(s.document[i:], `"""`)
	if isBlock {
		next = s.endOfBlock(i + 3)
	} else {
		apart := sourceScanner{document: s.document}
		if next, errs = apart.string(i + 1); errs != nil {
			return 0, errs
		}
		next = min(next, len(s.document))
	}
	isTerminated := isBlock || next > i+1 && s.document[next-1] == '"'
	if isTerminated && s.isDescription(next) {
		s.blank(i, next)
		return next, nil
	}
	s.previous = `"`
	if !isBlock {
		return s.string(i + 1)
	}
	if control := strings.IndexFunc(s.document[i:next], isForbiddenInBlocks); control >= 0 {
		return 0, gqlerror.List{errorAt(s.document, i+control, "a block string must not have control characters")}
	}
	if next < len(s.document) && s.document[next] == '"' {
		s.replace(next, next, " ") // gqlparser takes the last three quotes for the end
	}
	return next, nil
}

// isForbiddenInBlocks reports whether gqlparser refuses a character in block strings, which have no escape to write it.
func isForbiddenInBlocks(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' }

// isDescription reports whether a string that ends at a place is a description: at the top, before a keyword; among an
// operation's variables, before a variable that is no value.
func (s *sourceScanner) isDescription(end int) bool {
	after := s.document[s.skipIgnored(end):]
	switch s.depth {
	case 0:
		isFirst := s.previous == "" || s.previous == "}"
		return isFirst && slices.Contains(executableKeywords, after[:endOfName(after)])
	case 1:
		return strings.HasPrefix(after, "$") && !slices.Contains([]string{"=", ":"}, s.previous)
	}
	return false
}

// skipIgnored returns where the next token is.
func (s *sourceScanner) skipIgnored(i int) int {
	for i < len(s.document) {
		switch c := s.document[i]; {
		case c == '#':
			for i < len(s.document) && s.document[i] != '\n' && s.document[i] != '\r' {
				i++
			}
		case strings.IndexByte(" \t\r\n,", c) >= 0:
			i++
		case strings.HasPrefix(s.document[i:], byteOrderMark):
			i += len(byteOrderMark)
		default:
			return i
		}
	}
	return i
}

// blank writes white space in place of a part of the document, with its line breaks.
func (s *sourceScanner) blank(from, to int) {
	s.replace(from, to, strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' {
			return r
		}
		return ' '
	}, s.document[from:to]))
}
