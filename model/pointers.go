package model

// orNil returns what a pointer points to, and an untyped nil for a nil pointer.
func orNil[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// equal reports whether both pointers are nil or point to equal values.
func equal[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// deref returns what a pointer points to, the zero value for nil.
func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// pointers returns a pointer to each value.
func pointers[T any](values []T) []*T {
	out := make([]*T, len(values))
	for i, value := range values {
		out[i] = &value
	}
	return out
}
