package model

import (
	"slices"
	"time"
)

// merger writes what is given over what is stored and notes whether anything changed.
type merger struct{ changed bool }

// assign writes a value, null or not, and notes whether it is another one.
func assign[T comparable](m *merger, dst **T, v *T) {
	if !equal(*dst, v) {
		*dst, m.changed = v, true
	}
}

// assignIfSet writes a value that is not null, and notes whether it is another one.
func assignIfSet[T comparable](m *merger, dst **T, v *T) {
	if v != nil && !equal(*dst, v) {
		*dst, m.changed = v, true
	}
}

func (m *merger) assignTimeIfSet(dst **time.Time, v *time.Time) {
	if v != nil && (*dst == nil || !v.Equal(**dst)) {
		*dst, m.changed = v, true
	}
}

func assignListIfSet(m *merger, dst *JSONList[string], v []string) {
	if v != nil && !slices.Equal(dst.V, v) {
		dst.V, m.changed = v, true
	}
}
