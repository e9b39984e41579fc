package db

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
	"time"
	"unicode/utf8"

	"callbook/model"
)

const maxCursorLength = 1 << 16 // longer than eight sort keys of full length, each character escaped

// cursor returns a row's place in the list: the fingerprint of the list and its order, then the values of the sort
// keys, as JSON in base64.
func (l *list[T]) cursor(row *T) string {
	values := make([]any, len(l.order)+1)
	values[0] = l.fingerprint()
	for i, step := range l.order {
		value := step.value(row)
		if t, ok := value.(time.Time); ok {
			value = t.UTC().Format(time.RFC3339Nano)
		}
		values[i+1] = value
	}
	var raw bytes.Buffer
	encoder := json.NewEncoder(&raw)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(values); err != nil {
		panic(err) // texts, numbers, truth values and nulls can always be marshalled
	}
	return base64.RawURLEncoding.EncodeToString(bytes.TrimSpace(raw.Bytes()))
}

// fingerprint returns a hash of the list's kind and order: a cursor of one is refused by another.
func (l *list[T]) fingerprint() string {
	h := fnv.New32a()
	fmt.Fprint(h, l.kind)
	for _, step := range l.order {
		fmt.Fprint(h, "|", step.name, step.desc, step.nullsFirst)
	}
	return fmt.Sprintf("%08x", h.Sum32())
}

// parseCursor returns the values of the sort keys of a cursor. It returns BAD_USER_INPUT for a text that is no cursor
// of this list in this order.
func (l *list[T]) parseCursor(field, text string) ([]any, error) {
	invalid := model.BadInput(field, "is no cursor of this list in this order; use one it answered under the same orderBy")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(text) > maxCursorLength || !utf8.Valid(raw) {
		return nil, invalid
	}
	var values []any
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	if decoder.Decode(&values) != nil || len(values) != len(l.order)+1 || values[0] != l.fingerprint() {
		return nil, invalid
	}
	values = values[1:]
	for i, step := range l.order {
		if values[i] == nil && !step.notNull {
			continue
		}
		var ok bool
		if values[i], ok = step.parse(values[i]); !ok {
			return nil, invalid
		}
	}
	return values, nil
}

func parseTextKey(v any) (any, bool) {
	s, ok := v.(string)
	return s, ok && model.CheckText(s) == nil
}

func parseLongKey(v any) (any, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return nil, false
	}
	i, err := n.Int64()
	return i, err == nil
}

func parseIntKey(v any) (any, bool) {
	i, ok := parseLongKey(v)
	if n, isInt := i.(int64); isInt && (n > model.MaxInt || n < -model.MaxInt) {
		return nil, false
	}
	return i, ok
}

func parseBoolKey(v any) (any, bool) {
	b, ok := v.(bool)
	return b, ok
}

func parseTimeKey(v any) (any, bool) {
	s, ok := v.(string)
	if !ok {
		return nil, false
	}
	t, err := model.UnmarshalDateTime(s)
	return t, err == nil
}

func textKey[T any](name, expr string, get func(*T) *string) sortKey[T] {
	return sortKey[T]{name: name, expr: expr, value: nullable(get), parse: parseTextKey}
}

func enumKey[T any, E ~string](name, expr string, get func(*T) *E) sortKey[T] {
	return textKey(name, expr, func(row *T) *string {
		if e := get(row); e != nil {
			return new(string(*e))
		}
		return nil
	})
}

func intKey[T any](name, expr string, get func(*T) *int) sortKey[T] {
	return sortKey[T]{name: name, expr: expr, value: nullable(get), parse: parseIntKey}
}

func longKey[T any](name, expr string, get func(*T) *int64) sortKey[T] {
	return sortKey[T]{name: name, expr: expr, value: nullable(get), parse: parseLongKey}
}

func boolKey[T any](name, expr string, get func(*T) *bool) sortKey[T] {
	return sortKey[T]{name: name, expr: expr, value: nullable(get), parse: parseBoolKey}
}

func timeKey[T any](name, expr string, get func(*T) *time.Time) sortKey[T] {
	return sortKey[T]{name: name, expr: expr, value: nullable(get), parse: parseTimeKey}
}

// required marks a key that is never null.
func (k sortKey[T]) required() sortKey[T] {
	k.notNull = true
	return k
}

func nullable[T, V any](get func(*T) *V) func(*T) any {
	return func(row *T) any {
		if v := get(row); v != nil {
			return *v
		}
		return nil
	}
}
