// Package jsondata writes the data of a response: the hand-written part of the executor's fast path. The generated
// part, graph/internal/gen/writers.go, has a function for each type of the schema, which writes an object field by
// field into a Writer. A Writer keeps the JSON, the place of the current field, and how many objects there are.
//
// A function that writes a value returns whether there is one. Where it returns false it has written nothing, and its
// caller writes null, or passes it on to the parent where the schema allows none.
package jsondata

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Writer holds the JSON that has been written so far. It belongs to one goroutine.
type Writer struct {
	json    []byte
	objects int
	places  []place   // from the root to the current field
	delayed []delayed // the fields of the objects under way that are written last
	moved   []byte    // is what move swaps
	write   WriteField
	answer  *Answer // the limit of the response; nil for none
	counted int     // bytes of json that answer has counted
	isFull  bool    // whether the limit is passed: nothing more is written below the root
}

// WriteField writes what the resolver of a field has returned. isKnown is false, and nothing is written, where the
// writer has no function for the field, or where the value is a nil pointer or list.
type WriteField func(w *Writer, field *graphql.FieldContext, value any) (hasValue, isKnown bool)

// place is an object with its current field, or a list with its current element.
type place struct {
	object string                   // the type's name; empty in a list
	fields []graphql.CollectedField // of an object
	index  int                      // of the current field or element

	// ctx is the context of the current field or element, nil until somebody asks for it.
	ctx context.Context

	// elements are the fields of the objects in a list whose type implements elementsOf; nil until there is one.
	elements   []graphql.CollectedField
	elementsOf *string
}

// maxPooled is how many bytes a buffer may have that is kept for later responses.
const maxPooled = 1 << 20

var pool = sync.Pool{New: func() any { return new(Writer) }}

type writerKey struct{}

// WithWriter returns a context with an empty writer, which is to be released.
func WithWriter(ctx context.Context) (context.Context, *Writer) {
	w := pool.Get().(*Writer)
	return context.WithValue(ctx, writerKey{}, w), w
}

// FromContext returns the writer of a context, nil where it has none.
func FromContext(ctx context.Context) *Writer {
	w, _ := ctx.Value(writerKey{}).(*Writer)
	return w
}

// Release gives the writer and its buffer back: neither may be used afterwards.
func (w *Writer) Release() {
	if cap(w.json) > maxPooled {
		return
	}
	clear(w.places[:cap(w.places)])
	*w = Writer{json: w.json[:0], places: w.places[:0], delayed: w.delayed[:0], moved: w.moved[:0]}
	pool.Put(w)
}

// JSON returns what has been written. It is part of the writer's buffer.
func (w *Writer) JSON() []byte { return w.json }

// Objects returns how many objects there are in what has been written.
func (w *Writer) Objects() int { return w.objects }

// Write appends JSON, whose objects it does not count. It returns no error.
func (w *Writer) Write(json []byte) (int, error) {
	w.json = append(w.json, json...)
	return len(json), nil
}

// WriteString appends JSON as Write does.
func (w *Writer) WriteString(json string) (int, error) {
	w.json = append(w.json, json...)
	return len(json), nil
}

// mark is a state of a writer to which it can be cut back.
type mark struct{ length, objects, places, delayed int }

func (w *Writer) mark() mark {
	return mark{len(w.json), w.objects, len(w.places), len(w.delayed)}
}

// cut takes back what has been written since a mark.
func (w *Writer) cut(m mark) {
	w.json, w.objects, w.places, w.delayed = w.json[:m.length], m.objects, w.places[:m.places], w.delayed[:m.delayed]
}

// collect returns the fields of an object. Those of the elements of a list are collected once for each type.
func (w *Writer) collect(
	operation *graphql.OperationContext, selections ast.SelectionSet, implements []string,
) []graphql.CollectedField {
	p := &w.places[len(w.places)-1]
	if p.fields != nil {
		return graphql.CollectFields(operation, selections, implements)
	}
	if p.elementsOf != &implements[0] {
		p.elements, p.elementsOf = graphql.CollectFields(operation, selections, implements), &implements[0]
	}
	return p.elements
}
