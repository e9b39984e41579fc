package text

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// SearchTokens returns the tokens that the search index stores for a folded text, sorted: its overlapping pairs of
// characters and its last character, of all scripts, digits and punctuation alike. An index of words would not find
// parts of words, and Chinese has no spaces.
func SearchTokens(folded string) []string {
	runes := []rune(folded)
	tokens := make([]string, len(runes))
	for i, r := range runes {
		if i+1 < len(runes) {
			tokens[i] = pairToken(r, runes[i+1])
		} else {
			tokens[i] = characterToken(r)
		}
	}
	slices.Sort(tokens)
	return slices.Compact(tokens)
}

// SearchText returns the tokens of SearchTokens as one text, each behind a prefix, with spaces between, in any order.
func SearchText(prefix, folded string) string {
	runes := []rune(folded)
	pairs := make([]uint64, len(runes)) // the second character in the lower half, all ones where there is none
	for i, r := range runes {
		pairs[i] = uint64(r)<<32 | math.MaxUint32
		if i+1 < len(runes) {
			pairs[i] = uint64(r)<<32 | uint64(runes[i+1])
		}
	}
	slices.Sort(pairs)
	pairs = slices.Compact(pairs)
	joined := make([]byte, 0, (11+len(prefix))*len(pairs))
	for i, pair := range pairs {
		if i > 0 {
			joined = append(joined, ' ')
		}
		joined = append(joined, prefix...)
		joined = append(strconv.AppendUint(joined, pair>>32, 16), 'x')
		if second := pair & math.MaxUint32; second != math.MaxUint32 {
			joined = strconv.AppendUint(joined, second, 16)
		}
	}
	return string(joined)
}

// MatchTokens returns the tokens that every folded text with this folded term has, sorted. A term of one character is
// the beginning of a token: isPrefix is true.
func MatchTokens(folded string) (tokens []string, isPrefix bool) {
	runes := []rune(folded)
	if len(runes) == 1 {
		return []string{characterToken(runes[0])}, true
	}
	for i := range runes[:len(runes)-1] {
		tokens = append(tokens, pairToken(runes[i], runes[i+1]))
	}
	slices.Sort(tokens)
	return slices.Compact(tokens), false
}

// pairToken returns the token of two characters that follow each other, in hexadecimal such as 4f60x597d: search
// engines interpret no character in it.
func pairToken(a, b rune) string { return fmt.Sprintf("%xx%x", a, b) }

// characterToken returns the token of a character, such as 597dx.
func characterToken(r rune) string { return fmt.Sprintf("%xx", r) }
