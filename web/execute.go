package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/graph"
	"callbook/graph/operation"
	"callbook/model"
)

// execute runs a document of the server's own as the request's actor, through the pipeline: its rights, masks, limits
// and prices are those of any operation. It decodes the data into what data points to, and returns how many bytes the
// response had. A refusal has the operation's errors, with the HTTP status of the first one's code.
func execute(ctx context.Context, p *operation.Pipeline, document string, variables map[string]any, data any,
) (bytes int, refused *operation.Refusal) {
	request := &operation.Request{
		RawParams: graphql.RawParams{Query: document, Variables: variables}, IsOwn: true,
	}
	defer request.Reservation.Release()
	result, refused := p.Execute(ctx, request)
	if refused != nil {
		refused.Errors = asParameters(refused.Errors)
		return 0, refused
	}
	defer result.Free()
	answer := struct {
		Data   any
		Errors gqlerror.List
	}{Data: data}
	if err := json.Unmarshal(result.Body, &answer); err != nil {
		return 0, p.Internal(ctx, err)
	}
	if len(answer.Errors) > 0 {
		return 0, &operation.Refusal{Status: statusOfError(answer.Errors[0]), Errors: asParameters(answer.Errors)}
	}
	return len(result.Body), nil
}

// asParameters returns errors of an operation that the caller has not written as errors of the address by which it was
// asked: values that do not fit are BAD_USER_INPUT, on the parameter that has them, without a place in the document.
func asParameters(errs gqlerror.List) gqlerror.List {
	for _, err := range errs {
		if code := fmt.Sprint(err.Extensions["code"]); code == string(model.ErrorCodeGraphqlValidationFailed) {
			err.Extensions["code"] = model.ErrorCodeBadUserInput
		}
		if field, isText := err.Extensions["field"].(string); isText {
			err.Extensions["field"] = asParameter(field)
		}
		delete(err.Extensions, graph.InputPathExtension)
		err.Locations, err.Path, err.Message = nil, nil, asParameter(err.Message)
	}
	return errs
}

// asParameter returns a text that begins with a field of ExportInput so that it begins with the parameter for it.
func asParameter(text string) string {
	for _, parameter := range []string{"filter", "orderBy"} {
		for _, of := range []string{"call", "callRecord"} {
			if rest, isField := strings.CutPrefix(text, of+strings.ToUpper(parameter[:1])+parameter[1:]); isField {
				return parameter + rest
			}
		}
	}
	return text
}

// statusOfError returns the HTTP status of an error by its code.
func statusOfError(err *gqlerror.Error) int {
	code := fmt.Sprint(err.Extensions["code"])
	if status, isKnown := statusOf[model.ErrorCode(code)]; isKnown {
		return status
	}
	return http.StatusInternalServerError
}

// respondRefusal responds with a refusal's errors as JSON, in the form of GraphQL.
func respondRefusal(w http.ResponseWriter, refused *operation.Refusal) {
	if refused.Status == 0 {
		refused.Status = http.StatusBadRequest
	}
	if refused.Status == http.StatusServiceUnavailable {
		refused.RetryAfter = max(refused.RetryAfter, time.Second)
	}
	if refused.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(refused.RetryAfterSeconds()))
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(refused.Status)
	_, _ = w.Write(refused.Body())
}
