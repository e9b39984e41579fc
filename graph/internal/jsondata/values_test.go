package jsondata

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/model"
)

// TestScalars compares what the methods of Writer write with what the marshalers do that gqlgen calls.
func TestScalars(t *testing.T) {
	texts := []string{"", "a", `"`, `\`, "价格", "\x00\x1f\x7f", "\t\r\n\b\f", "a\"b\\c", "\xff", "é\xe4\xbb", "\u2028",
		"<&>", "😀"}
	instants := []time.Time{{}, time.Unix(1, 5e8), time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
		time.Date(2024, 5, 17, 20, 0, 0, 0, time.FixedZone("", 8*3600))}
	for _, s := range texts {
		compare(t, model.MarshalString(s), func(w *Writer) { w.String(s) })
		compare(t, model.MarshalID(s), func(w *Writer) { w.String(s) })
		compare(t, model.MarshalURL(s), func(w *Writer) { w.String(s) })
		compare(t, model.MarshalDate(s), func(w *Writer) { w.String(s) })
		compare(t, model.CallType(s), func(w *Writer) { w.Enum(s) })
	}
	for _, n := range []int{0, -1, 7, 1<<31 - 1, -1 << 31} {
		compare(t, model.MarshalInt(n), func(w *Writer) { w.Int(n) })
		compare(t, model.MarshalLong(int64(n)<<31), func(w *Writer) { w.Long(int64(n) << 31) })
		compare(t, model.MarshalBoolean(n > 0), func(w *Writer) { w.Bool(n > 0) })
	}
	for _, instant := range instants {
		compare(t, model.MarshalDateTime(instant), func(w *Writer) { w.Time(instant) })
	}
}

func compare(t *testing.T, want graphql.Marshaler, write func(*Writer)) {
	t.Helper()
	var b bytes.Buffer
	want.MarshalGQL(&b)
	w := new(Writer)
	write(w)
	if got := string(w.JSON()); got != b.String() {
		t.Errorf("written %s, want %s", got, b.String())
	}
}

func TestMarshal(t *testing.T) {
	w := new(Writer)
	if w.Marshal(graphql.Null) || len(w.JSON()) != 0 {
		t.Errorf("Marshal(Null) wrote %q, want nothing and false", w.JSON())
	}
	text := graphql.WriterFunc(func(to io.Writer) { fmt.Fprint(to, `{"a":[{}]}`) })
	if !w.Marshal(text) || string(w.JSON()) != `{"a":[{}]}` || w.Objects() != 2 {
		t.Errorf("Marshal wrote %s with %d objects, want 2", w.JSON(), w.Objects())
	}
}

func TestCountObjects(t *testing.T) {
	for data, want := range map[string]int{
		"": 0, "null": 0, "{}": 1, `{"a":[{},{"b":{}}]}`: 4, `{"a":"{\"{\\"}`: 1, `{"{":"}{","b":{}}`: 2,
	} {
		if got := CountObjects([]byte(data)); got != want {
			t.Errorf("CountObjects(%s) = %d, want %d", data, got, want)
		}
	}
}
