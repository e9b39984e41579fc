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
	return encodeCursor(values)
}

// encodeCursor returns a place in a list as a cursor.
func encodeCursor(values []any) string {
	var raw bytes.Buffer
	encoder := json.NewEncoder(&raw)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(values); err != nil {
		panic(err) // strings, numbers, booleans and nulls can always be marshalled
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

// isCursor reports whether a text is a cursor of this list in this order.
func (l *list[T]) isCursor(text string) bool {
	_, err := l.parseCursor("", text)
	return err == nil
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
