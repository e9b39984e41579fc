package files

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// objectReader reads lines that are one object each without a decoder, as those of most files are, with the same memory
// for each.
type objectReader struct {
	options Options
	fields  *fields
	rest    []byte // of the line
}

func newObjectReader(o Options) *objectReader {
	return &objectReader{options: o, fields: newFields(map[string]json.RawMessage{}, "", o.Location)}
}

// read reads the row of a line. It reports whether it could: where the line is anything but one object whose members
// are JSON, or has an envelope's members, a document says what is wrong with it.
func (r *objectReader) read(line []byte) (row Row, isRead bool) {
	r.fields.reset()
	r.rest = line
	if !r.readMembers() {
		return Row{}, false
	}
	return r.options.row(r.fields), true
}

// readMembers reads the members of the object that is the rest of the line.
func (r *objectReader) readMembers() bool {
	if !r.passes('{') {
		return false
	}
	for !r.passes('}') {
		if len(r.fields.raw) > 0 && !r.passes(',') {
			return false
		}
		name, isName := r.name()
		if !isName || !r.passes(':') {
			return false
		}
		value := r.value()
		if value == nil {
			return false
		}
		r.fields.raw[name] = value
	}
	return len(bytes.TrimLeft(r.rest, " \t\r\n")) == 0
}

// passes skips white space and the character c, and reports whether it is there.
func (r *objectReader) passes(c byte) bool {
	r.skipSpace()
	if len(r.rest) == 0 || r.rest[0] != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func (r *objectReader) skipSpace() {
	for len(r.rest) > 0 && isSpace(r.rest[0]) {
		r.rest = r.rest[1:]
	}
}

// name reads the name of a member, without escapes.
func (r *objectReader) name() (string, bool) {
	r.skipSpace()
	end := textEnd(r.rest)
	if end < 0 {
		return "", false
	}
	name := r.rest[1 : end-1]
	r.rest = r.rest[end:]
	if known, isKnown := memberNames[string(name)]; isKnown {
		return known, true
	}
	isPlain := bytes.IndexByte(name, '\\') < 0 && utf8.Valid(name)
	return string(name), isPlain && string(name) != "data" && string(name) != "content"
}

// memberNames are the names that need not be copied.
var memberNames = func() map[string]string {
	names := map[string]string{"id": "id"}
	for _, list := range [][]string{recordNames, callNames, commonNames} {
		for _, name := range list {
			names[name] = name
		}
	}
	return names
}()

// value reads the value of a member; nil where it is not JSON.
func (r *objectReader) value() json.RawMessage {
	r.skipSpace()
	end := valueEnd(r.rest)
	if end <= 0 {
		return nil
	}
	value := r.rest[:end:end]
	r.rest = r.rest[end:]
	if !isPlainText(value) && !json.Valid(value) {
		return nil
	}
	return value
}

// isPlainText reports whether a value is a text without escapes, as textEnd finds it.
func isPlainText(value []byte) bool { return value[0] == '"' && bytes.IndexByte(value, '\\') < 0 }

// valueEnd returns how long the value is with which a text begins, if it is JSON; -1 where it has no end.
func valueEnd(text []byte) int {
	if len(text) == 0 {
		return -1
	}
	switch text[0] {
	case '"':
		return textEnd(text)
	case '{', '[':
		return nestedEnd(text)
	}
	if end := bytes.IndexAny(text, ",} \t\r\n"); end >= 0 {
		return end
	}
	return -1
}

// textEnd returns how long the JSON text in quotes is with which a text begins; -1 where there is none, or it has
// control characters.
func textEnd(text []byte) int {
	if len(text) == 0 || text[0] != '"' {
		return -1
	}
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			i++
		case c < ' ':
			return -1
		}
	}
	return -1
}

// nestedEnd returns how long the list or object is with which a text begins; -1 where it has no end.
func nestedEnd(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			end := textEnd(text[i:])
			if end < 0 {
				return -1
			}
			i += end - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}
