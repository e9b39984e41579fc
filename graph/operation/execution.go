package operation

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/db"
	"callbook/graph/internal/jsondata"
	"callbook/model"
)

// Execution is an operation on its way through the pipeline. It belongs to one goroutine.
type Execution struct {
	pipeline       *Pipeline
	request        *Request
	credential     string             // the key under which the caller's budget is kept
	parsed         *ast.QueryDocument // of a document that has not been validated before
	document       *preparedDocument
	register       string // the hash under which the document's text is to be registered; empty where it is not
	operation      *preparedOperation
	context        graphql.OperationContext
	price          price
	pricing        pricing // what works out the price
	isPermitted    bool    // whether the transport has permitted it
	idempotencyKey string  // of a mutation; empty where it has none
	accounts       accounts
	owed           int       // what it has taken from the budget in advance, and not been charged for
	claimed        *db.Claim // of its idempotency key; nil where it has none, and after the answer is kept
	hasFailed      bool      // whether the response has an error of the server
	response       *graphql.Response
	data           *jsondata.Writer // of the response; nil where gqlgen has written it
	body           []byte           // of the response, or the answer that was kept of an earlier request
	buffer         *[]byte          // the pooled buffer of body; nil where it has none
	subscription   *Subscription    // nil for a query or a mutation
	refusal        *Refusal
	result         Result // what Execute returns
	// mayHaveBeenDone says that a mutation has begun to run, or that another request with its idempotency key has.
	mayHaveBeenDone bool
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
		x.document = document
		return true
	}
	r.Query = strings.Clone(source) // the cache must not keep the whole body, of which it is a part
	document, errs := d.parse(r.Query)
	x.parsed = document
	return x.refuseErrors(ctx, errs)
}

// measure refuses a document that is larger than the limits.
func (x *Execution) measure(ctx context.Context) bool {
	return x.document != nil || x.refuseErrors(ctx, x.pipeline.documents.measure(x.parsed))
}

// validate checks the document by the rules of the specification.
func (x *Execution) validate(ctx context.Context) bool {
	if x.document != nil {
		return true
	}
	var errs gqlerror.List
	x.document, errs = x.pipeline.documents.validate(ctx, x.request.Query, x.parsed)
	return x.refuseErrors(ctx, errs)
}

// coerce finds the operation in the document, and brings its variables to their types. Errors: LIMIT_EXCEEDED,
// GRAPHQL_VALIDATION_FAILED.
func (x *Execution) coerce(ctx context.Context) bool {
	p, r := x.pipeline, x.request
	x.operation = x.document.operation(r.OperationName)
	if x.operation == nil {
		return x.refuseErrors(ctx, gqlerror.List{unknownOperation(r.OperationName)})
	}
	if err := x.operation.checkVariableSizes(r.Variables, p.limits); err != nil {
		return x.refuseErrors(ctx, gqlerror.List{err})
	}
	if x.register != "" {
		text := strings.Clone(r.Query)
		p.documents.registered.add(x.register, text, len(text))
	}
	if err := x.operation.checkVariableTypes(r.Variables); err != nil {
		return x.refuseErrors(ctx, gqlerror.List{err})
	}
	variables, err := x.operation.coerce(r.Variables)
	if err != nil {
		located, _ := errors.AsType[*gqlerror.Error](err)
		return x.refuseErrors(ctx, gqlerror.List{located})
	}
	x.operation.fill(&x.context, p.template, r, variables)
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
	x.price = x.operation.priceWith(&x.pricing, x.context.Variables)
	if x.price.total > p.limits.Cost {
		return x.refuse(ctx, 0, model.LimitExceeded("query",
			"the operation may cost %d; at most %d: ask for shorter lists, or fewer of them", x.price.total, p.limits.Cost))
	}
	return true
}

// permit asks the transport whether it takes such an operation, and reads the idempotency key. It refuses a key that
// cannot be one with BAD_USER_INPUT (400).
func (x *Execution) permit(ctx context.Context) bool {
	if ask := x.request.Permit; ask != nil {
		if x.refusal = ask(x); x.refusal != nil {
			return false
		}
	}
	x.isPermitted = true
	return x.checkIdempotencyKey(ctx)
}

// run runs a query or a mutation, unless its stored response has been found, or begins a subscription. It refuses with
// UNAVAILABLE (503) where the client has gone, or time is up, before there is a response, and a subscription that
// cannot begin.
func (x *Execution) run(ctx context.Context) bool {
	p := x.pipeline
	switch {
	case x.body != nil:
		return true
	case x.IsSubscription():
		return x.subscribe(ctx)
	case x.claimed != nil:
		ctx = x.withClaim(ctx)
		x.context.RootResolverMiddleware = beginFields(x.context.RootResolverMiddleware)
	}
	if ctx.Err() == nil { // else nothing runs
		x.mayHaveBeenDone = true
	}
	limited, cancel := context.WithTimeout(ctx, p.limits.Deadline)
	x.accounts.open(limited, cancel, &p.limits)
	defer x.accounts.close()
	var run context.Context = &x.accounts
	if p.isFast {
		run, x.data = jsondata.WithWriter(run)
		x.data.Limit(&x.accounts.answer)
	}
	responses, run := p.executor.DispatchOperation(run, &x.context)
	if x.response = responses(run); x.response != nil {
		x.hasFailed = failedByServer(x.response.Errors)
		return true
	}
	return x.refuse(ctx, http.StatusServiceUnavailable, &model.Error{
		Code:    model.ErrorCodeUnavailable,
		Message: "the operation took more than " + p.limits.Deadline.String() + " and was cancelled",
	})
}

// account charges the operation for its response, and encodes it. A stored response is free, and the events of a
// subscription are charged as they come.
func (x *Execution) account(ctx context.Context) {
	if x.response != nil {
		cost := x.charge(ctx, x.response)
		x.buffer = responseBuffers.Get().(*[]byte)
		x.body = appendResponse((*x.buffer)[:0], x.response, &cost)
	}
}

// charge cuts the errors of a response to their limit, returns what it cost, and gives back what was taken in advance
// and it did not cost.
func (x *Execution) charge(ctx context.Context, response *graphql.Response) costReport {
	p := x.pipeline
	if n := len(response.Errors); n > p.limits.Errors {
		cut := Refuse(ctx, 0, model.LimitExceeded("", "there are %d errors; %d are shown", n, p.limits.Errors))
		response.Errors = append(response.Errors[:p.limits.Errors], cut.Errors...)
	}
	x.accounts.answered = int64(len(response.Data))
	// Data itself is an object.
	actual := x.price.fixed + max(0, x.objectsIn(response)-1) + x.costTaken()
	unused := x.owed - actual // negative where it cost more than it might have
	x.owed = 0
	left := p.budgets.refund(x.credential, unused)
	return costReport{requested: x.price.total, actual: actual, limit: p.limits.Cost, remaining: left}
}

// costTaken returns what the operation has taken beyond what is free. It is called once.
func (x *Execution) costTaken() int {
	taken, forPrice := x.accounts.taken()
	return taken.costBeyond(x.pipeline.budgets.takeFree(x.credential, forPrice))
}

// objectsIn returns how many objects a response has.
func (x *Execution) objectsIn(response *graphql.Response) int {
	if x.data != nil {
		return x.data.Objects()
	}
	return jsondata.CountObjects(response.Data)
}

// settle gives back what an operation holds that it has not used: the price of one that was answered from a stored
// response, or came to no end, beyond what it has taken of the database, and an idempotency key without a response. It
// releases the data of the response, which has been copied into the body.
func (x *Execution) settle(ctx context.Context) {
	if x.owed > 0 {
		x.owed = max(x.owed-x.costTaken(), 0)
	}
	x.giveBack()
	if x.claimed != nil {
		x.unclaim(ctx)
	}
	if x.data != nil {
		x.data.Release()
	}
}

// giveBack gives back what the operation has taken from the budget in advance.
func (x *Execution) giveBack() {
	if x.owed > 0 {
		x.pipeline.budgets.refund(x.credential, x.owed)
		x.owed = 0
	}
}

// costReport is extensions.cost of a response.
type costReport struct {
	requested int // the most it might have cost
	actual    int
	limit     int // of one operation
	remaining int // of the caller's budget
}
