package model

import "strings"

const homeCountryCode = "86" // China, where both source systems are

// PhoneDigits brings a telephone number to the digits by which numbers are compared, however they are written: width, spaces and
// punctuation go, and so do China's country code and the leading 0 of a number dialled within the country. Numbers of other
// countries keep their code. Extensions and letters are not digits.
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

// Digits are the digits of a text, whatever their width.
func Digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, Fold(text))
}

// isMobile tells a mobile number of China: 11 digits, the first two 13 to 19.
func isMobile(digits string) bool {
	return len(digits) == 11 && digits[0] == '1' && digits[1] >= '3'
}

func phoneDigits(number *string) *string {
	if number == nil {
		return nil
	}
	return new(PhoneDigits(*number))
}
