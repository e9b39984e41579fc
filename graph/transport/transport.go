// Package transport reads GraphQL requests and writes their responses: over HTTP as JSON and with files, as event
// streams, and over websockets. What happens to an operation in between is the same for all: package operation.
package transport

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

	"callbook/auth"
	"callbook/graph/operation"
	"callbook/limiter"
)

// Options say how requests are served.
type Options struct {
	Pipeline *operation.Pipeline
	Auth     *auth.Auth
	Stopping context.Context // ends when the server begins to stop: websockets and subscriptions end then
	UnderWay *sync.WaitGroup // counts websockets and their operations
}

// handler serves GraphQL by all transports.
type handler struct {
	Options
	limits      operation.Limits
	connections *operation.Quota // websockets and event streams
	handshakes  *limiter.Limiter // websockets that have not signed in
}

// New returns a handler that serves GraphQL over HTTP, event streams and websockets. A request's context has the actor;
// a websocket may sign in by its first message.
func New(o Options) http.Handler {
	limits := o.Pipeline.Limits()
	return &handler{
		Options:     o,
		limits:      limits,
		connections: operation.NewQuota("websockets and event streams", limits.Sockets, limits.SocketsEach),
		handshakes:  limiter.New(limiter.Options{Size: int64(limits.Sockets)}),
	}
}

// ServeHTTP serves a request by the transport that it asks for. After a panic it responds with INTERNAL (500).
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		cause := recover()
		if err, _ := cause.(error); cause != nil && !errors.Is(err, http.ErrAbortHandler) {
			h.respondRefusal(w, accepted{best: jsonType}, h.Pipeline.Internal(r.Context(), cause))
		}
	}()
	if IsWebsocket(r) {
		h.serveWebsocket(w, r)
		return
	}
	h.serveRequest(w, r)
}

// IsWebsocket reports whether a request asks for a websocket.
func IsWebsocket(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}
