package model

import "context"

// valueKey is the key under which a context carries its value of type T.
type valueKey[T any] struct{}

// valueContext is a context that carries a value: one allocation, where context.WithValue takes two.
type valueContext[T any] struct {
	context.Context
	value T
}

// Value returns the context itself for its key, else what the context above has.
func (c *valueContext[T]) Value(key any) any {
	if key == (valueKey[T]{}) {
		return c
	}
	return c.Context.Value(key)
}

// WithValue returns a context that carries a value, which ValueFrom finds by its type.
func WithValue[T any](ctx context.Context, value T) context.Context {
	return &valueContext[T]{ctx, value}
}

// ValueFrom returns the value of type T that ctx carries, and false where it has none.
func ValueFrom[T any](ctx context.Context) (value T, ok bool) {
	c, ok := ctx.Value(valueKey[T]{}).(*valueContext[T])
	if ok {
		value = c.value
	}
	return value, ok
}
