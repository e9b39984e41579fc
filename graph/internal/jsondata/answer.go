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
	owner   AnswerOwner
	written atomic.Int64
}

// AnswerOwner is the operation whose response an answer limits.
type AnswerOwner interface {
	// PassAnswer is called when the response has more than so many bytes. It returns the error of the root fields that
	// are null for it. It may be called concurrently.
	PassAnswer(most int64) error
}

// Open gives an answer that is empty its limit in bytes, 0 for none, and its owner.
func (a *Answer) Open(most int64, owner AnswerOwner) { a.most, a.owner = most, owner }

func (a *Answer) pass() error { return a.owner.PassAnswer(a.most) }

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

// AnswerKey is the key of the *Answer in the context of an operation whose data no writer writes: LimitRoot counts it.
type AnswerKey struct{}

// LimitRoot is the middleware of root fields of an executor whose data no writer writes: it writes what a field
// returns, and counts it for the answer of its context. Where it passes the limit the field is null.
func LimitRoot(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	value := next(ctx)
	a, _ := ctx.Value(AnswerKey{}).(*Answer)
	if a == nil || value == nil || value == graphql.Null {
		return value
	}
	written := &limitedBuffer{answer: a}
	written.json = written.first[:0]
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
	first  [256]byte // holds most of the JSON of small fields
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

// WriteString appends JSON as Write does.
func (b *limitedBuffer) WriteString(json string) (int, error) {
	if b.isFull = b.isFull || b.answer.add(len(json)); b.isFull {
		b.json = nil
		return len(json), nil
	}
	b.json = append(b.json, json...)
	return len(json), nil
}

// MarshalGQL writes the JSON.
func (b *limitedBuffer) MarshalGQL(w io.Writer) { _, _ = w.Write(b.json) } // it writes into memory
