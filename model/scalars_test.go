package model_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/model"
)

// TestUnmarshal reads values as they come from variables (json.Number), literals (int64, string) and callers of Go.
func TestUnmarshal(t *testing.T) {
	const (
		text, nul, utf8 = "must be text", "must not contain the character NUL", "must be valid UTF-8"
		id              = "must be text, or a whole number of 64 bits"
		long            = "must be a whole number from 0 to 9223372036854775807"
		whole           = "must be a whole number of 32 bits"
		boolean         = "must be true or false"
		instant         = "must be an RFC 3339 instant such as 2018-08-04T11:57:33+08:00"
		years           = "must be in the years 1 to 9999"
	)
	number := func(s string) json.Number { return json.Number(s) }
	unmarshal := map[string]func(any) (any, error){
		"String":   func(v any) (any, error) { return model.UnmarshalString(v) },
		"ID":       func(v any) (any, error) { return model.UnmarshalID(v) },
		"Long":     func(v any) (any, error) { return model.UnmarshalLong(v) },
		"Int":      func(v any) (any, error) { return model.UnmarshalInt(v) },
		"Boolean":  func(v any) (any, error) { return model.UnmarshalBoolean(v) },
		"DateTime": func(v any) (any, error) { return model.UnmarshalDateTime(v) },
		"URL":      func(v any) (any, error) { return model.UnmarshalURL(v) },
	}
	for _, c := range []struct {
		scalar string
		in     any
		want   any
		err    string
	}{
		{"String", "价格", "价格", ""}, {"String", "", "", ""},
		{"String", "a\x00", nil, nul}, {"String", "\xff", nil, utf8}, {"String", number("1"), nil, text},
		{"String", nil, nil, text},
		{"String", true, nil, text}, {"String", []any{"a"}, nil, text},

		{"ID", "x", "x", ""}, {"ID", number("7"), "7", ""}, {"ID", int64(-7), "-7", ""}, {"ID", number("-7"), "-7", ""},
		{"ID", "a\x00", nil, nul}, {"ID", "\xff", nil, utf8}, {"ID", number("1.0"), nil, id}, {"ID", number("1e2"), nil, id},
		{"ID", number("-0"), nil, id}, {"ID", number("9223372036854775808"), nil, id}, {"ID", 7, nil, id},
		{"ID", 7.0, nil, id},
		{"ID", true, nil, id}, {"ID", nil, nil, id},

		{"Long", "0", int64(0), ""}, {"Long", "9223372036854775807", int64(math.MaxInt64), ""},
		{"Long", number("7"), int64(7), ""},
		{"Long", int64(7), int64(7), ""}, {"Long", "-1", nil, long}, {"Long", "01", nil, long}, {"Long", "+1", nil, long},
		{"Long", "", nil, long}, {"Long", " 1", nil, long}, {"Long", "9223372036854775808", nil, long},
		{"Long", "1.0", nil, long},
		{"Long", number("1.0"), nil, id}, {"Long", "１", nil, long}, {"Long", nil, nil, id},

		{"Int", 7, 7, ""}, {"Int", int64(7), 7, ""}, {"Int", number("-7"), -7, ""},
		{"Int", number("2147483647"), math.MaxInt32, ""},
		{"Int", number("-2147483648"), math.MinInt32, ""}, {"Int", number("2147483648"), nil, whole},
		{"Int", number("-2147483649"), nil, whole}, {"Int", number("1.0"), nil, whole}, {"Int", number("1e1"), nil, whole},
		{"Int", "1", nil, whole}, {"Int", 1.0, nil, whole}, {"Int", nil, nil, whole}, {"Int", true, nil, whole},

		{"Boolean", true, true, ""}, {"Boolean", false, false, ""}, {"Boolean", nil, false, ""},
		{"Boolean", "true", nil, boolean},
		{"Boolean", number("1"), nil, boolean},

		{"DateTime", "2024-05-17T12:00:00Z", noon, ""}, {"DateTime", "2024-05-17T20:00:00+08:00", noon, ""},
		{"DateTime", "2024-05-17T12:00:00.000000999Z", noon, ""}, {"DateTime", "2024-05-17", nil, instant},
		{"DateTime", "2024-05-17T12:00:00", nil, instant}, {"DateTime", "2024-02-30T12:00:00Z", nil, instant},
		{"DateTime", "", nil, instant}, {"DateTime", noon, nil, instant}, {"DateTime", number("1"), nil, instant},
		{"DateTime", "2024-05-17t12:00:00z", noon, ""}, {"DateTime", "2024-05-17T12:00:60Z", nil, instant},
		{"DateTime", "2024-05-17T2:00:00Z", nil, instant}, {"DateTime", "2024-05-17T12:00:00,5Z", nil, instant},
		{"DateTime", "2024-05-17T12:00:00+24:00", nil, instant}, {"DateTime", "2024-05-17 12:00:00Z", nil, instant},
		{"DateTime", nil, nil, instant}, {"DateTime", "0001-01-01T00:00:00+08:00", nil, years},
		{"DateTime", "9999-12-31T23:59:59-08:00", nil, years}, {"DateTime", "0000-01-01T00:00:00Z", nil, years},

		{"URL", "https://example.com/a?b=c", "https://example.com/a?b=c", ""}, {"URL", "x", "x", ""}, {"URL", "", "", ""},
		{"URL", number("1"), nil, text}, {"URL", "https://a\x00", nil, nul},
	} {
		got, err := unmarshal[c.scalar](c.in)
		what := fmt.Sprintf("%s of %.50v (%T)", c.scalar, c.in, c.in)
		if c.err != "" {
			expectErrors(t, what, model.AsErrors(err), c.err)
		} else if err != nil || got != c.want {
			t.Errorf("%s = %v, %v, want %v", what, got, err, c.want)
		}
	}
}

func TestMarshal(t *testing.T) {
	east := time.FixedZone("", 8*3600)
	for _, c := range []struct {
		value graphql.Marshaler
		want  string
	}{
		{model.MarshalString("a\"价"), `"a\"价"`},
		{model.MarshalID("7"), `"7"`},
		{model.MarshalLong(math.MaxInt64), `"9223372036854775807"`},
		{model.MarshalInt(-7), `-7`},
		{model.MarshalBoolean(true), `true`},
		{model.MarshalURL("https://example.com/?a=1&b=2"), `"https://example.com/?a=1&b=2"`},
		{model.MarshalDateTime(noon.In(east)), `"2024-05-17T12:00:00Z"`},
		{model.MarshalDateTime(noon.Add(100 * time.Millisecond)), `"2024-05-17T12:00:00.1Z"`},
		{model.MarshalDateTime(time.Time{}), `"0001-01-01T00:00:00Z"`},
		{model.MarshalDateTime(time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)), `"9999-12-31T23:59:59.999999Z"`},
	} {
		var b bytes.Buffer
		c.value.MarshalGQL(&b)
		if b.String() != c.want {
			t.Errorf("written %s, want %s", b.String(), c.want)
		}
	}
}

func TestCanonical(t *testing.T) {
	in := time.Date(2024, 5, 17, 20, 0, 0, 1999, time.FixedZone("", 8*3600))
	if got, want := model.Canonical(in), noon.Add(time.Microsecond); got != want {
		t.Errorf("Canonical(%v) = %v, want %v", in, got, want)
	}
}

func TestDate(t *testing.T) {
	for _, c := range []struct {
		in any
		ok bool
	}{
		{"2024-02-29", true}, {"9999-12-31", true}, {"0001-01-01", true}, {"2023-02-29", false}, {"2024-2-9", false},
		{"2024-02-29T00:00:00Z", false}, {"0000-01-01", false}, {"", false}, {20240229, false}, {nil, false},
	} {
		got, err := model.UnmarshalDate(c.in)
		if (err == nil) != c.ok || c.ok && got != c.in {
			t.Errorf("UnmarshalDate(%v): got %q, %v; want an error: %v", c.in, got, err, !c.ok)
		}
	}
}
