package jsondata

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
)

// ResolveField resolves a field of a root type by gqlgen's function for it.
type ResolveField func(ctx context.Context, field graphql.CollectedField) graphql.Marshaler

// Root writes the fields of a root type: the data of a response. ctx has the writer.
func (w *Writer) Root(
	ctx context.Context, typeName string, fields []graphql.CollectedField, concurrently bool, resolve ResolveField,
	write WriteField,
) {
	ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: typeName})
	w.write = write
	w.places = append(w.places[:0], place{ctx: ctx})
	o := w.object(typeName, fields)
	for field := o.Next(); field != nil; field = o.Next() {
		if field.Name == "__typename" {
			w.Name(typeName)
		} else {
			o.Delay()
		}
	}
	if concurrently {
		o.Concurrently(func(_ *Writer, o *Object) { o.resolve(resolve) })
	}
	for o.HasDelayed() {
		o.resolve(resolve)
	}
	if !o.End() {
		w.json = append(w.json, "null"...)
	}
}

// resolve writes the fields that are left, one after the other, until one panics.
func (o *Object) resolve(resolve ResolveField) {
	defer o.Recover()
	ctx := o.Context()
	for field := o.NextDelayed(); field != nil; field = o.NextDelayed() {
		if o.w.isFull {
			o.w.reportFull()
			o.Value(false)
			continue
		}
		root := graphql.WithRootFieldContext(ctx, &graphql.RootFieldContext{Object: field.Name, Field: *field})
		o.Marshaler(graphql.GetOperationContext(ctx).RootResolverMiddleware(root,
			func(ctx context.Context) graphql.Marshaler { return resolve(ctx, *field) }))
	}
}

// Concurrently writes the delayed fields at once if there are several, each with a writer of its own, and puts them
// together. write writes the delayed fields of an object, until one panics.
func (o *Object) Concurrently(write func(w *Writer, o *Object)) {
	w := o.w
	fields := w.delayed[o.start.delayed:]
	if len(fields) < 2 {
		return
	}
	parts := make([]*Writer, len(fields))
	var all sync.WaitGroup
	for i, field := range fields {
		parts[i] = o.part()
		writePart := func() { o.writePart(parts[i], field.index, write) }
		if i == len(fields)-1 {
			writePart() // by this goroutine, which would wait
		} else {
			all.Go(writePart)
		}
	}
	all.Wait()
	for _, part := range parts {
		field := o.NextDelayed()
		hasValue := part.objects > 0
		if hasValue {
			name := len(field.Alias) + len(`{"":`)
			w.json = append(w.json, part.json[name:len(part.json)-len("}")]...)
			w.counted += len(part.json) - name
			w.objects += part.objects - 1
		}
		o.Value(hasValue)
		part.Release()
	}
}

// part returns a writer at the same place as the object, in whose context it is.
func (o *Object) part() *Writer {
	ctx, part := WithWriter(o.Context())
	part.write, part.answer = o.w.write, o.w.answer
	part.places = append(part.places[:0], place{ctx: ctx})
	return part
}

// writePart writes an object with one of the object's fields alone.
func (o *Object) writePart(part *Writer, index int, write func(w *Writer, o *Object)) {
	p := &o.w.places[o.place]
	one := part.object(p.object, p.fields[index:index+1])
	one.Next()
	one.Delay()
	for one.HasDelayed() {
		write(part, &one)
	}
	one.End()
}
