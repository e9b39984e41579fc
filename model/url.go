package model

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// MaxURLLength is the greatest length of a URL, in characters. The CRM's 100 is too short for signed URLs.
const MaxURLLength = 2048

// MarshalURL writes a URL.
func MarshalURL(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalURL reads a URL, whatever its form: CheckURL is for the row that it belongs to, so that a bad address fails
// one row of a batch. It returns BAD_USER_INPUT for anything but text that CheckText accepts.
func UnmarshalURL(v any) (string, error) { return UnmarshalString(v) }

// CheckURL returns a BAD_USER_INPUT error for text that is no absolute http or https address of at most MaxURLLength
// characters without white space, else nil.
func CheckURL(s string) error {
	if err := CheckURLLength(s); err != nil {
		return err
	}
	u, err := url.Parse(s)
	isAbsolute := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
	if !isAbsolute || strings.ContainsFunc(s, unicode.IsSpace) {
		return badValue("must be an absolute http or https address")
	}
	return nil
}

// CheckURLLength returns a BAD_USER_INPUT error for more than MaxURLLength characters, else nil.
func CheckURLLength(s string) error {
	if n := utf8.RuneCountInString(s); n > MaxURLLength {
		return badValue("has %d characters; at most %d", n, MaxURLLength)
	}
	return nil
}

// address returns an address to store, nil for a blank one, and reports one that CheckURL refuses.
func (a *applier) address(field string, s *string) *string {
	if s == nil || strings.TrimSpace(*s) == "" {
		return nil
	}
	if err := CheckURL(*s); err != nil {
		a.fail(InField(err, field))
	}
	return s
}
