package text

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const snippetContext = 40 // characters of a long text on either side of the first hit

// Snippet is a text, or the part of a long text around the first hit, with the places where terms were found.
type Snippet struct {
	Text       string
	Highlights []Range
	IsCut      bool // whether Text is a part of the text alone
}

// Range is a half-open range of UTF-16 code units, the unit of JavaScript's strings.
type Range struct{ Start, End int }

// NewSnippet returns the snippet of s that shows folded terms. Highlights are sorted and do not overlap.
func NewSnippet(s string, terms []string) Snippet {
	hits := findTerms(s, terms)
	from, to := snippetRange(s, hits)
	snippet := Snippet{Text: s[from:to], Highlights: []Range{}, IsCut: from > 0 || to < len(s)}
	for _, hit := range hits {
		start, end := max(hit[0], from), min(hit[1], to)
		if start < end {
			snippet.highlight(utf16Length(s[from:start]), utf16Length(s[from:end]))
		}
	}
	return snippet
}

// highlight adds a range that begins no earlier than the last one, and joins it with that one where they touch.
func (s *Snippet) highlight(start, end int) {
	if n := len(s.Highlights); n > 0 && s.Highlights[n-1].End >= start {
		s.Highlights[n-1].End = max(s.Highlights[n-1].End, end)
		return
	}
	s.Highlights = append(s.Highlights, Range{Start: start, End: end})
}

// findTerms returns the byte ranges of s in which folded terms occur, sorted by their beginning. Occurrences may
// overlap.
func findTerms(s string, terms []string) (hits [][2]int) {
	folded, starts := foldWithOffsets(s)
	if folded != Fold(s) { // a very long chain of combining marks: its characters cannot be told apart
		return [][2]int{{0, len(s)}}
	}
	for _, term := range terms {
		if term == "" {
			continue
		}
		for from := 0; ; {
			at := strings.Index(folded[from:], term)
			if at < 0 {
				break
			}
			at += from
			hits = append(hits, [2]int{starts[at], endOfSegment(starts, at+len(term)-1, len(s))})
			_, size := utf8.DecodeRuneInString(term)
			from = at + size
		}
	}
	slices.SortFunc(hits, func(a, b [2]int) int { return a[0] - b[0] })
	return hits
}

// endOfSegment returns where in the text the segment ends that the folded byte at i was made of.
func endOfSegment(starts []int, i, end int) int {
	for j := i + 1; j < len(starts); j++ {
		if starts[j] > starts[i] {
			return starts[j]
		}
	}
	return end
}

func snippetRange(s string, hits [][2]int) (from, to int) {
	if utf8.RuneCountInString(s) <= 4*snippetContext || len(hits) == 0 {
		return 0, len(s)
	}
	from, to = hits[0][0], hits[0][1]
	for range snippetContext {
		_, size := utf8.DecodeLastRuneInString(s[:from])
		from -= size
		_, size = utf8.DecodeRuneInString(s[to:])
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

// foldWithOffsets returns Fold of s and, for each byte of it, where in s the segment begins that the byte was made of.
func foldWithOffsets(s string) (folded string, starts []int) {
	var b strings.Builder
	for from := 0; from < len(s); {
		to := from + nextBoundary(s[from:])
		part := Fold(s[from:to])
		b.WriteString(part)
		for range len(part) {
			starts = append(starts, from)
		}
		from = to
	}
	return b.String(), starts
}
