package transport

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"callbook/graph/operation"
	"callbook/model"
	"callbook/text"
)

// What is wrong with a text as a whole. Callers say which text it is.
var (
	errNotUTF8   = model.BadInput("", "is not valid UTF-8")
	errNotObject = model.BadInput("", "must be one JSON object")
)

// jsonDecoder reads a JSON text in one pass, as encoding/json would, with numbers as they are written. The strings that
// it returns share the memory of the text. It refuses what encoding/json lets pass silently: half a surrogate pair,
// which it replaces, so that two keys become one; a name that an object has twice, of which it takes the last (both
// BAD_USER_INPUT); and JSON that is nested too deep, or has too many values or elements (LIMIT_EXCEEDED).
type jsonDecoder struct {
	body   string
	limits operation.Limits
	at     int // of the next byte
	depth  int // of the open objects and lists
	values int
}

// document reads a text that is one object, and nothing behind it. It calls member as members does. Errors: errNotUTF8,
// errNotObject, BAD_USER_INPUT, LIMIT_EXCEEDED.
func (d *jsonDecoder) document(member func(name string) *model.Error) *model.Error {
	if !utf8.ValidString(d.body) {
		return errNotUTF8
	}
	if d.next() != '{' {
		if _, err := d.value(); err != nil {
			return err // it may have exceeded a limit
		}
		return errNotObject
	}
	if err := d.members(member); err != nil {
		return err
	}
	if d.next(); d.at < len(d.body) {
		return errNotObject
	}
	return nil
}

// next returns the next byte behind white space, 0 at the end.
func (d *jsonDecoder) next() byte {
	for ; d.at < len(d.body); d.at++ {
		switch c := d.body[d.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

func (d *jsonDecoder) value() (any, *model.Error) {
	switch c := d.next(); c {
	case '{':
		return d.object()
	case '[':
		return d.list()
	case '"':
		return boxed(d.text())
	case 't':
		return true, d.word("true")
	case 'f':
		return false, d.word("false")
	case 'n':
		return nil, d.word("null")
	default:
		return boxed(d.number())
	}
}

func boxed[T any](value T, err *model.Error) (any, *model.Error) { return value, err }

func (d *jsonDecoder) word(word string) *model.Error {
	if !strings.HasPrefix(d.body[d.at:], word) {
		return errNotObject
	}
	d.at += len(word)
	return nil
}

func (d *jsonDecoder) object() (map[string]any, *model.Error) {
	object := map[string]any{}
	return object, d.members(d.into(object))
}

// into returns a function that reads a member's value into an object.
func (d *jsonDecoder) into(object map[string]any) func(name string) *model.Error {
	return func(name string) *model.Error {
		if _, given := object[name]; given {
			return nameTwice(name)
		}
		value, err := d.value()
		object[name] = value
		return err
	}
}

func nameTwice(name string) *model.Error {
	return model.BadInput("", "an object of the body has the name %s twice", text.Quote(name))
}

// members reads an object. It calls member behind each name; member reads the value.
func (d *jsonDecoder) members(member func(name string) *model.Error) *model.Error {
	return d.bracket('}', func(int) *model.Error {
		if d.next() != '"' {
			return errNotObject
		}
		name, err := d.text()
		if err != nil {
			return err
		}
		if d.next() != ':' {
			return errNotObject
		}
		d.at++
		return member(name)
	})
}

func (d *jsonDecoder) list() ([]any, *model.Error) {
	list := []any{}
	return list, d.bracket(']', func(i int) *model.Error {
		if i >= d.limits.ListSize {
			return model.LimitExceeded("", "a list of the body has more than %d elements", d.limits.ListSize)
		}
		value, err := d.value()
		list = append(list, value)
		return err
	})
}

// bracket reads an object or a list from its opening bracket to its closing one. It calls element, which reads one, for
// the first, the second, and so on.
func (d *jsonDecoder) bracket(closing byte, element func(i int) *model.Error) *model.Error {
	if d.depth++; d.depth > operation.MaxNesting {
		return model.LimitExceeded("", "the body is nested more than %d deep", operation.MaxNesting)
	}
	d.at++
	for i := 0; ; i++ {
		if err := d.countValue(); err != nil {
			return err
		}
		if i > 0 || d.next() != closing {
			if err := element(i); err != nil {
				return err
			}
		}
		switch c := d.next(); {
		case c == closing:
			d.at++
			d.depth--
			return nil
		case c != ',':
			return errNotObject
		}
		d.at++
	}
}

// countValue counts a value: each takes memory, however short it is written.
func (d *jsonDecoder) countValue() *model.Error {
	if d.values++; d.values > d.limits.Values {
		return model.LimitExceeded("", "the body has more than %d values", d.limits.Values)
	}
	return nil
}

// text reads a string.
func (d *jsonDecoder) text() (string, *model.Error) {
	begin := d.at + 1
	for i := begin; i < len(d.body); i++ {
		switch c := d.body[i]; {
		case c == '"':
			d.at = i + 1
			return d.part(begin, i), nil
		case c == '\\':
			return d.escapedText(begin, i)
		case c < ' ':
			return "", errNotObject
		}
	}
	return "", errNotObject
}

// maxShared is the greatest body in bytes of which strings are parts. Of a larger one they are copies: whoever keeps a
// short string, such as a cache or a subscription, would keep the whole body.
const maxShared = 2 << 10

// part returns a part of the body.
func (d *jsonDecoder) part(begin, end int) string {
	if len(d.body) > maxShared {
		return strings.Clone(d.body[begin:end])
	}
	return d.body[begin:end]
}

// escapedText reads a string that begins at begin, and has its first escape at i.
func (d *jsonDecoder) escapedText(begin, i int) (string, *model.Error) {
	plain := make([]byte, 0, 2*(i-begin)+32)
	for i < len(d.body) {
		switch c := d.body[i]; {
		case c == '"':
			d.at = i + 1
			return string(append(plain, d.body[begin:i]...)), nil
		case c < ' ':
			return "", errNotObject
		case c != '\\':
			i++
		default:
			plain = append(plain, d.body[begin:i]...)
			r, length, err := readEscape(d.body[i:])
			if err != nil {
				return "", err
			}
			plain = utf8.AppendRune(plain, r)
			i += length
			begin = i
		}
	}
	return "", errNotObject
}

// The characters of which one stands behind a backslash, and those that the escapes stand for.
const (
	escapeLetters    = `"\/bfnrt`
	escapeCharacters = "\"\\/\b\f\n\r\t"
)

// readEscape reads the escape with which s begins.
func readEscape(s string) (r rune, length int, err *model.Error) {
	if len(s) < 2 {
		return 0, 0, errNotObject
	}
	if i := strings.IndexByte(escapeLetters, s[1]); i >= 0 {
		return rune(escapeCharacters[i]), 2, nil
	}
	s = s[:min(len(s), 12)]
	r, length, isWhole := text.ParseEscape(s)
	switch {
	case s[1] != 'u' || length == 0 && isWhole || s[2] == '{':
		return 0, 0, errNotObject
	case !isWhole:
		return 0, 0, model.BadInput("", "the body has half a surrogate pair: %s", text.Quote(s))
	}
	return r, length, nil
}

// number reads a number: [-] digits without a leading zero [. digits] [e [+-] digits].
func (d *jsonDecoder) number() (json.Number, *model.Error) {
	begin := d.at
	d.skip("-")
	if !d.skip("0") && !d.digits() {
		return "", errNotObject
	}
	if d.skip(".") && !d.digits() {
		return "", errNotObject
	}
	if d.skip("eE") {
		d.skip("+-")
		if !d.digits() {
			return "", errNotObject
		}
	}
	return json.Number(d.part(begin, d.at)), nil
}

// skip passes over the next byte if it is one of these, and reports whether it is.
func (d *jsonDecoder) skip(any string) bool {
	if d.at >= len(d.body) || strings.IndexByte(any, d.body[d.at]) < 0 {
		return false
	}
	d.at++
	return true
}

// digits passes over digits, and reports whether there are any.
func (d *jsonDecoder) digits() (some bool) {
	for ; d.at < len(d.body) && '0' <= d.body[d.at] && d.body[d.at] <= '9'; d.at++ {
		some = true
	}
	return some
}
