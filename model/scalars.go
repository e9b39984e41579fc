package model

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// MaxInt is the greatest GraphQL Int.
const MaxInt = math.MaxInt32

// badValue returns a BAD_USER_INPUT error whose field the caller knows: see InField.
func badValue(format string, args ...any) error { return BadInput("", format, args...) }

// CheckText returns a BAD_USER_INPUT error for text that not every engine can store, which has NUL or is invalid UTF-8,
// else nil.
func CheckText(s string) error {
	if strings.IndexByte(s, 0) >= 0 {
		return badValue("must not contain the character NUL")
	}
	if !utf8.ValidString(s) {
		return badValue("must be valid UTF-8")
	}
	return nil
}

// MarshalString writes a String.
func MarshalString(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalString reads a String. It returns BAD_USER_INPUT for anything but text that CheckText accepts.
func UnmarshalString(v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", badValue("must be text")
	}
	return s, CheckText(s)
}

// MarshalID writes an ID.
func MarshalID(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalID reads an ID: text or, as the GraphQL specification requires, a whole number. It returns BAD_USER_INPUT
// for anything else.
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

// MarshalLong writes a 63-bit key as text, because it exceeds the range of Int and of JavaScript's exact numbers.
func MarshalLong(n int64) graphql.Marshaler {
	return graphql.MarshalString(strconv.FormatInt(n, 10))
}

// UnmarshalLong reads a 63-bit key, as text or as a whole number. It returns BAD_USER_INPUT for anything else.
func UnmarshalLong(v any) (int64, error) {
	s, err := UnmarshalID(v)
	if err != nil {
		return 0, err
	}
	return ParseLong(s)
}

// ParseLong parses a numeric key: a whole number of at most 63 bits, without sign or leading zeros. It returns
// BAD_USER_INPUT for any other text.
func ParseLong(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return 0, badValue("must be a whole number from 0 to %d", int64(math.MaxInt64))
	}
	return n, nil
}

// MarshalInt writes an Int.
func MarshalInt(n int) graphql.Marshaler { return graphql.MarshalInt(n) }

// UnmarshalInt reads an Int. It returns BAD_USER_INPUT for anything but a whole number of 32 bits.
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

// MarshalBoolean writes a Boolean.
func MarshalBoolean(b bool) graphql.Marshaler { return graphql.MarshalBoolean(b) }

// UnmarshalBoolean reads a Boolean. It returns BAD_USER_INPUT for other values, of which gqlgen's own reading takes
// some for false.
func UnmarshalBoolean(v any) (bool, error) {
	b, ok := v.(bool)
	if !ok && v != nil { // nil arrives in introspection queries alone, and is false there
		return false, badValue("must be true or false")
	}
	return b, nil
}

// Canonical returns an instant as it is stored: in UTC, truncated to microseconds.
func Canonical(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// CheckTime returns a BAD_USER_INPUT error for an instant outside of the years 1 to 9999, which not every engine can
// store, else nil.
func CheckTime(t time.Time) error {
	if y := t.UTC().Year(); y < 1 || y > 9999 {
		return badValue("must be in the years 1 to 9999")
	}
	return nil
}

// MarshalDate writes a Date: YYYY-MM-DD, as the database has made it.
func MarshalDate(day string) graphql.Marshaler { return graphql.MarshalString(day) }

// UnmarshalDate reads a Date. It returns BAD_USER_INPUT for anything but a day of the years 1 to 9999 as YYYY-MM-DD.
func UnmarshalDate(v any) (string, error) {
	s, ok := v.(string)
	if day, err := time.Parse(time.DateOnly, s); !ok || err != nil || day.Year() < 1 {
		return "", badValue("must be a day as YYYY-MM-DD")
	}
	return s, nil
}

// MarshalDateTime writes a DateTime: RFC 3339 in UTC, with as many decimals as needed.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.MarshalString(t.UTC().Format(time.RFC3339Nano))
}

// UnmarshalDateTime reads a DateTime and returns it as it is stored. It returns BAD_USER_INPUT for anything but RFC
// 3339 text in the years 1 to 9999.
func UnmarshalDateTime(v any) (time.Time, error) {
	s, _ := v.(string)
	s = strings.ToUpper(s) // RFC 3339 allows t and z
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || !isStrictRFC3339(s) {
		return time.Time{}, badValue("must be an RFC 3339 instant such as 2018-08-04T11:57:33+08:00")
	}
	return Canonical(t), CheckTime(t)
}

// isStrictRFC3339 reports whether an instant that time.Parse takes is one of RFC 3339: time.Parse takes hours of one
// digit, a comma before the fraction, and offsets of 24 hours or 60 minutes, too (https://go.dev/issue/54580).
func isStrictRFC3339(s string) bool {
	const seconds = len("2006-01-02T15:04:05")
	if len(s) <= seconds || s[len("2006-01-02T15")] != ':' || s[seconds] == ',' {
		return false
	}
	if strings.HasSuffix(s, "Z") {
		return true
	}
	hours, minutes, _ := strings.Cut(s[len(s)-len("15:04"):], ":")
	return hours < "24" && minutes < "60"
}
