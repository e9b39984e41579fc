package model

import (
	"slices"
	"time"
)

// merger notes whether the assignments made with it changed anything.
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

// assignTimeIfSet is assignIfSet for times, which are compared as instants whatever their zone.
func (m *merger) assignTimeIfSet(dst **time.Time, v *time.Time) {
	if v != nil && (*dst == nil || !v.Equal(**dst)) {
		*dst, m.changed = v, true
	}
}

// assignListIfSet is assignIfSet for lists, of which nil is not set and an empty one is.
func assignListIfSet(m *merger, dst *JSONList[string], v []string) {
	if v != nil && !slices.Equal(dst.V, v) {
		dst.V, m.changed = v, true
	}
}
