package jsondata

import (
	"context"
	"errors"
	"sync"

	"github.com/99designs/gqlgen/graphql"
)

// Context returns the context of the current field or element, whose path errors have.
func (w *Writer) Context() context.Context { return w.context(len(w.places) - 1) }

// context returns the context of a place, and makes it, and those above, where it has not been asked for yet.
func (w *Writer) context(i int) context.Context {
	p := &w.places[i]
	if p.ctx == nil {
		field := &graphql.FieldContext{}
		if p.fields == nil {
			index := p.index
			field.Index = &index
		} else {
			field.Object, field.Field, field.IsMethod, field.IsResolver = p.object, p.fields[p.index], true, true
		}
		p.ctx = graphql.WithFieldContext(w.context(i-1), field)
	}
	return p.ctx
}

// Succeeded returns true for a nil error. Any other it reports at the field of ctx, and returns false.
func Succeeded(ctx context.Context, err error) bool {
	if err == nil {
		return true
	}
	graphql.GetOperationContext(ctx).Error(ctx, graphql.AddFieldLocationToError(ctx, err))
	return false
}

var errNull = errors.New("the requested element is null which the schema does not allow")

// RequiredNull reports that the current field or element is null although the schema does not allow it, unless another
// error says why. It returns false.
func (w *Writer) RequiredNull() bool {
	ctx := w.Context()
	if !graphql.HasFieldError(ctx, graphql.GetFieldContext(ctx)) {
		graphql.AddError(ctx, errNull)
	}
	return false
}

// Intercept hands the result of a resolver to the writer of its context, if there is one. It is the field middleware
// of gqlgen's executor, and runs within the middlewares of the field, such as @permission. What has been written is
// returned as Written or graphql.Null, which graphql.ResolveField takes for the value of the field.
func Intercept(ctx context.Context, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	if err != nil || value == nil {
		return value, err
	}
	w := FromContext(ctx)
	if w == nil {
		return value, nil
	}
	w.places[len(w.places)-1].ctx = ctx
	hasValue, isKnown := w.write(w, graphql.GetFieldContext(ctx), value)
	switch {
	case !isKnown:
		return value, nil
	case hasValue:
		return Written, nil
	}
	return graphql.Null, nil
}

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
	if concurrently && resolvedFields(fields) > 1 {
		o.rootFieldsConcurrently(ctx, resolve)
	} else {
		for o.HasNext() {
			o.rootFields(ctx, resolve)
		}
	}
	if !o.End() {
		w.json = append(w.json, "null"...)
	}
}

// resolvedFields returns how many fields have a resolver.
func resolvedFields(fields []graphql.CollectedField) (n int) {
	for i := range fields {
		if fields[i].Name != "__typename" {
			n++
		}
	}
	return n
}

// rootFields writes the fields that are left, one after the other, until one panics.
func (o *Object) rootFields(ctx context.Context, resolve ResolveField) {
	defer o.Recover()
	typeName := o.w.places[o.place].object
	for field := o.Next(); field != nil; field = o.Next() {
		if field.Name == "__typename" {
			o.w.Name(typeName)
			continue
		}
		root := graphql.WithRootFieldContext(ctx, &graphql.RootFieldContext{Object: field.Name, Field: *field})
		o.Marshaler(graphql.GetOperationContext(ctx).RootResolverMiddleware(root,
			func(ctx context.Context) graphql.Marshaler { return resolve(ctx, *field) }))
	}
}

// rootFieldsConcurrently writes all fields at once, each with a writer of its own, and puts them together.
func (o *Object) rootFieldsConcurrently(ctx context.Context, resolve ResolveField) {
	w := o.w
	p := &w.places[o.place]
	fields, typeName := p.fields, p.object
	parts := make([]*Writer, len(fields))
	var all sync.WaitGroup
	for i := range fields {
		partCtx, part := WithWriter(ctx)
		parts[i] = part
		part.write = w.write
		part.places = append(part.places[:0], place{ctx: partCtx})
		all.Go(func() {
			one := part.object(typeName, fields[i:i+1])
			for one.HasNext() {
				one.rootFields(partCtx, resolve)
			}
			one.End()
		})
	}
	all.Wait()
	for _, part := range parts {
		o.isNull = o.isNull || part.objects == 0
		if part.objects > 0 {
			w.json = append(append(w.json, part.json[1:len(part.json)-1]...), ',')
			w.objects += part.objects - 1
		}
		part.Release()
	}
}
