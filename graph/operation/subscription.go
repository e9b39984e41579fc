package operation

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"callbook/graph"
)

// Subscription is a subscription under way. Transports ask it for the next event when they have sent the one before, so
// a slow client makes the server read and render no more than it takes. It belongs to one goroutine.
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

// subscribe begins a subscription. It gives back its price at once, as it gives back its turn, for mostly it waits; its
// events take permits and are paid for when they come. For a client with too many subscriptions the only result is
// LIMIT_EXCEEDED. The subscription ends with ctx.
func (x *Execution) subscribe(ctx context.Context) *Subscription {
	p := x.pipeline
	x.giveBack(ctx)
	s := &Subscription{execution: x, ctx: ctx, feed: graph.NewFeed(p.events)}
	release, refused := p.subscriptions.Acquire(ctx, actorOf(ctx))
	if refused != nil {
		s.last, s.isOver = Refuse(ctx, 0, refused).Body(), true
		return s
	}
	s.release = release
	executable := graph.NewSubscriptionSchema(p.db, s.feed)
	s.responses, s.ctx = p.newExecutor(executable).DispatchOperation(ctx, x.context)
	return s
}

// Next returns the body of the next event. It waits until the credential's budget is not overdrawn, then for the event.
// ok is false at the end, or when the context has ended that the subscription was begun with.
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
	s.execution.charge(s.ctx, response)
	return encode(response), true
}

// Close gives back the subscription's place. It must be called.
func (s *Subscription) Close() {
	s.feed.Rendered()
	if s.release != nil {
		s.release()
	}
}
