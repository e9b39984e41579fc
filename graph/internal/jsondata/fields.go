package jsondata

import (
	"context"
	"errors"

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
