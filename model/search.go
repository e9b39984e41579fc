package model

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"callbook/text"
)

const (
	maxSearchQuery = 1000 // characters
	maxSearchTerms = 20
)

// SearchQuery is a search in transcripts: a turn matches that has all terms and none of the excluded ones. All are
// folded.
type SearchQuery struct {
	Terms    []string
	Excluded []string
}

// ParseSearch parses a search: words, and "phrases" taken literally, in which "" stands for a quote; a - before
// either excludes it. It returns BAD_USER_INPUT for a query without a term, a phrase that is empty or not closed, and
// more than 1,000 characters, and LIMIT_EXCEEDED for more than 20 terms.
func ParseSearch(query string) (q SearchQuery, err error) {
	if n := utf8.RuneCountInString(query); n > maxSearchQuery {
		return q, BadInput("query", "has %d characters; at most %d", n, maxSearchQuery)
	}
	for rest := query; ; {
		rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		if rest == "" {
			break
		}
		var term string
		body, excluded := strings.CutPrefix(rest, "-")
		if excluded = excluded && body != "" && !startsWithSpace(body); !excluded {
			body = rest
		}
		if term, rest, err = nextTerm(body); err != nil {
			return q, err
		}
		if excluded {
			q.Excluded = append(q.Excluded, text.Fold(term))
		} else {
			q.Terms = append(q.Terms, text.Fold(term))
		}
	}
	q.Terms, q.Excluded = distinct(q.Terms), distinct(q.Excluded)
	if len(q.Terms) == 0 {
		return q, BadInput("query", "must have a word or a \"phrase\" to look for")
	}
	if n := len(q.Terms) + len(q.Excluded); n > maxSearchTerms {
		return q, LimitExceeded("query", "has %d terms; at most %d", n, maxSearchTerms)
	}
	return q, nil
}

func startsWithSpace(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsSpace(r)
}

// nextTerm returns the word or phrase that text begins with, and the text after it. text is not empty.
func nextTerm(text string) (term, rest string, err error) {
	if text[0] != '"' {
		end := strings.IndexFunc(text, unicode.IsSpace)
		if end < 0 {
			end = len(text)
		}
		return text[:end], text[end:], nil
	}
	var b strings.Builder
	for rest = text[1:]; ; {
		part, after, closed := strings.Cut(rest, `"`)
		b.WriteString(part)
		if !closed {
			return "", "", BadInput("query", `a quote is not closed; a quote itself is written "" within quotes`)
		}
		if rest = after; !strings.HasPrefix(rest, `"`) {
			break
		}
		b.WriteByte('"')
		rest = rest[1:]
	}
	if b.Len() == 0 {
		return "", "", BadInput("query", "a phrase is empty")
	}
	return b.String(), rest, nil
}

// distinct removes repeated texts, in place.
func distinct(list []string) []string {
	seen := make(map[string]bool, len(list))
	return slices.DeleteFunc(list, func(s string) bool {
		again := seen[s]
		seen[s] = true
		return again
	})
}
