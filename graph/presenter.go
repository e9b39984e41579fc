package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/auth"
	"callbook/db"
	"callbook/model"
)

const (
	maxFieldErrors = 50  // of one field
	maxMessage     = 500 // characters; messages may echo what the caller sent
)

// reported reads by a method of package db, and reports its errors by reportAll.
func reported[Q, R any](ctx context.Context, read func(context.Context, Q) (R, error), q Q) (R, error) {
	result, err := read(ctx, q)
	return result, reportAll(ctx, err)
}

// reportAll reports all but the last of the errors in err at the current field and returns the last, so that a response
// has every one of them. An error of the server itself is returned as it is.
func reportAll(ctx context.Context, err error) error {
	errs := model.AsErrors(err)
	if len(errs) == 0 {
		return err
	}
	errs = errs[:min(len(errs), maxFieldErrors)]
	last := len(errs) - 1
	for _, e := range errs[:last] {
		graphql.AddError(ctx, e)
	}
	return errs[last]
}

// Presenter turns errors of fields into what leaves the server.
type Presenter struct{ db *db.DB }

// NewPresenter returns a presenter that asks d which errors mean that the database is not available.
func NewPresenter(d *db.DB) Presenter { return Presenter{d} }

// Present returns an error with its path, its field's location, code, request id, and input field. Errors that callers
// can mend keep their message. Others are logged and masked: UNAVAILABLE where the request ended or the database cannot
// be used now, for mutations with mayHaveBeenDone, else INTERNAL. A refusal (FORBIDDEN) goes to the audit log.
func (p Presenter) Present(ctx context.Context, err error) *gqlerror.Error {
	var located *gqlerror.Error
	errors.As(err, &located)
	fc := graphql.GetFieldContext(ctx)
	out, input := placeOf(ctx, fc, located)
	known := knownErrors(ctx, err)
	isCoercion := located != nil && located.Unwrap() != nil && input != nil
	switch {
	case known != nil:
		if input == nil && fc != nil {
			input = inputPathOf(fc.Field, known[0].Field)
		}
		presentKnown(ctx, &out, known[0], input)
		if known[0].Code == model.ErrorCodeUnavailable || known[0].WhileRunning || db.MayHaveBeenDone(err) {
			setFate(ctx, &out, known[0].WhileRunning || db.MayHaveBeenDone(err))
		}
	case isCoercion:
		field := InputField(input)
		out.Message = Shorten(field + ": " + located.Unwrap().Error())
		SetExtensions(ctx, &out, model.ErrorCodeBadUserInput, field)
		out.Extensions[InputPathExtension] = input
	default:
		p.mask(ctx, &out, err)
	}
	return &out
}

// knownErrors returns the errors of ours in an error, or the limit that the operation has passed, for then what ran
// beside it was cancelled; nil where there is neither.
func knownErrors(ctx context.Context, err error) model.Errors {
	known := model.AsErrors(err)
	if passed := db.PassedLimit(ctx); passed != nil && known == nil {
		return model.Errors{passed}
	}
	return known
}

// placeOf returns an error with the path and the location of a field, which may be nil, and where in its arguments the
// error is, as far as the executor knows. located is the executor's error; it may be nil.
func placeOf(ctx context.Context, fc *graphql.FieldContext, located *gqlerror.Error,
) (out gqlerror.Error, input ast.Path) {
	if located != nil {
		out.Locations = located.Locations
	}
	out.Path = graphql.GetPath(ctx)
	if fc == nil {
		return out, nil
	}
	out.Path = fc.Path()
	if out.Locations == nil && fc.Field.Field != nil && fc.Field.Position != nil { // gqlgen gives it to the last one
		out.Locations = []gqlerror.Location{{Line: fc.Field.Position.Line, Column: fc.Field.Position.Column}}
	}
	if located != nil && len(located.Path) > len(out.Path) {
		input = located.Path[len(out.Path):]
	}
	return out, input
}

// inputPathOf returns where in the arguments of a field the place is that an error names with dots: a place within the
// argument input, unless it begins with the name of another argument. It returns nil for an error without a place, and
// for one that is about no argument.
func inputPathOf(field graphql.CollectedField, place string) ast.Path {
	if place == "" || field.Field == nil || field.Definition == nil {
		return nil
	}
	var path ast.Path
	for part := range strings.SplitSeq(place, ".") {
		if i, err := strconv.Atoi(part); err == nil && len(path) > 0 {
			path = append(path, ast.PathIndex(i))
		} else {
			path = append(path, ast.PathName(part))
		}
	}
	arguments := field.Definition.Arguments
	first, _ := path[0].(ast.PathName)
	switch {
	case arguments.ForName(string(first)) != nil:
		return path
	case arguments.ForName("input") != nil:
		return append(ast.Path{ast.PathName("input")}, path...)
	}
	return nil
}

// presentKnown writes an error of ours, and where in the arguments it is, nil where that is not known.
func presentKnown(ctx context.Context, out *gqlerror.Error, err *model.Error, input ast.Path) {
	field := err.Field
	if input != nil {
		field = InputField(input)
	}
	out.Message = Shorten((&model.Error{Field: field, Message: err.Message}).Error())
	if err.Code == model.ErrorCodeForbidden {
		noteAct(ctx, auth.Act{Event: "refused", What: out.Path.String(), Reason: out.Message})
	}
	SetExtensions(ctx, out, err.Code, field)
	if input != nil {
		out.Extensions[InputPathExtension] = input
	}
	if c := err.Conflict; c != nil {
		out.Extensions["conflict"] = map[string]any{
			"version":   c.Version,
			"updatedBy": c.UpdatedBy,
			"updatedAt": c.UpdatedAt.UTC().Format(time.RFC3339Nano),
		}
	}
}

// mask writes a message without the words of the error, which may hold data of others, and logs the error itself.
func (p Presenter) mask(ctx context.Context, out *gqlerror.Error, err error) {
	switch {
	case ctx.Err() != nil:
		out.Message = "the request was cancelled or ran out of time"
		SetExtensions(ctx, out, model.ErrorCodeUnavailable, "")
		setFate(ctx, out, db.MayHaveBeenDone(err))
	case p.db.IsUnavailable(err):
		slog.WarnContext(ctx, "the database is not available", "error", err, "requestId", RequestID(ctx))
		out.Message = "the database is not available now; try again"
		SetExtensions(ctx, out, model.ErrorCodeUnavailable, "")
		setFate(ctx, out, db.MayHaveBeenDone(err))
	default:
		slog.ErrorContext(ctx, "internal error", "error", err, "path", out.Path.String(), "requestId", RequestID(ctx))
		out.Message = "internal error; the server's log has the details under request id " + RequestID(ctx)
		SetExtensions(ctx, out, model.ErrorCodeInternal, "")
	}
}

// MayHaveBeenDoneExtension is the extension of UNAVAILABLE in mutations that says whether the mutation may have been
// done all the same: false where it surely was not.
const MayHaveBeenDoneExtension = "mayHaveBeenDone"

// setFate says in an error of a mutation whether the mutation may have been done. What fails below the mutation's own
// field fails after it.
func setFate(ctx context.Context, out *gqlerror.Error, mayHaveBeenDone bool) {
	if !graphql.HasOperationContext(ctx) {
		return
	}
	if operation := graphql.GetOperationContext(ctx).Operation; operation == nil || operation.Operation != ast.Mutation {
		return
	}
	if mayHaveBeenDone = mayHaveBeenDone || len(out.Path) > 1; mayHaveBeenDone {
		out.Message += "; it may have been done: look before you try again"
	}
	out.Extensions[MayHaveBeenDoneExtension] = mayHaveBeenDone
}

// Shorten returns a message of at most 500 characters, and an ellipsis where it was longer.
func Shorten(message string) string {
	if utf8.RuneCountInString(message) <= maxMessage {
		return message
	}
	return string([]rune(message)[:maxMessage]) + "…"
}

// SetExtensions writes the extensions that every error has: code, requestId, and field where it is not empty.
func SetExtensions(ctx context.Context, e *gqlerror.Error, code model.ErrorCode, field string) {
	e.Extensions = map[string]any{"code": code, "requestId": RequestID(ctx)}
	if field != "" {
		e.Extensions["field"] = field
	}
}

// InputPathExtension is the extension of an error that says where in the arguments of a field a value is, as a list.
const InputPathExtension = "inputPath"

// InputField returns the place of a value within arguments or variables as text with dots, such as tags.0. It leaves
// out a leading argument named input.
func InputField(path ast.Path) string {
	var parts []string
	for i, element := range path {
		switch element := element.(type) {
		case ast.PathName:
			if i == 0 && element == "input" && len(path) > 1 {
				continue
			}
			parts = append(parts, string(element))
		case ast.PathIndex:
			parts = append(parts, strconv.Itoa(int(element)))
		}
	}
	return strings.Join(parts, ".")
}

// Recovered makes an error of a panic, with the stack for the log.
func Recovered(_ context.Context, cause any) error {
	return fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
}
