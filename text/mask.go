package text

import "strings"

// MaskPhone replaces the characters of a telephone number by stars. It keeps the first three and the last two of a
// number of at least eight characters, and none of a shorter one. The length stays the same.
func MaskPhone(number string) string {
	runes := []rune(number)
	if len(runes) < 8 {
		return strings.Repeat("*", len(runes))
	}
	return string(runes[:3]) + strings.Repeat("*", len(runes)-5) + string(runes[len(runes)-2:])
}
