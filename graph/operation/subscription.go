package operation

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"callbook/graph"
)

// Results are the results of an operation, for transports that stream: one for a query or a mutation, any number for a
// subscription. They belong to one goroutine.
type Results interface {
	// Next returns the body of the next result, and waits for it. ok is false where there is none: at the end, or when the
	// context that the results were made with has ended.
	Next() (body []byte, ok bool)
	// Close gives back what the results hold. It must be called.
	Close()
}

// Results returns the operation's results. A subscription has begun then; a query or a mutation runs when its result
// is asked for, and its refusal is a result. They end with ctx.
func (x *Execution) Results(ctx context.Context) (Results, *Refusal) {
	if x.IsSubscription() {
		return x.subscribe(ctx)
	}
	return &singleResult{execution: x, ctx: ctx}, nil
}

// singleResult is the result of a query or a mutation.
type singleResult struct {
	execution *Execution
	ctx       context.Context
	isDone    bool
}

func (s *singleResult) Next() ([]byte, bool) {
	if s.isDone {
		return nil, false
	}
	s.isDone = true
	body, refused := s.execution.Execute(s.ctx)
	if refused != nil {
		body = refused.Body()
	}
	return body, true
}

func (s *singleResult) Close() {}

// Subscription is a subscription under way. Transports ask it for the next event when they have sent the one before, so
// a slow client makes the server read and render no more than it takes.
type Subscription struct {
	execution *Execution
	ctx       context.Context // of the operation
	feed      *graph.Feed
	responses graphql.ResponseHandler
	last      []byte // the body of a last result; nil where there is none
	release   func() // gives its place back; nil where it has none
	isBegun   bool
	isOver    bool
}

// subscribe begins a subscription. It is admitted as other operations are, and gives its turn and its price back at
// once, for mostly it waits; its events take permits and are paid for when they come. What the request has reserved is
// released. For a client with too many subscriptions the only result is LIMIT_EXCEEDED.
func (x *Execution) subscribe(ctx context.Context) (*Subscription, *Refusal) {
	defer x.request.Reservation.Release()
	if !x.admit(ctx) {
		return nil, x.refusal
	}
	p, actor := x.pipeline, actorOf(ctx)
	p.budgets.refund(actor.CredentialKey(), x.price.total)
	s := &Subscription{execution: x, feed: graph.NewFeed(p.events)}
	release, refused := p.subscriptions.Acquire(ctx, actor)
	if refused != nil {
		s.last, s.isOver = Refuse(ctx, 0, refused).Body(), true
		return s, nil
	}
	s.release = release
	executable := graph.NewSubscriptionSchema(p.db, s.feed)
	s.responses, s.ctx = p.newExecutor(executable).DispatchOperation(ctx, x.context)
	return s, nil
}

// Next returns the next event. It waits until the credential has paid for the events before, and for the event itself.
func (s *Subscription) Next() (body []byte, ok bool) {
	if s.isOver {
		body, s.last = s.last, nil
		return body, body != nil
	}
	if s.isBegun && !s.execution.pipeline.budgets.waitForCredit(s.ctx, actorOf(s.ctx).CredentialKey()) {
		s.isOver = true
		return nil, false
	}
	s.isBegun = true
	s.feed.Want()
	response := s.responses(s.ctx)
	s.feed.Rendered()
	if response == nil {
		s.isOver = true
		if err := s.feed.Err(); err != nil {
			return Refuse(s.ctx, 0, err).Body(), true
		}
		return nil, false
	}
	s.execution.response = response
	s.execution.account(s.ctx)
	return encode(response), true
}

// Close gives back the subscription's place.
func (s *Subscription) Close() {
	s.feed.Rendered()
	if s.release != nil {
		s.release()
	}
}
