package transport

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"callbook/graph/operation"
	"callbook/model"
)

const (
	keepAliveInterval = 12 * time.Second // between comments, so that proxies do not take a quiet stream for a dead one
	eventStreamHeader = eventStreamType + "; charset=utf-8"
)

// eventStream is a response of server-sent events, in the distinct-connections mode of GraphQL over SSE: an event next
// for each result, then an event complete. A goroutine of its own writes it, so that it is kept alive, and ends in
// time, while the operation runs.
type eventStream struct {
	*handler
	w          http.ResponseWriter
	connection *http.ResponseController
	ctx        context.Context // of the operation
	cancel     context.CancelFunc
	release    func()          // gives its place back; nil until it has one
	stopping   context.Context // ends the stream with the server; a query or a mutation finishes
	bodies     chan []byte     // results; nil until the stream is open
	written    chan struct{}   // closed when nothing more is written
}

// serveStream serves a client that takes an event stream. A query or a mutation is streamed only where the client likes
// that best.
func (h *handler) serveStream(w http.ResponseWriter, r *http.Request, form accepted, req *operation.Request) {
	s := &eventStream{handler: h, w: w, connection: http.NewResponseController(w), stopping: context.Background()}
	s.ctx, s.cancel = context.WithCancel(r.Context())
	defer s.close()
	req.Permit = func(x *operation.Execution) *operation.Refusal { return s.permit(r, form, x) }
	result, refused := s.execute(req)
	switch {
	case s.bodies != nil && refused != nil:
		s.send(refused.Body())
	case s.bodies != nil:
		s.send(result.Body)
	case refused != nil && refused.Status == 0 && (form.best == eventStreamType || s.release != nil):
		// Errors of the document, and of a subscription that cannot begin, are a result, as GraphQL over SSE has it:
		// EventSource reads no other status.
		s.open()
		s.send(refused.Body())
	case refused != nil:
		h.respondRefusal(w, form, refused)
	case result.Subscription != nil:
		s.sendEvents(result.Subscription)
	default:
		respond(w, http.StatusOK, form.best, result.Body)
	}
}

// permit refuses what refuseMethod does, and a stream for which there is no place: LIMIT_EXCEEDED (429), UNAVAILABLE
// (503). It opens the stream of a query or a mutation; that of a subscription is opened when it has begun.
func (s *eventStream) permit(r *http.Request, form accepted, x *operation.Execution) *operation.Refusal {
	if refused := refuseMethod(s.w, r, form, x); refused != nil {
		return refused
	}
	if !x.IsSubscription() && form.best != eventStreamType {
		return nil
	}
	release, bad := s.connections.Acquire(s.ctx, actorOf(s.ctx))
	if bad != nil {
		status := http.StatusServiceUnavailable
		if bad.Code == model.ErrorCodeLimitExceeded {
			status = http.StatusTooManyRequests
		}
		return operation.Refuse(s.ctx, status, bad)
	}
	s.release = release
	if x.IsSubscription() {
		s.stopping = s.Stopping
	} else {
		s.open()
	}
	return nil
}

// execute takes a request through the pipeline. Where the stream is open, a panic is a refusal (INTERNAL).
func (s *eventStream) execute(req *operation.Request) (result *operation.Result, refused *operation.Refusal) {
	defer func() {
		if s.bodies == nil {
			return
		}
		if cause := recover(); cause != nil {
			refused = s.Pipeline.Internal(s.ctx, cause)
		}
	}()
	return s.Pipeline.Execute(s.ctx, req)
}

// sendEvents opens the stream and sends the events of a subscription until it ends.
func (s *eventStream) sendEvents(subscription *operation.Subscription) {
	defer subscription.Close()
	defer func() {
		if cause := recover(); cause != nil {
			s.send(s.Pipeline.Internal(s.ctx, cause).Body())
		}
	}()
	s.open()
	for body, ok := subscription.Next(); ok; body, ok = subscription.Next() {
		s.send(body)
	}
}

// open begins the response. From then on only the stream's goroutine writes.
func (s *eventStream) open() {
	_ = s.connection.SetReadDeadline(time.Time{}) // the request has been read; the stream may last
	s.w.Header().Set("Content-Type", eventStreamHeader)
	s.w.Header().Set("X-Accel-Buffering", "no")
	s.w.WriteHeader(http.StatusOK)
	s.bodies, s.written = make(chan []byte), make(chan struct{})
	go func() {
		defer close(s.written)
		defer s.cancel()
		s.write()
	}()
}

// send sends a result to be written, unless the stream has ended.
func (s *eventStream) send(body []byte) {
	select {
	case s.bodies <- body:
	case <-s.ctx.Done():
	}
}

// close ends the stream, when all that was sent is written, and gives its place back.
func (s *eventStream) close() {
	if s.bodies != nil {
		close(s.bodies)
		<-s.written
	}
	s.cancel()
	if s.release != nil {
		s.release()
	}
}

// write writes results until there are no more, the client goes, its credential ends, or the server stops.
func (s *eventStream) write() {
	tick := time.NewTicker(keepAliveInterval)
	defer tick.Stop()
	ended := s.Auth.Ended(s.ctx)
	if s.connection.Flush() != nil {
		return
	}
	for {
		var event []byte
		isLast := false
		select {
		case body, more := <-s.bodies:
			if isLast = !more; isLast {
				event = []byte(completeEvent)
			} else {
				event = nextEvent(body)
			}
		case <-tick.C:
			event = []byte(":\n\n")
		case <-ended:
			isLast = true
			bad := operation.Refuse(s.ctx, 0, model.Unauthenticated("your credential has ended"))
			event = append(nextEvent(bad.Body()), completeEvent...)
		case <-s.stopping.Done():
			return
		case <-s.ctx.Done():
			return
		}
		if !s.writeEvent(event) || isLast {
			return
		}
	}
}

// writeEvent reports whether the client has taken an event.
func (s *eventStream) writeEvent(event []byte) bool {
	_ = s.connection.SetWriteDeadline(time.Now().Add(s.limits.SocketIdle))
	if _, err := s.w.Write(event); err != nil || s.connection.Flush() != nil {
		return false
	}
	_ = s.connection.SetWriteDeadline(time.Time{}) // it would hold for the connection's next request
	return true
}

// completeEvent has a data line, though it is empty: browsers drop an event without one.
const completeEvent = "event: complete\ndata:\n\n"

// nextEvent returns the event of a response, as one line. No text of JSON has a line break in it, but values of the
// scalar JSON end with one.
func nextEvent(body []byte) []byte {
	event := make([]byte, 0, len(body)+len("event: next\ndata: \n\n"))
	event = append(event, "event: next\ndata: "...)
	for line := range bytes.SplitSeq(body, []byte("\n")) {
		event = append(event, line...)
	}
	return append(event, "\n\n"...)
}

func actorOf(ctx context.Context) model.Actor {
	actor, _ := model.ActorFrom(ctx)
	return actor
}
