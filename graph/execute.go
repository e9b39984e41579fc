package graph

import (
	"context"
	"math"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/auth"
	"callbook/db"
	"callbook/model"
)

// service runs operations for all transports: what it refuses and how is the same for each of them.
type service struct {
	db         *db.DB
	exec       graphql.GraphExecutor
	schema     *ast.Schema
	limits     Limits
	documents  *documents
	oneOf      *oneOf
	budgets    *budgets
	running    *gate
	each       *gates // of one credential
	memoryEach *gates
	watching   *seats // subscriptions
	events     *gate  // of subscriptions
	greeting   *gate  // of sockets that have not said who they are
	sockets    *seats
	memory     *gate // for large requests
	auth       *auth.Auth
	stopping   context.Context // ends when the server begins to
	underWay   *sync.WaitGroup // of websockets
	presenter  presenter
}

// refusal is why an operation is not run. A request error of the document goes out with 200 in plain JSON and with 400 in the
// newer form, as the specification has it; anything else has a status of its own.
type refusal struct {
	status     int // 0 for request errors
	errs       gqlerror.List
	retryAfter time.Duration
}

// prepared is an operation that may run.
type prepared struct {
	request *request
	op      *graphql.OperationContext
	price   price
	isPaid  bool // what was taken in advance and not used is given back
}

// selects tells whether an operation has a root field.
func (p *prepared) selects(field string) bool {
	return slices.ContainsFunc(graphql.CollectFields(p.op, p.op.Operation.SelectionSet, []string{"Mutation"}), func(f graphql.CollectedField) bool { return f.Name == field })
}

func (p *prepared) isMutation() bool     { return p.op.Operation.Operation == ast.Mutation }
func (p *prepared) isSubscription() bool { return p.op.Operation.Operation == ast.Subscription }

// prepare finds, checks and prices the operation that a request names, and runs nothing.
func (s *service) prepare(ctx context.Context, req *request) (*prepared, *refusal) {
	text, bad := s.documents.operation(req)
	if bad != nil {
		return nil, s.refuse(ctx, 0, bad)
	}
	document, errs := s.documents.parse(ctx, text)
	if errs != nil {
		return nil, s.refuseAll(ctx, errs)
	}
	if bad := checkVariables(req.Variables, s.limits); bad != nil {
		return nil, s.refuse(ctx, 0, bad)
	}
	if req.register != "" {
		s.documents.registered.add(req.register, text, len(text))
	}
	req.Query = text
	op, errs := s.exec.CreateOperationContext(context.WithValue(ctx, parsedKey{}, document), &req.RawParams)
	if errs != nil {
		return nil, s.refuseAll(ctx, errs)
	}
	if bad := s.oneOf.check(op.Operation, op.Variables); bad != nil {
		return nil, s.refuse(ctx, 0, bad)
	}
	if bad := checkNulls(op.Operation, op.Variables); bad != nil {
		return nil, s.refuse(ctx, 0, bad)
	}
	p := &prepared{request: req, op: op, price: priceOf(s.schema, op.Operation, op.Variables)}
	if p.price.total > s.limits.Cost {
		return nil, s.refuse(ctx, 0, model.LimitExceeded("query", "the operation may cost %d; at most %d: ask for shorter lists, or fewer of them", p.price.total, s.limits.Cost))
	}
	return p, nil
}

func (s *service) refuse(ctx context.Context, status int, bad *model.Error) *refusal {
	return &refusal{status: status, errs: presentRequest(ctx, asList(bad), false)}
}

func (s *service) refuseAll(ctx context.Context, errs gqlerror.List) *refusal {
	refused := &refusal{errs: presentRequest(ctx, errs, s.documents.suggestions)}
	if len(errs) > 0 && errs[0].Extensions["code"] == model.ErrorCodeUnavailable {
		refused.status, refused.retryAfter = http.StatusServiceUnavailable, time.Second
	}
	return refused
}

// run runs a query or a mutation, and answers the body of the response.
func (s *service) run(ctx context.Context, p *prepared) ([]byte, *refusal) {
	key, bad := idempotencyKey(p.request)
	if bad == nil && key != "" && p.selects("createApiKey") {
		bad = model.BadInput(idempotencyHeader, "does not go with createApiKey: what it answers is shown once, and kept nowhere")
	}
	if bad != nil && p.isMutation() {
		return nil, s.refuse(ctx, http.StatusBadRequest, bad)
	}
	leave, refused := s.admit(ctx, p)
	if refused != nil {
		return nil, refused
	}
	defer leave()
	defer s.refundUnpaid(ctx, p)
	ctx, cancel := context.WithTimeout(ctx, s.limits.Deadline)
	defer cancel()
	do := func(ctx context.Context) *graphql.Response {
		responses, ctx := s.exec.DispatchOperation(ctx, p.op)
		return s.finish(ctx, p, responses(ctx))
	}
	if p.isMutation() && key != "" && p.price.total > 0 {
		return s.runOnce(ctx, key, p, do)
	}
	response := do(ctx)
	if response == nil { // the client has gone, or time is up
		return nil, s.refuse(ctx, http.StatusServiceUnavailable, s.outOfTime())
	}
	return encode(response), nil
}

func (s *service) runOnce(ctx context.Context, key string, p *prepared, do func(context.Context) *graphql.Response) ([]byte, *refusal) {
	body, err := once(ctx, s.db, key, requestHash(ctx, p.request), s.limits.Deadline, do)
	if err == nil {
		return body, nil
	}
	e := s.presenter.present(ctx, err)
	status := http.StatusInternalServerError
	switch e.Extensions["code"] {
	case model.ErrorCodeConflict:
		status = http.StatusConflict
	case model.ErrorCodeUnavailable:
		status = http.StatusServiceUnavailable
	}
	return nil, &refusal{status: status, errs: gqlerror.List{e}}
}

// refundUnpaid gives back the price of an operation that was not run after all: answered from what is kept, or out of time.
func (s *service) refundUnpaid(ctx context.Context, p *prepared) {
	if actor, _ := model.ActorFrom(ctx); !p.isPaid {
		s.budgets.refund(actor.CredentialKey(), p.price.total)
	}
}

// admit takes the operation's price from its caller's budget, and waits for its turn.
func (s *service) admit(ctx context.Context, p *prepared) (leave func(), refused *refusal) {
	actor, _ := model.ActorFrom(ctx)
	if p.price.total == 0 {
		return func() {}, nil // it asks for nothing but __typename, as those do who want to know whether the server is well
	}
	if wait := s.budgets.spend(actor.CredentialKey(), p.price.total); wait > 0 {
		refused := s.refuse(ctx, http.StatusTooManyRequests, model.LimitExceeded("", "the operation may cost %d, and too little is left of your budget of %d, which gains %d a second; try again in %s",
			p.price.total, s.limits.Budget, s.limits.BudgetPerSecond, wait.Round(time.Millisecond)))
		refused.retryAfter = wait
		return nil, refused
	}
	leaveOwn, bad := func() {}, (*model.Error)(nil)
	if actor.Kind != model.CredentialKindNone { // else they are many people
		leaveOwn, bad = s.each.enter(ctx, actor.CredentialKey(), 1)
	}
	if bad == nil {
		if bad = s.running.enter(ctx, 1); bad == nil {
			return func() { s.running.leave(1); leaveOwn() }, nil
		}
		leaveOwn()
	}
	s.budgets.refund(actor.CredentialKey(), p.price.total)
	refused = s.refuse(ctx, http.StatusServiceUnavailable, bad)
	refused.retryAfter = time.Second
	return nil, refused
}

// finish cuts a response to size, says what it cost, and gives back what it did not.
func (s *service) finish(ctx context.Context, p *prepared, response *graphql.Response) *graphql.Response {
	if response == nil {
		return nil
	}
	if n := len(response.Errors); n > s.limits.Errors {
		response.Errors = append(response.Errors[:s.limits.Errors], s.refuse(ctx, 0, model.LimitExceeded("", "there are %d errors; %d are shown", n, s.limits.Errors)).errs...)
	}
	actor, _ := model.ActorFrom(ctx)
	actual := p.price.fixed + objectsIn(response.Data) - 1 // data itself is one of them
	unused := p.price.total - actual                       // less than nothing where it cost more than it might have
	if p.isSubscription() {
		unused = -actual // nothing was taken in advance
	}
	p.isPaid = true
	left := s.budgets.refund(actor.CredentialKey(), unused)
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions["cost"] = cost{p.price.total, max(actual, 0), s.limits.Cost, left}
	return response
}

// cost is extensions.cost of a response.
type cost struct {
	requested int // the most it might have cost
	actual    int // what it did
	limit     int // of one operation
	remaining int // of the caller's budget
}

func (s *service) outOfTime() *model.Error {
	return &model.Error{Code: model.ErrorCodeUnavailable, Message: "the operation took more than " + s.limits.Deadline.String() + " and was cancelled"}
}

// seconds is a wait for Retry-After.
func (r *refusal) seconds() int { return int(math.Ceil(r.retryAfter.Seconds())) }
