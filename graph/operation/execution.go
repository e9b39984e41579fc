package operation

import (
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/model"
)

// Execution is an operation on its way through the pipeline. It belongs to one goroutine.
type Execution struct {
	pipeline       *Pipeline
	request        *Request
	document       *ast.QueryDocument
	isValid        bool   // whether the document has been measured and validated
	register       string // the hash under which the document's text is to be registered; empty where it is not
	context        *graphql.OperationContext
	price          price
	idempotencyKey string // of a mutation; empty where it has none
	isPaid         bool   // whether what it cost has been taken from the budget; else the price is given back
	response       *graphql.Response
	refusal        *Refusal
}

// IsMutation reports whether the operation is a mutation.
func (x *Execution) IsMutation() bool { return x.context.Operation.Operation == ast.Mutation }

// IsSubscription reports whether the operation is a subscription.
func (x *Execution) IsSubscription() bool { return x.context.Operation.Operation == ast.Subscription }

// find finds the text of the document, and the document where it is cached; else it parses the text.
func (x *Execution) find(ctx context.Context) bool {
	d, r := x.pipeline.documents, x.request
	source, register, refused := d.find(r)
	if refused != nil {
		return x.refuse(ctx, 0, refused)
	}
	r.Query, x.register = source, register
	if document, ok := d.cached(source); ok {
		x.document, x.isValid = document, true
		return true
	}
	document, errs := d.parse(source)
	x.document = document
	return x.refuseErrors(ctx, errs)
}

// measure refuses a document that is larger than the limits.
func (x *Execution) measure(ctx context.Context) bool {
	return x.isValid || x.refuseErrors(ctx, x.pipeline.documents.measure(x.document))
}

// validate checks the document by the rules of the specification.
func (x *Execution) validate(ctx context.Context) bool {
	return x.isValid || x.refuseErrors(ctx, x.pipeline.documents.validate(ctx, x.request.Query, x.document))
}

// coerce finds the operation in the document, and brings its variables to their types. Errors: LIMIT_EXCEEDED,
// GRAPHQL_VALIDATION_FAILED, BAD_USER_INPUT.
func (x *Execution) coerce(ctx context.Context) bool {
	p, r := x.pipeline, x.request
	if bad := checkVariableSizes(r.Variables, p.limits); bad != nil {
		return x.refuse(ctx, 0, bad)
	}
	if x.register != "" {
		p.documents.registered.add(x.register, r.Query, len(r.Query))
	}
	operation := x.document.Operations.ForName(r.OperationName)
	if operation == nil {
		return x.refuseErrors(ctx, gqlerror.List{unknownOperation(r.OperationName)})
	}
	var errs gqlerror.List
	withDocument := context.WithValue(graphql.StartOperationTrace(ctx), parsedDocumentKey{}, x.document)
	if x.context, errs = p.executor.CreateOperationContext(withDocument, &r.RawParams); errs != nil {
		correctIntErrors(errs, operation, r.Variables)
		return x.refuseErrors(ctx, errs)
	}
	if bad := p.oneOf.check(x.context.Operation, x.context.Variables); bad != nil {
		return x.refuse(ctx, 0, bad)
	}
	if bad := checkNullVariables(x.context.Operation, x.context.Variables); bad != nil {
		return x.refuse(ctx, 0, bad)
	}
	return true
}

func unknownOperation(name string) *gqlerror.Error {
	if name == "" {
		return gqlerror.Errorf("the document has several operations; operationName must say which")
	}
	return gqlerror.Errorf("operation %s not found", name)
}

// setPrice adds up what the operation may cost, and refuses it where that is more than one may cost (LIMIT_EXCEEDED).
func (x *Execution) setPrice(ctx context.Context) bool {
	p := x.pipeline
	x.price = priceOf(p.schema, x.context.Operation, x.context.Variables)
	if x.price.total > p.limits.Cost {
		return x.refuse(ctx, 0, model.LimitExceeded("query",
			"the operation may cost %d; at most %d: ask for shorter lists, or fewer of them", x.price.total, p.limits.Cost))
	}
	return true
}

// run runs the operation. It refuses with UNAVAILABLE (503) where the client has gone, or time is up, before there is a
// response.
func (x *Execution) run(ctx context.Context) bool {
	responses, ctx := x.pipeline.executor.DispatchOperation(ctx, x.context)
	if x.response = responses(ctx); x.response == nil {
		return x.refuse(ctx, http.StatusServiceUnavailable, &model.Error{
			Code:    model.ErrorCodeUnavailable,
			Message: "the operation took more than " + x.pipeline.limits.Deadline.String() + " and was cancelled",
		})
	}
	return true
}

// account cuts the errors of the response to their limit, reports what the operation cost, and gives back what it did
// not cost. Of a subscription nothing was taken in advance, so its events are charged here.
func (x *Execution) account(ctx context.Context) bool {
	p, response := x.pipeline, x.response
	if n := len(response.Errors); n > p.limits.Errors {
		cut := Refuse(ctx, 0, model.LimitExceeded("", "there are %d errors; %d are shown", n, p.limits.Errors))
		response.Errors = append(response.Errors[:p.limits.Errors], cut.Errors...)
	}
	actual := x.price.fixed + countObjects(response.Data) - 1 // data itself is an object
	unused := x.price.total - actual                          // negative where it cost more than it might have
	if x.IsSubscription() {
		unused = -actual
	}
	x.isPaid = true
	left := p.budgets.refund(actorOf(ctx).CredentialKey(), unused)
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions["cost"] = costReport{
		requested: x.price.total, actual: max(actual, 0), limit: p.limits.Cost, remaining: left,
	}
	return true
}

// settle gives back the price of an operation that was not run after all: one answered from a stored response, or out
// of time.
func (x *Execution) settle(ctx context.Context) {
	if !x.isPaid {
		x.pipeline.budgets.refund(actorOf(ctx).CredentialKey(), x.price.total)
	}
}

// costReport is extensions.cost of a response.
type costReport struct {
	requested int // the most it might have cost
	actual    int
	limit     int // of one operation
	remaining int // of the caller's budget
}
