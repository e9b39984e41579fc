package jsondata

import (
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// String writes text as gqlgen does: of what JSON allows, nothing is escaped that need not be.
func (w *Writer) String(s string) {
	const hex = "0123456789ABCDEF"
	json := append(w.json, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		json = append(json, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			json = append(json, '\\', c)
		case '\t':
			json = append(json, '\\', 't')
		case '\r':
			json = append(json, '\\', 'r')
		case '\n':
			json = append(json, '\\', 'n')
		default:
			json = append(json, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		}
	}
	w.json = append(append(json, s[start:]...), '"')
}

// Name writes a name of the schema, such as a type's.
func (w *Writer) Name(name string) {
	w.json = append(append(append(w.json, '"'), name...), '"')
}

// Enum writes a value of an enum as gqlgen's types do.
func (w *Writer) Enum(value string) { w.json = strconv.AppendQuote(w.json, value) }

// Int writes a number.
func (w *Writer) Int(n int) { w.json = strconv.AppendInt(w.json, int64(n), 10) }

// Long writes a number of 64 bits as text.
func (w *Writer) Long(n int64) {
	w.json = append(strconv.AppendInt(append(w.json, '"'), n, 10), '"')
}

// Bool writes true or false.
func (w *Writer) Bool(b bool) { w.json = strconv.AppendBool(w.json, b) }

// Time writes an instant as RFC 3339 text in UTC.
func (w *Writer) Time(t time.Time) {
	w.json = append(t.UTC().AppendFormat(append(w.json, '"'), time.RFC3339Nano), '"')
}

// Marshal writes what one of gqlgen's marshalers writes, and counts the objects in it. It returns false for
// graphql.Null.
func (w *Writer) Marshal(value graphql.Marshaler) bool {
	if value == graphql.Null {
		return false
	}
	start := len(w.json)
	value.MarshalGQL(w)
	w.objects += CountObjects(w.json[start:])
	return true
}

// CountObjects returns the number of objects in JSON.
func CountObjects(json []byte) (n int) {
	inString := false
	for i := 0; i < len(json); i++ {
		switch json[i] {
		case '"':
			inString = !inString
		case '\\':
			i++
		case '{':
			if !inString {
				n++
			}
		}
	}
	return n
}

// Written is what a field's resolver is taken to have returned when its value is in the writer already.
var Written graphql.Marshaler = written{}

type written struct{}

// MarshalGQL writes nothing.
func (written) MarshalGQL(io.Writer) {}
