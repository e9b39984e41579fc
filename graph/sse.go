package graph

import (
	"context"
	"net/http"
	"time"

	"callbook/model"
)

const keepAlive = 12 * time.Second // comments, so that proxies do not take a quiet stream for a dead one

// stream answers by server-sent events, in the distinct-connections mode of GraphQL over SSE: an event next for each result, then
// an event complete. That one has a data line, empty, without which browsers drop an event.
func (t *transport) stream(w http.ResponseWriter, r *http.Request, form accepted, p *prepared) {
	actor, _ := model.ActorFrom(r.Context())
	if bad := t.sockets.enter(actor); bad != nil {
		status := http.StatusServiceUnavailable
		if bad.Code == model.ErrorCodeLimitExceeded {
			status = http.StatusTooManyRequests
		}
		t.answerRefusal(w, form, t.refuse(r.Context(), status, bad))
		return
	}
	defer t.sockets.leave(actor)
	if p.isSubscription() {
		p.request.release() // it may last, and needs no body any more
	}
	results, refused := t.results(r.Context(), p)
	if refused != nil {
		t.answerRefusal(w, form, refused)
		return
	}
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Time{}) // the request has been read; the stream may last
	t.openStream(w)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	bodies := make(chan []byte)
	go func() {
		defer close(bodies)
		next := func(body []byte) {
			select {
			case bodies <- body:
			case <-ctx.Done():
			}
		}
		defer func() {
			if cause := recover(); cause != nil {
				next(refusalBody(t.internal(ctx, cause)))
			}
		}()
		results(ctx, next)
	}()
	stopping := t.stopping
	if !p.isSubscription() {
		stopping = context.Background() // it is let finish
	}
	t.events(ctx, stopping, w, connection, bodies)
	cancel()
	for range bodies { // until the operation has ended: it may read files of the request
	}
}

// streamRefusal answers errors of the document as GraphQL over SSE has it: as a result in the stream, for EventSource reads no body of
// another status.
func (t *transport) streamRefusal(w http.ResponseWriter, r *http.Request, refused *refusal) {
	bodies := make(chan []byte, 1)
	bodies <- refusalBody(refused)
	close(bodies)
	t.openStream(w)
	t.events(r.Context(), t.stopping, w, http.NewResponseController(w), bodies)
}

func (t *transport) openStream(w http.ResponseWriter) {
	w.Header().Set("Content-Type", eventStreamType+"; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
}

// events writes results until there are no more, the client goes, or its credential ends.
func (t *transport) events(ctx, stopping context.Context, w http.ResponseWriter, connection *http.ResponseController, bodies <-chan []byte) {
	tick := time.NewTicker(keepAlive)
	defer tick.Stop()
	ended := t.auth.Ended(ctx)
	if connection.Flush() != nil {
		return
	}
	for {
		event := []byte(":\n\n")
		more := true
		select {
		case body, ok := <-bodies:
			if more = ok; ok {
				event = append(append([]byte("event: next\ndata: "), body...), "\n\n"...)
			} else {
				event = []byte("event: complete\ndata:\n\n")
			}
		case <-tick.C:
		case <-ended:
			more = false
			last := refusalBody(t.refuse(ctx, 0, model.Unauthenticated("your credential has ended")))
			event = append(append([]byte("event: next\ndata: "), last...), "\n\nevent: complete\ndata:\n\n"...)
		case <-stopping.Done():
			return
		case <-ctx.Done():
			return
		}
		_ = connection.SetWriteDeadline(time.Now().Add(t.limits.SocketIdle))
		if _, err := w.Write(event); err != nil || connection.Flush() != nil {
			return
		}
		_ = connection.SetWriteDeadline(time.Time{}) // it would hold for the connection's next request
		if !more {
			return
		}
	}
}

// results are what an operation answers, one body after the other, each given to next: one for a query or a mutation, any number for a
// subscription. It returns when there are no more, or ctx ends.
func (s *service) results(ctx context.Context, p *prepared) (func(ctx context.Context, next func([]byte)), *refusal) {
	if !p.isSubscription() {
		return func(ctx context.Context, next func([]byte)) {
			body, refused := s.run(ctx, p)
			if refused != nil {
				body = refusalBody(refused)
			}
			next(body)
		}, nil
	}
	leave, refused := s.admit(ctx, p)
	if refused != nil {
		return nil, refused
	}
	leave() // it waits, mostly; each of its results is paid for when it comes
	actor, _ := model.ActorFrom(ctx)
	s.budgets.refund(actor.CredentialKey(), p.price.total)
	return func(ctx context.Context, next func([]byte)) {
		if bad := s.watching.enter(actor); bad != nil {
			next(refusalBody(s.refuse(ctx, 0, bad)))
			return
		}
		defer s.watching.leave(actor)
		word, turn := &lastWord{}, newTurn(s.events)
		defer turn.end()
		ctx = context.WithValue(context.WithValue(ctx, lastWordKey{}, word), turnKey{}, turn)
		responses, ctx := s.exec.DispatchOperation(ctx, p.op)
		for {
			turn.await()
			response := responses(ctx)
			turn.end()
			if response == nil {
				if err := word.err.Load(); err != nil {
					next(refusalBody(s.refuse(ctx, 0, err)))
				}
				return
			}
			next(encode(s.finish(ctx, p, response)))
			if !s.budgets.wait(ctx, actor.CredentialKey()) {
				return
			}
		}
	}, nil
}
