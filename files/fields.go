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

	"callbook/model"
)

// fields reads the members of one wire object, leniently, and collects what is wrong with them.
// null and, but for text, a blank are no value.
type fields struct {
	raw      map[string]json.RawMessage
	prefix   string // of names in errors
	location *time.Location
	read     map[string]bool
	errs     model.Errors
	unknown  map[string]bool // of nested objects
}

func newFields(raw map[string]json.RawMessage, prefix string, location *time.Location) *fields {
	return &fields{raw: raw, prefix: prefix, location: location, read: map[string]bool{}}
}

func (f *fields) fail(name, format string, args ...any) {
	f.errs = append(f.errs, model.BadInput(f.prefix+name, format, args...))
}

func (f *fields) has(name string) bool {
	_, ok := f.raw[name]
	return ok
}

// ignored are the members nothing asked for.
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

// value decodes a member; nil for null and for one that is absent.
func (f *fields) value(name string) any {
	f.read[name] = true
	raw, ok := f.raw[name]
	if !ok {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		f.fail(name, "is not JSON")
	}
	return v
}

func (f *fields) text(name string) *string {
	switch v := f.value(name).(type) {
	case nil:
	case string:
		if err := model.CheckText(v); err != nil {
			f.fail(name, "%v", err)
		}
		return &v
	case json.Number:
		return new(v.String())
	default:
		f.fail(name, "must be text")
	}
	return nil
}

// word is text without blanks around it; a blank is no value.
func (f *fields) word(name string) *string {
	s := f.text(name)
	if s == nil || strings.TrimSpace(*s) == "" {
		return nil
	}
	return new(strings.TrimSpace(*s))
}

func (f *fields) long(name string) *int64 {
	s := f.word(name)
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

func (f *fields) int(name string) *int {
	s := f.word(name)
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

// bool reads the wire's truth values: True and False, 1 and 0, 是 and 否.
func (f *fields) bool(name string) *bool {
	if v, ok := f.raw[name]; ok && (string(v) == "true" || string(v) == "false") {
		f.read[name] = true
		return new(string(v) == "true")
	}
	s := f.word(name)
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

// timeShapes are how the source documents write times; without a zone, the configured one holds.
var timeShapes = []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02"}

func (f *fields) time(name string) *time.Time {
	s := f.word(name)
	if s == nil {
		return nil
	}
	for _, shape := range timeShapes {
		t, err := time.ParseInLocation(shape, *s, f.location)
		if err != nil {
			continue
		}
		if err := model.CheckTime(t); err != nil {
			f.fail(name, "%v", err)
			return nil
		}
		return new(model.Canonical(t))
	}
	f.fail(name, "must be a time such as 2018-08-04 11:57:33 or 2018-08-04T11:57:33+08:00, not %.40q", *s)
	return nil
}

func (f *fields) url(name string) *string {
	s := f.word(name)
	if s == nil {
		return nil
	}
	if err := model.CheckURL(*s); err != nil {
		f.fail(name, "%v", err)
	}
	return s
}

func enum[E ~string](f *fields, name string, captions map[E]model.Caption) *E {
	s := f.word(name)
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

// texts reads a list of texts; nulls in it are left out.
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

// object reads an object; nil for null and for one that is absent. Its errors are f's.
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

// objects reads a list of objects; false for null and for a list that is absent.
func (f *fields) objects(name string, read func(*fields)) bool {
	f.read[name] = true
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(f.orNull(name), &list); err != nil {
		f.fail(name, "must be a list of objects")
		return false
	}
	for i, raw := range list {
		if raw == nil {
			f.fail(fmt.Sprintf("%s.%d", name, i), "must be an object")
			continue
		}
		f.nested(raw, fmt.Sprintf("%s.%d", name, i), read)
	}
	return list != nil
}

// listIndex is left out of the names of fields that mean nothing: one note is enough for all elements.
var listIndex = regexp.MustCompile(`\.[0-9]+\.`)

func (f *fields) orNull(name string) json.RawMessage {
	if raw, ok := f.raw[name]; ok {
		return raw
	}
	return json.RawMessage("null")
}

func (f *fields) nested(raw map[string]json.RawMessage, name string, read func(*fields)) {
	inner := newFields(raw, f.prefix+name+".", f.location)
	read(inner)
	f.errs = append(f.errs, inner.errs...)
	for _, name := range inner.ignored() {
		if f.unknown == nil {
			f.unknown = map[string]bool{}
		}
		f.unknown[listIndex.ReplaceAllString(name, ".")] = true
	}
}
