package transport

import (
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

// stream responds with server-sent events, in the distinct-connections mode of GraphQL over SSE: an event next for each
// result, then an event complete. It refuses with LIMIT_EXCEEDED (429) or UNAVAILABLE (503) where there is no place for
// the stream.
func (h *handler) stream(w http.ResponseWriter, r *http.Request, form accepted, x *operation.Execution) {
	release, bad := h.connections.Acquire(r.Context(), actorOf(r.Context()))
	if bad != nil {
		status := http.StatusServiceUnavailable
		if bad.Code == model.ErrorCodeLimitExceeded {
			status = http.StatusTooManyRequests
		}
		h.respondRefusal(w, form, operation.Refuse(r.Context(), status, bad))
		return
	}
	defer release()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	results, refused := x.Results(ctx)
	if refused != nil {
		h.respondRefusal(w, form, refused)
		return
	}
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Time{}) // the request has been read; the stream may last
	openStream(w)
	stopping := h.Stopping
	if !x.IsSubscription() {
		stopping = context.Background() // a query or a mutation finishes
	}
	bodies := h.pump(ctx, results)
	h.writeEvents(ctx, stopping, w, connection, bodies)
	cancel()
	for range bodies { // until the operation has ended: it may be reading files of the request
	}
}

// pump sends results to a channel until there are no more, or ctx ends, and closes it.
func (h *handler) pump(ctx context.Context, results operation.Results) <-chan []byte {
	bodies := make(chan []byte)
	send := func(body []byte) {
		select {
		case bodies <- body:
		case <-ctx.Done():
		}
	}
	go func() {
		defer close(bodies)
		defer results.Close()
		defer func() {
			if cause := recover(); cause != nil {
				send(h.Pipeline.Internal(ctx, cause).Body())
			}
		}()
		for body, ok := results.Next(); ok; body, ok = results.Next() {
			send(body)
		}
	}()
	return bodies
}

// streamRefusal writes errors of the document as a result in the stream, as GraphQL over SSE has it: EventSource reads
// no body of another status.
func (h *handler) streamRefusal(w http.ResponseWriter, r *http.Request, refused *operation.Refusal) {
	bodies := make(chan []byte, 1)
	bodies <- refused.Body()
	close(bodies)
	openStream(w)
	h.writeEvents(r.Context(), h.Stopping, w, http.NewResponseController(w), bodies)
}

func openStream(w http.ResponseWriter) {
	w.Header().Set("Content-Type", eventStreamHeader)
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
}

// writeEvents writes results until there are no more, the client goes, its credential ends, or the server stops.
func (h *handler) writeEvents(
	ctx, stopping context.Context, w http.ResponseWriter, connection *http.ResponseController, bodies <-chan []byte,
) {
	tick := time.NewTicker(keepAliveInterval)
	defer tick.Stop()
	ended := h.Auth.Ended(ctx)
	if connection.Flush() != nil {
		return
	}
	for {
		var event []byte
		isLast := false
		select {
		case body, more := <-bodies:
			if isLast = !more; isLast {
				event = []byte(completeEvent)
			} else {
				event = nextEvent(body)
			}
		case <-tick.C:
			event = []byte(":\n\n")
		case <-ended:
			isLast = true
			bad := operation.Refuse(ctx, 0, model.Unauthenticated("your credential has ended"))
			event = append(nextEvent(bad.Body()), completeEvent...)
		case <-stopping.Done():
			return
		case <-ctx.Done():
			return
		}
		_ = connection.SetWriteDeadline(time.Now().Add(h.limits.SocketIdle))
		if _, err := w.Write(event); err != nil || connection.Flush() != nil {
			return
		}
		_ = connection.SetWriteDeadline(time.Time{}) // it would hold for the connection's next request
		if isLast {
			return
		}
	}
}

// completeEvent has a data line, though it is empty: browsers drop an event without one.
const completeEvent = "event: complete\ndata:\n\n"

func nextEvent(body []byte) []byte {
	event := make([]byte, 0, len(body)+len("event: next\ndata: \n\n"))
	return append(append(append(event, "event: next\ndata: "...), body...), "\n\n"...)
}

func actorOf(ctx context.Context) model.Actor {
	actor, _ := model.ActorFrom(ctx)
	return actor
}
