package operation

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/graph"
)

// Subscription is a subscription under way. Transports ask it for the next event when they have sent the one before, so
// a slow client makes the server read and render no more than it takes. It belongs to one goroutine.
type Subscription struct {
	execution *Execution
	ctx       context.Context // of the operation
	feed      *graph.Feed
	responses graphql.ResponseHandler
	release   func() // gives its place back; nil where it has none
	isBegun   bool
	isOver    bool
}

// subscribe begins a subscription. It gives back its price at once, as it gives back its turn, for mostly it waits; its
// events take permits and are paid for when they come. It refuses a client with too many subscriptions
// (LIMIT_EXCEEDED), and one whose source fails, with the errors of its field. The subscription ends with ctx.
func (x *Execution) subscribe(ctx context.Context) bool {
	p := x.pipeline
	x.giveBack()
	release, refused := p.subscriptions.Acquire(ctx, actorOf(ctx))
	if refused != nil {
		return x.refuse(ctx, 0, refused)
	}
	ctx, cancel := context.WithCancel(ctx)
	x.accounts.open(ctx, cancel, &p.limits)
	s := &Subscription{execution: x, feed: graph.NewFeed(p.events), release: release}
	source := p.newExecutor(graph.NewSubscriptionSchema(p.db, s.feed))
	var failures gqlerror.List // of the source; later ones are of events
	isBegun := false
	source.SetErrorPresenter(func(ctx context.Context, err error) *gqlerror.Error {
		presented := p.presenter.Present(ctx, err)
		if !isBegun {
			failures = append(failures, presented)
		}
		return presented
	})
	s.responses, s.ctx = source.DispatchOperation(&x.accounts, &x.context)
	isBegun = true
	if failures != nil {
		s.Close()
		return x.end(&Refusal{Errors: failures})
	}
	x.subscription = s
	return true
}

// Next returns the body of the next event. It waits until the credential's budget is not overdrawn, then for the event.
// ok is false at the end, or when the context has ended that the subscription was begun with.
func (s *Subscription) Next() (body []byte, ok bool) {
	if s.isOver {
		return nil, false
	}
	if s.isBegun && !s.execution.pipeline.budgets.waitForCredit(s.ctx, s.execution.credential) {
		s.isOver = true
		return nil, false
	}
	s.isBegun = true
	s.feed.Want()
	s.execution.accounts.database.Restart()
	s.execution.accounts.garbage.collectAsUsual()
	response := s.responses(s.ctx)
	s.feed.Rendered()
	if response == nil {
		s.isOver = true
		if err := s.feed.Err(); err != nil {
			return Refuse(s.ctx, 0, err).Body(), true
		}
		return nil, false
	}
	cost := s.execution.charge(s.ctx, response)
	return appendResponse(nil, response, &cost), true
}

// Close gives back the subscription's place. It must be called.
func (s *Subscription) Close() {
	s.feed.Rendered()
	s.execution.accounts.close()
	if s.release != nil {
		s.release()
	}
}
