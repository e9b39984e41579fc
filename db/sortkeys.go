package db

import (
	"encoding/json"
	"time"

	"callbook/model"
)

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

// falling returns the key, whose indexes have the greatest value first, and nulls last.
func (k sortKey[T]) falling() sortKey[T] {
	k.falls = true
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
