package text

import "strings"

const homeCountryCode = "86" // China, where both source systems are used

// PhoneDigits returns the digits by which telephone numbers are compared, however they are written. It removes
// full-width forms, spaces, punctuation, China's country code, and the leading 0 of a number dialled within the
// country. Numbers of other countries keep their country code. Letters and the word for an extension are no digits.
func PhoneDigits(number string) string {
	folded := strings.TrimSpace(Fold(number))
	digits := Digits(folded)
	international := strings.HasPrefix(folded, "+")
	if rest, ok := strings.CutPrefix(digits, "00"); ok {
		digits, international = rest, true
	}
	if rest, ok := strings.CutPrefix(digits, homeCountryCode); ok && (international || isMobile(rest)) {
		digits, international = rest, false
	}
	if !international {
		digits = strings.TrimPrefix(digits, "0")
	}
	return digits
}

// Digits returns the decimal digits of a text in ASCII, whatever width they are written in.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, Fold(s))
}

// isMobile reports whether digits are a mobile number of China: 11 digits that begin with 13 to 19.
func isMobile(digits string) bool {
	return len(digits) == 11 && digits[0] == '1' && digits[1] >= '3'
}
