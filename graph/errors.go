package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
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

const maxErrors = 50 // of one field

// each reports all but the last of many errors at the current field and returns the last, so that every one arrives.
func each(ctx context.Context, err error) error {
	errs := model.AsErrors(err)
	if len(errs) == 0 {
		return err
	}
	errs = errs[:min(len(errs), maxErrors)]
	last := len(errs) - 1
	for _, e := range errs[:last] {
		graphql.AddError(ctx, e)
	}
	return errs[last]
}

// presenter makes errors fit to leave the server.
type presenter struct{ db *db.DB }

// present says what the caller can mend with code and field; everything else is logged and masked.
func (p presenter) present(ctx context.Context, err error) *gqlerror.Error {
	var out gqlerror.Error
	var located *gqlerror.Error
	if errors.As(err, &located) {
		out.Locations = located.Locations
	}
	out.Path = graphql.GetPath(ctx)
	field := ""
	if fc := graphql.GetFieldContext(ctx); fc != nil {
		out.Path = fc.Path()
		if located != nil && len(located.Path) > len(out.Path) {
			field = inputPath(located.Path[len(out.Path):])
		}
	}
	if known := model.AsErrors(err); known != nil {
		if field == "" {
			field = known[0].Field
		}
		out.Message = cut((&model.Error{Field: field, Message: known[0].Message}).Error())
		if known[0].Code == model.ErrorCodeForbidden {
			actor, _ := model.ActorFrom(ctx)
			auth.Audit(ctx, "refused", actor, "path", out.Path.String(), "reason", out.Message, "requestId", RequestID(ctx))
		}
		extend(ctx, &out, known[0].Code, field)
		if c := known[0].Conflict; c != nil {
			out.Extensions["conflict"] = map[string]any{"version": c.Version, "updatedBy": c.UpdatedBy, "updatedAt": c.UpdatedAt.UTC().Format(time.RFC3339Nano)}
		}
		return &out
	}
	if coercion := located != nil && located.Unwrap() != nil && field != ""; coercion {
		out.Message = cut(field + ": " + located.Unwrap().Error())
		extend(ctx, &out, model.ErrorCodeBadUserInput, field)
		return &out
	}
	p.mask(ctx, &out, err)
	return &out
}

const maxMessage = 500

// cut shortens a message that echoes what the caller sent.
func cut(message string) string {
	if utf8.RuneCountInString(message) <= maxMessage {
		return message
	}
	return string([]rune(message)[:maxMessage]) + "…"
}

// mask hides what went wrong from the caller and tells the log.
func (p presenter) mask(ctx context.Context, out *gqlerror.Error, err error) {
	if ctx.Err() != nil {
		out.Message = "the request was cancelled or ran out of time"
		extend(ctx, out, model.ErrorCodeUnavailable, "")
		return
	}
	if p.db.IsUnavailable(err) {
		slog.WarnContext(ctx, "the database is not available", "error", err, "requestId", RequestID(ctx))
		out.Message = "the database is not available now; try again"
		extend(ctx, out, model.ErrorCodeUnavailable, "")
		return
	}
	slog.ErrorContext(ctx, "internal error", "error", err, "path", out.Path.String(), "requestId", RequestID(ctx))
	out.Message = "internal error; the server's log has the details under request id " + RequestID(ctx)
	extend(ctx, out, model.ErrorCodeInternal, "")
}

func extend(ctx context.Context, e *gqlerror.Error, code model.ErrorCode, field string) {
	e.Extensions = map[string]any{"code": code, "requestId": RequestID(ctx)}
	if field != "" {
		e.Extensions["field"] = field
	}
}

// inputPath writes the place of a value within the arguments; the ubiquitous `input` goes without saying.
func inputPath(path ast.Path) string {
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

// presentRequest gives errors of the request itself (parsing, validation, variables) their codes and the request id.
func presentRequest(ctx context.Context, errs gqlerror.List, suggestions bool) gqlerror.List {
	errs = errs[:min(len(errs), maxErrors)]
	for _, e := range errs {
		var known *model.Error
		if errors.As(e.Err, &known) {
			e.Path = nil
			extend(ctx, e, known.Code, known.Field)
			e.Message = cut(e.Message)
			continue
		}
		code := model.ErrorCodeGraphqlValidationFailed
		if e.Extensions["code"] == string(model.ErrorCodeGraphqlParseFailed) {
			code = model.ErrorCodeGraphqlParseFailed
		}
		if e.Message == "operation  not found" {
			e.Message = "the document has several operations; operationName must say which"
		}
		if strings.HasPrefix(e.Message, "cannot use value") && strings.HasSuffix(e.Message, "as Int") { // with another value than was sent
			e.Message = "must be a whole number of 32 bits, written without fraction and exponent"
		}
		field := ""
		if len(e.Path) > 1 && e.Path[0] == ast.PathName("variable") {
			field = inputPath(e.Path[1:])
		}
		e.Path = nil // a request error belongs to no field of the response
		e.Rule = ""
		if e.Message = cut(e.Message); !suggestions {
			e.Message, _, _ = strings.Cut(e.Message, " Did you mean")
		}
		extend(ctx, e, code, field)
	}
	return errs
}

// internal is a refusal for a fault of our own, which the log tells with its stack.
func (s *service) internal(ctx context.Context, cause any) *refusal {
	return &refusal{status: http.StatusInternalServerError, errs: gqlerror.List{s.presenter.present(ctx, recovered(ctx, cause))}}
}

// recovered makes an error of a panic, with the stack for the log.
func recovered(_ context.Context, cause any) error {
	return fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
}
