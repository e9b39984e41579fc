package files

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"callbook/model"
)

// fields reads the members of one wire object and collects what is wrong with them. Numbers and truth values may be
// text, and text may be a number. null is no value, nor is a blank, except for text. One object may stand for a list.
type fields struct {
	raw      map[string]json.RawMessage
	prefix   string // before names in errors: the path of the object and a dot
	location *time.Location
	read     map[string]bool // members that were asked for
	errs     model.Errors
	warnings model.Errors    // of values that are left out
	unknown  map[string]bool // members of nested objects that were not asked for
}

func newFields(raw map[string]json.RawMessage, prefix string, location *time.Location) *fields {
	return &fields{raw: raw, prefix: prefix, location: location, read: map[string]bool{}}
}

// maxKeptMembers is how many members an object has at the most for its memory to be used again.
const maxKeptMembers = 1000

// reset forgets the object, so that the members of another one can be put in its place.
func (f *fields) reset() {
	if len(f.raw) > maxKeptMembers { // clearing takes as long as they were many
		f.raw, f.read = map[string]json.RawMessage{}, map[string]bool{}
	}
	clear(f.raw)
	clear(f.read)
	f.errs, f.warnings, f.unknown = nil, nil, nil
}

// fail adds a BAD_USER_INPUT error about a member.
func (f *fields) fail(name, format string, args ...any) {
	f.errs = append(f.errs, model.BadInput(f.prefix+name, format, args...))
}

// has reports whether a member is there, be it null.
func (f *fields) has(name string) bool {
	_, ok := f.raw[name]
	return ok
}

// ignored returns the names of the members that nothing asked for, sorted.
func (f *fields) ignored() (names []string) {
	for name := range f.raw {
		if !f.read[name] {
			names = append(names, f.prefix+name)
		}
	}
	names = slices.AppendSeq(names, maps.Keys(f.unknown))
	slices.Sort(names)
	return names
}

// plainText returns the value of JSON that is a text without escapes, as most members are: a decoder for each takes
// longer than all else that a row needs.
func plainText(raw json.RawMessage) (text string, isPlain bool) {
	if len(raw) < 2 || raw[0] != '"' || bytes.IndexByte(raw, '\\') >= 0 || !utf8.Valid(raw) {
		return "", false
	}
	return string(raw[1 : len(raw)-1]), true
}

// plainValue is plainText for numbers, truth values and null, too.
func plainValue(raw json.RawMessage) (v any, isPlain bool) {
	if len(raw) == 0 {
		return nil, false
	}
	switch c := raw[0]; {
	case c == '"':
		text, isPlain := plainText(raw)
		return text, isPlain
	case c == '-' || '0' <= c && c <= '9':
		return json.Number(raw), true
	case c == 't' || c == 'f':
		return c == 't', true
	case c == 'n':
		return nil, true
	}
	return nil, false
}

// value returns a decoded member, nil for null and where the member is absent.
func (f *fields) value(name string) any {
	f.read[name] = true
	raw, ok := f.raw[name]
	if !ok {
		return nil
	}
	if v, isPlain := plainValue(raw); isPlain {
		return v
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		f.fail(name, "is not JSON")
	}
	return v
}

// text returns text, or a number as it is written.
func (f *fields) text(name string) *string {
	if text, isPlain := plainText(f.raw[name]); isPlain {
		f.read[name] = true
		return f.checked(name, text)
	}
	switch v := f.value(name).(type) {
	case nil:
	case string:
		return f.checked(name, v)
	case json.Number:
		return new(v.String())
	default:
		f.fail(name, "must be text")
	}
	return nil
}

// checked returns the text of a member, which must be one that can be stored.
func (f *fields) checked(name, text string) *string {
	if err := model.CheckText(text); err != nil {
		f.fail(name, "%v", err)
	}
	return &text
}

// trimmed returns text without white space around it, nil for a blank.
func (f *fields) trimmed(name string) *string {
	s := f.text(name)
	if s == nil {
		return nil
	}
	if *s = strings.TrimSpace(*s); *s == "" {
		return nil
	}
	return s
}

// name returns the name of somebody who acts, nil for a blank. One with line breaks, control or direction marks is left
// out with a warning.
func (f *fields) name(name string) *string {
	s := f.trimmed(name)
	if s == nil || model.IsName(*s) {
		return s
	}
	f.warnings = append(f.warnings, model.BadInput(f.prefix+name,
		"is left out: it has line breaks, control or direction marks, so that it could look like another name"))
	return nil
}

// firstText returns the first text that is there under one of several names.
func (f *fields) firstText(names ...string) (first *string) {
	for _, name := range names {
		if s := f.text(name); first == nil {
			first = s
		}
	}
	return first
}

// long returns a numeric key.
func (f *fields) long(name string) *int64 {
	s := f.trimmed(name)
	if s == nil {
		return nil
	}
	n, err := model.ParseLong(*s)
	if err != nil {
		f.fail(name, "%v", err)
		return nil
	}
	return &n
}

// int returns a whole number of 32 bits.
func (f *fields) int(name string) *int {
	s := f.trimmed(name)
	if s == nil {
		return nil
	}
	n, err := strconv.ParseInt(*s, 10, 64)
	if err != nil || n > math.MaxInt32 || n < math.MinInt32 {
		f.fail(name, "must be a whole number of 32 bits, not %.40q", *s)
		return nil
	}
	return new(int(n))
}

// bool returns a truth value: true or false, 1 or 0, 是 or 否, as text in any case too.
func (f *fields) bool(name string) *bool {
	if v, ok := f.raw[name]; ok && (string(v) == "true" || string(v) == "false") {
		f.read[name] = true
		return new(string(v) == "true")
	}
	s := f.trimmed(name)
	if s == nil {
		return nil
	}
	switch strings.ToLower(*s) {
	case "true", "1", "是":
		return new(true)
	case "false", "0", "否":
		return new(false)
	}
	f.fail(name, "must be True or False, 1 or 0, 是 or 否, not %.40q", *s)
	return nil
}

// enum returns the value of an enum, written by its name or a caption.
func enum[E ~string](f *fields, name string, captions map[E]model.Caption) *E {
	s := f.trimmed(name)
	if s == nil {
		return nil
	}
	value, ok := model.ParseEnum(captions, *s)
	if !ok {
		names := make([]string, 0, len(captions))
		for value := range captions {
			names = append(names, string(value))
		}
		slices.Sort(names)
		f.fail(name, "must be one of %s, or its caption, not %.40q", strings.Join(names, ", "), *s)
		return nil
	}
	return &value
}

// texts returns a list of texts without its nulls; nil for null and where the member is absent.
func (f *fields) texts(name string) (list []string) {
	v := f.value(name)
	if v == nil {
		return nil
	}
	items, ok := v.([]any)
	if !ok {
		f.fail(name, "must be a list of texts")
		return nil
	}
	list = []string{}
	for i, item := range items {
		switch item := item.(type) {
		case nil:
		case string:
			if err := model.CheckText(item); err != nil {
				f.fail(fmt.Sprintf("%s.%d", name, i), "%v", err)
			}
			list = append(list, item)
		case json.Number:
			list = append(list, item.String())
		default:
			f.fail(fmt.Sprintf("%s.%d", name, i), "must be text")
		}
	}
	return list
}

// object calls read with the members of an object, and adds its errors to f's. It does not for null, nor where the
// member is absent.
func (f *fields) object(name string, read func(*fields)) {
	f.read[name] = true
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(f.orNull(name), &raw); err != nil {
		f.fail(name, "must be an object")
		return
	}
	if raw != nil {
		f.nested(raw, name, read)
	}
}

// objects calls read with the members of each object of a list, or of the one object that is there without a list, and
// adds their errors to f's. It does not for null, nor where the member is absent.
func (f *fields) objects(name string, read func(*fields)) {
	f.read[name] = true
	raw := f.orNull(name)
	if raw[0] == '{' {
		raw = slices.Concat(json.RawMessage{'['}, raw, json.RawMessage{']'})
	}
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		f.fail(name, "must be a list of objects")
		return
	}
	for i, raw := range list {
		if raw == nil {
			f.fail(fmt.Sprintf("%s.%d", name, i), "must be an object")
			continue
		}
		f.nested(raw, fmt.Sprintf("%s.%d", name, i), read)
	}
}

// listIndex matches indexes in the names of ignored members. They are removed, so that a name of all elements is
// reported once.
var listIndex = regexp.MustCompile(`\.[0-9]+\.`)

// blank matches JSON text without anything in it.
var blank = regexp.MustCompile(`^"\s*"$`)

// orNull returns a member's JSON, null where it is absent or blank text.
func (f *fields) orNull(name string) json.RawMessage {
	if raw, ok := f.raw[name]; ok && len(raw) > 0 && !blank.Match(raw) {
		return raw
	}
	return json.RawMessage("null")
}

// nested calls read with the members of an object in f, and takes over its errors and ignored members.
func (f *fields) nested(raw map[string]json.RawMessage, name string, read func(*fields)) {
	inner := newFields(raw, f.prefix+name+".", f.location)
	read(inner)
	f.errs, f.warnings = append(f.errs, inner.errs...), append(f.warnings, inner.warnings...)
	for _, name := range inner.ignored() {
		if f.unknown == nil {
			f.unknown = map[string]bool{}
		}
		f.unknown[listIndex.ReplaceAllString(name, ".")] = true
	}
}
