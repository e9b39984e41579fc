package model

import (
	"strings"
	"unicode/utf8"
)

// MaxIDLength is the greatest length of a text key, in characters.
const MaxIDLength = 100

// CheckKey returns a BAD_USER_INPUT error about field for a text key that is empty, begins or ends with white space,
// or has more than MaxIDLength characters, else nil.
func CheckKey(field, id string) *Error {
	if id == "" || strings.TrimSpace(id) != id {
		return BadInput(field, "must not be empty, nor begin or end with white space")
	}
	if n := utf8.RuneCountInString(id); n > MaxIDLength {
		return BadInput(field, "has %d characters; at most %d", n, MaxIDLength)
	}
	return nil
}
