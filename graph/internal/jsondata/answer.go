package jsondata

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
)

// Answer limits the bytes of a response, whatever writers it has. It may be used concurrently.
type Answer struct {
	most    int64
	pass    func() error
	written atomic.Int64
}

// NewAnswer returns a limit of so many bytes; 0 is none. pass is called when a response passes it, and returns the
// error of the root fields that are null for it.
func NewAnswer(most int64, pass func() error) *Answer { return &Answer{most: most, pass: pass} }

// step is how many bytes a writer writes between two looks at the limit.
const step = 16 << 10

// add counts bytes, and reports whether the response has passed its limit.
func (a *Answer) add(bytes int) bool {
	return a != nil && a.most > 0 && a.written.Add(int64(bytes)) > a.most
}

// Limit gives the writer, and those of its parts, a limit.
func (w *Writer) Limit(a *Answer) { w.answer = a }

// count counts what has been written since the last time, where that is worth it. Where it passes the limit the writer
// is full: the root field gets the error, and no more is written.
func (w *Writer) count() {
	if len(w.json)-w.counted < step || w.isFull {
		return
	}
	w.isFull = w.answer.add(len(w.json) - w.counted)
	w.counted = len(w.json)
	if w.isFull {
		w.reportFull()
	}
}

// reportFull reports at the current root field that the writer is full.
func (w *Writer) reportFull() {
	ctx := w.context(min(1, len(w.places)-1))
	graphql.GetOperationContext(ctx).Error(ctx, w.answer.pass())
}

type answerKey struct{}

// WithAnswer returns a context for operations whose data no writer writes: LimitRoot counts it.
func WithAnswer(ctx context.Context, a *Answer) context.Context {
	return context.WithValue(ctx, answerKey{}, a)
}

// LimitRoot is the middleware of root fields of an executor whose data no writer writes: it writes what a field
// returns, and counts it for the answer of its context. Where it passes the limit the field is null.
func LimitRoot(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	value := next(ctx)
	a, _ := ctx.Value(answerKey{}).(*Answer)
	if a == nil || value == nil || value == graphql.Null {
		return value
	}
	written := &limitedBuffer{answer: a}
	value.MarshalGQL(written)
	if !written.isFull {
		return written
	}
	root := graphql.GetRootFieldContext(ctx)
	ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: root.Object, Field: root.Field})
	graphql.GetOperationContext(ctx).Error(ctx, a.pass())
	return graphql.Null
}

// limitedBuffer holds JSON up to the limit of an answer, and nothing beyond it.
type limitedBuffer struct {
	json   []byte
	answer *Answer
	isFull bool
}

// Write appends JSON, unless the answer is too large.
func (b *limitedBuffer) Write(json []byte) (int, error) {
	if b.isFull = b.isFull || b.answer.add(len(json)); b.isFull {
		b.json = nil
		return len(json), nil
	}
	b.json = append(b.json, json...)
	return len(json), nil
}

// MarshalGQL writes the JSON.
func (b *limitedBuffer) MarshalGQL(w io.Writer) { _, _ = w.Write(b.json) } // it writes into memory
