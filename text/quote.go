package text

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

const maxQuoted = 40 // characters

// Quote returns s in double quotes with escapes, for error messages. Of a text longer than 40 characters it returns the
// first 40 and the number of characters.
func Quote(s string) string {
	if n := utf8.RuneCountInString(s); n > maxQuoted {
		return fmt.Sprintf("%q… (%d characters)", string([]rune(s)[:maxQuoted]), n)
	}
	return strconv.Quote(s)
}
