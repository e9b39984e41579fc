package model

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// MaxURLLength is the longest address, in characters. The CRM's 100 is too short for signed addresses.
const MaxURLLength = 2048

// MaxInt is the greatest GraphQL Int.
const MaxInt = math.MaxInt32

func badValue(format string, args ...any) error { return BadInput("", format, args...) }

// CheckText refuses what cannot be stored on every engine: NUL and invalid UTF-8.
func CheckText(s string) error {
	if strings.IndexByte(s, 0) >= 0 {
		return badValue("must not contain the character NUL")
	}
	if !utf8.ValidString(s) {
		return badValue("must be valid UTF-8")
	}
	return nil
}

func MarshalString(s string) graphql.Marshaler { return graphql.MarshalString(s) }

func UnmarshalString(v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", badValue("must be text")
	}
	return s, CheckText(s)
}

func MarshalID(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalID takes text and whole numbers, as the GraphQL specification has it for ID.
func UnmarshalID(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, CheckText(v)
	case json.Number:
		if n, err := v.Int64(); err == nil && strconv.FormatInt(n, 10) == v.String() {
			return v.String(), nil
		}
	case int64:
		return strconv.FormatInt(v, 10), nil
	}
	return "", badValue("must be text, or a whole number of 64 bits")
}

// MarshalLong writes a 63-bit key as text: it exceeds Int, and JavaScript's numbers too.
func MarshalLong(n int64) graphql.Marshaler {
	return graphql.MarshalString(strconv.FormatInt(n, 10))
}

func UnmarshalLong(v any) (int64, error) {
	s, err := UnmarshalID(v)
	if err != nil {
		return 0, err
	}
	return ParseLong(s)
}

// ParseLong reads a numeric key: a whole number of at most 63 bits, without sign or leading zeros.
func ParseLong(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return 0, badValue("must be a whole number from 0 to %d", int64(math.MaxInt64))
	}
	return n, nil
}

func MarshalInt(n int) graphql.Marshaler { return graphql.MarshalInt(n) }

func UnmarshalInt(v any) (int, error) {
	var n int64
	var err error
	switch v := v.(type) {
	case int:
		n = int64(v)
	case int64:
		n = v
	case json.Number:
		n, err = v.Int64()
	default:
		err = fmt.Errorf("%T", v)
	}
	if err != nil || n < math.MinInt32 || n > math.MaxInt32 {
		return 0, badValue("must be a whole number of 32 bits")
	}
	return int(n), nil
}

func MarshalBoolean(b bool) graphql.Marshaler { return graphql.MarshalBoolean(b) }

// UnmarshalBoolean refuses null, which gqlgen's own takes for false: an argument with a default must not be null.
func UnmarshalBoolean(v any) (bool, error) {
	b, ok := v.(bool)
	if !ok && v != nil { // null comes here in an introspection alone
		return false, badValue("must be true or false")
	}
	return b, nil
}

// Canonical brings an instant to what is stored: UTC, microseconds.
func Canonical(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// CheckTime refuses instants that not every engine can store.
func CheckTime(t time.Time) error {
	if y := t.UTC().Year(); y < 1 || y > 9999 {
		return badValue("must be in the years 1 to 9999")
	}
	return nil
}

func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.MarshalString(t.UTC().Format(time.RFC3339Nano))
}

func UnmarshalDateTime(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, badValue("must be an RFC 3339 instant such as 2018-08-04T11:57:33+08:00")
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, badValue("must be an RFC 3339 instant such as 2018-08-04T11:57:33+08:00")
	}
	return Canonical(t), CheckTime(t)
}

func MarshalURL(s string) graphql.Marshaler { return graphql.MarshalString(s) }

func UnmarshalURL(v any) (string, error) {
	s, err := UnmarshalString(v)
	if err != nil {
		return "", err
	}
	return s, CheckURL(s)
}

// CheckURL refuses what is no absolute http or https address.
func CheckURL(s string) error {
	if n := utf8.RuneCountInString(s); n > MaxURLLength {
		return badValue("has %d characters; at most %d", n, MaxURLLength)
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || strings.ContainsFunc(s, unicode.IsSpace) {
		return badValue("must be an absolute http or https address")
	}
	return nil
}
