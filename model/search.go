package model

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxSearchQuery = 1000 // characters
	maxSearchTerms = 20
)

// SearchQuery is what to look for in transcripts: all terms, none of the excluded ones, each folded.
type SearchQuery struct {
	Terms    []string
	Excluded []string
}

// ParseSearch reads a search: words, "phrases" taken literally ("" is a quote in them), and either behind a - to exclude it.
func ParseSearch(text string) (q SearchQuery, err error) {
	if n := utf8.RuneCountInString(text); n > maxSearchQuery {
		return q, BadInput("query", "has %d characters; at most %d", n, maxSearchQuery)
	}
	for rest := text; ; {
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
			q.Excluded = append(q.Excluded, Fold(term))
		} else {
			q.Terms = append(q.Terms, Fold(term))
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

// nextTerm is the word or phrase that text begins with.
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

// SearchTokens are what the index keeps of a folded text: its overlapping pairs of characters, all scripts, digits and punctuation
// alike, and its last character. Words would miss what is inside them, and Chinese has no spaces.
func SearchTokens(folded string) []string {
	runes := []rune(folded)
	tokens := make([]string, len(runes))
	for i, r := range runes {
		if i+1 < len(runes) {
			tokens[i] = pairToken(r, runes[i+1])
		} else {
			tokens[i] = charToken(r)
		}
	}
	slices.Sort(tokens)
	return slices.Compact(tokens)
}

// A token is written in hexadecimal, so that no engine finds anything in it to interpret: 4f60x597d, 597dx.
func pairToken(a, b rune) string { return fmt.Sprintf("%xx%x", a, b) }
func charToken(r rune) string    { return fmt.Sprintf("%xx", r) }

// MatchTokens are the tokens that every text with the term has. A single character is found as the beginning of a token.
func MatchTokens(folded string) (tokens []string, isPrefix bool) {
	runes := []rune(folded)
	if len(runes) == 1 {
		return []string{charToken(runes[0])}, true
	}
	for i := range runes[:len(runes)-1] {
		tokens = append(tokens, pairToken(runes[i], runes[i+1]))
	}
	slices.Sort(tokens)
	return slices.Compact(tokens), false
}

const snippetContext = 40 // characters of a long turn on either side of the first hit

// NewSnippet shows where a text has terms: the whole text, or of a long one what is around the first hit.
// Offsets count UTF-16 code units, as JavaScript's strings do.
func NewSnippet(text string, terms []string) *Snippet {
	folded, starts := foldWithOffsets(text)
	var hits [][2]int         // byte ranges of text
	if folded != Fold(text) { // its characters cannot be told apart: a very long chain of combining marks
		hits, terms = [][2]int{{0, len(text)}}, nil
	}
	for _, term := range terms {
		for from := 0; ; {
			at := strings.Index(folded[from:], term)
			if at < 0 || term == "" {
				break
			}
			at += from
			hits = append(hits, [2]int{starts[at], endOfSegment(starts, at+len(term)-1, len(text))})
			_, size := utf8.DecodeRuneInString(term)
			from = at + size // occurrences may overlap
		}
	}
	slices.SortFunc(hits, func(a, b [2]int) int { return a[0] - b[0] })
	from, to := snippetRange(text, hits)
	s := &Snippet{Text: text[from:to], Highlights: []*Highlight{}, IsCut: from > 0 || to < len(text)}
	for _, hit := range hits {
		start, end := max(hit[0], from), min(hit[1], to)
		if start >= end {
			continue
		}
		a, b := utf16Length(text[from:start]), utf16Length(text[from:end])
		if n := len(s.Highlights); n > 0 && s.Highlights[n-1].End >= a {
			s.Highlights[n-1].End = max(s.Highlights[n-1].End, b)
			continue
		}
		s.Highlights = append(s.Highlights, &Highlight{Start: a, End: b})
	}
	return s
}

// endOfSegment is where the part of the text ends that the folded byte at i comes from.
func endOfSegment(starts []int, i, end int) int {
	for j := i + 1; j < len(starts); j++ {
		if starts[j] > starts[i] {
			return starts[j]
		}
	}
	return end
}

func snippetRange(text string, hits [][2]int) (from, to int) {
	if utf8.RuneCountInString(text) <= 4*snippetContext || len(hits) == 0 {
		return 0, len(text)
	}
	from, to = hits[0][0], hits[0][1]
	for range snippetContext {
		_, size := utf8.DecodeLastRuneInString(text[:from])
		from -= size
		_, size = utf8.DecodeRuneInString(text[to:])
		to += size
	}
	return from, to
}

func utf16Length(s string) (n int) {
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// foldWithOffsets is Fold, and for each byte of the folded text where in the text the characters begin that it comes from.
func foldWithOffsets(text string) (folded string, starts []int) {
	var b strings.Builder
	for from := 0; from < len(text); {
		to := from + nextBoundary(text[from:])
		part := Fold(text[from:to])
		b.WriteString(part)
		for range len(part) {
			starts = append(starts, from)
		}
		from = to
	}
	return b.String(), starts
}
