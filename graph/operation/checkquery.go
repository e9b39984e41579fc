package operation

import (
	"context"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/model"
)

// CheckQuery returns the one operation of a document, which is valid, within the limits, and a query, whatever
// documents clients may send. Its fields and fragments know what the schema says of them. It returns BAD_USER_INPUT and
// LIMIT_EXCEEDED, and UNAVAILABLE where too many documents are being validated.
func (p *Pipeline) CheckQuery(ctx context.Context, text string) (*ast.OperationDefinition, error) {
	document, isKnown := p.documents.cached(text)
	if !isKnown {
		var errs gqlerror.List
		if document, errs = p.documents.load(ctx, text); errs != nil {
			return nil, documentErrors(errs)
		}
	}
	if n := len(document.Operations); n != 1 {
		return nil, model.BadInput("document", "has %d operations; it must have one", n)
	}
	operation := document.Operations[0]
	if operation.Operation != ast.Query {
		return nil, model.BadInput("document", "is a %s; it must be a query", operation.Operation)
	}
	return operation, nil
}

// documentErrors returns errors of a document as those of an input.
func documentErrors(errs gqlerror.List) error {
	var all model.Errors
	for _, err := range errs {
		bad := model.BadInput("document", "%s", err.Message)
		if len(err.Locations) > 0 {
			at := err.Locations[0]
			bad.Message = fmt.Sprintf("line %d, column %d: %s", at.Line, at.Column, err.Message)
		}
		switch code, _ := err.Extensions["code"].(model.ErrorCode); code {
		case model.ErrorCodeLimitExceeded, model.ErrorCodeUnavailable:
			bad = &model.Error{Code: code, Field: "document", Message: err.Message}
		}
		all = append(all, bad)
	}
	return all
}
