package model

// orNil is what a pointer points to; nil, not a typed nil, where it points to nothing.
func orNil[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func equal[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func pointers[T any](values []T) []*T {
	out := make([]*T, len(values))
	for i, value := range values {
		out[i] = &value
	}
	return out
}
