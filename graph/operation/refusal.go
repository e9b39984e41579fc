package operation

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/graph"
	"callbook/limiter"
	"callbook/model"
)

// Refusal says why an operation is not run.
type Refusal struct {
	// Status is the HTTP status. It is 0 for request errors of the document, which go out with 200 in plain JSON and with
	// 400 in the newer form, as the specification of GraphQL over HTTP has it.
	Status     int
	Errors     gqlerror.List
	RetryAfter time.Duration // how long the client should wait; 0 where waiting does not help
	// IsResult reports that it is a query or a mutation that the transport has permitted already. Transports that stream
	// send such a refusal as a result.
	IsResult bool
}

// Refuse returns a refusal with one error.
func Refuse(ctx context.Context, status int, err *model.Error) *Refusal {
	return &Refusal{Status: status, Errors: presentRequestErrors(ctx, listOf(err), false)}
}

// RetryAfterSeconds returns RetryAfter in whole seconds, rounded up, as the header Retry-After has it.
func (r *Refusal) RetryAfterSeconds() int { return int(math.Ceil(r.RetryAfter.Seconds())) }

// Body returns the refusal as the body of a response: errors without data.
func (r *Refusal) Body() []byte { return appendResponse(nil, &graphql.Response{Errors: r.Errors}, nil) }

// refuseErrors returns a refusal with the errors of a document or its variables.
func (p *Pipeline) refuseErrors(ctx context.Context, errs gqlerror.List) *Refusal {
	refused := &Refusal{Errors: presentRequestErrors(ctx, errs, p.documents.suggestions)}
	if len(errs) > 0 && errs[0].Extensions["code"] == model.ErrorCodeUnavailable {
		refused.Status, refused.RetryAfter = http.StatusServiceUnavailable, time.Second
	}
	return refused
}

// refuse ends the execution with an error.
func (x *Execution) refuse(ctx context.Context, status int, err *model.Error) bool {
	return x.end(Refuse(ctx, status, err))
}

// fail ends the execution with an error of the server.
func (x *Execution) fail(ctx context.Context, err error) bool {
	return x.end(x.pipeline.present(ctx, err))
}

// end ends the execution with a refusal.
func (x *Execution) end(refused *Refusal) bool {
	x.refusal = refused
	x.refusal.IsResult = x.isPermitted && !x.IsSubscription()
	x.setFate()
	return false
}

// setFate says in a refusal of a mutation with UNAVAILABLE whether the mutation may have been done.
func (x *Execution) setFate() {
	if x.context.Operation == nil || !x.IsMutation() {
		return
	}
	for _, e := range x.refusal.Errors {
		if e.Extensions["code"] == model.ErrorCodeUnavailable {
			e.Extensions[graph.MayHaveBeenDoneExtension] = x.mayHaveBeenDone
		}
	}
}

// refuseErrors ends the execution where there are errors.
func (x *Execution) refuseErrors(ctx context.Context, errs gqlerror.List) bool {
	if len(errs) == 0 {
		return true
	}
	x.refusal = x.pipeline.refuseErrors(ctx, errs)
	return false
}

// present returns a refusal with an error of the server, by its code.
func (p *Pipeline) present(ctx context.Context, err error) *Refusal {
	e := p.presenter.Present(ctx, err)
	status := http.StatusInternalServerError
	switch e.Extensions["code"] {
	case model.ErrorCodeConflict:
		status = http.StatusConflict
	case model.ErrorCodeUnavailable:
		status = http.StatusServiceUnavailable
	}
	return &Refusal{Status: status, Errors: gqlerror.List{e}}
}

// Internal returns a refusal for a panic (INTERNAL). The log has the stack.
func (p *Pipeline) Internal(ctx context.Context, cause any) *Refusal {
	e := p.presenter.Present(ctx, graph.Recovered(ctx, cause))
	return &Refusal{Status: http.StatusInternalServerError, Errors: gqlerror.List{e}}
}

// Busy returns UNAVAILABLE for something of which there is too much at once, such as "operations".
func Busy(what string) *model.Error {
	return &model.Error{
		Code:    model.ErrorCodeUnavailable,
		Message: "the server is busy: too many " + what + " at once; try again in a moment",
	}
}

// busy returns Busy for a limiter's error.
func busy(what string, err error) *model.Error {
	if errors.Is(err, limiter.ErrKeyFull) {
		what += " of this credential"
	}
	return Busy(what)
}

// listOf returns an error of ours as a list of gqlparser's.
func listOf(err *model.Error) gqlerror.List {
	return gqlerror.List{{Err: err, Message: err.Error()}}
}

// withCode marks an error as one of parsing or of validation.
func withCode(err *gqlerror.Error, code string) *gqlerror.Error {
	errcode.Set(err, code)
	return err
}

const maxRequestErrors = 50

// presentRequestErrors gives errors of a request (parsing, validation, variables) their codes and the request id. They
// have no path, for they belong to no field of the response.
func presentRequestErrors(ctx context.Context, errs gqlerror.List, suggestions bool) gqlerror.List {
	errs = errs[:min(len(errs), maxRequestErrors)]
	for _, e := range errs {
		known, isOurs := errors.AsType[*model.Error](e.Err)
		path, _ := e.Extensions[graph.InputPathExtension].(ast.Path)
		if !isOurs && len(e.Path) > 1 && e.Path[0] == ast.PathName("variable") {
			path = e.Path[1:]
		}
		code, field := model.ErrorCodeGraphqlValidationFailed, graph.InputField(path)
		switch {
		case isOurs:
			code, field = known.Code, known.Field
		case e.Extensions["code"] == errcode.ParseFailed:
			code = model.ErrorCodeGraphqlParseFailed
		}
		e.Path, e.Rule, e.Message = nil, "", graph.Shorten(e.Message)
		if !suggestions && !isOurs {
			e.Message, _, _ = strings.Cut(e.Message, suggestionMark)
		}
		graph.SetExtensions(ctx, e, code, field)
		if path != nil {
			e.Extensions[graph.InputPathExtension] = path
		}
	}
	return errs
}
