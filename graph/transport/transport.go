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
	// NoteSignIn is called with the context of the request of a websocket that has signed in; may be nil.
	NoteSignIn func(context.Context)
}

// handler serves GraphQL by all transports.
type handler struct {
	Options
	limits      operation.Limits
	connections *operation.Quota // websockets and event streams
	handshakes  *limiter.Shared  // websockets that have not signed in, in all and by address
}

// addressShare is which part of the websockets that have not signed in one address may have.
const addressShare = 10

// New returns a handler that serves GraphQL over HTTP, event streams and websockets. A request's context has the actor;
// a websocket may sign in by its first message.
func New(o Options) http.Handler {
	limits := o.Pipeline.Limits()
	if o.NoteSignIn == nil {
		o.NoteSignIn = func(context.Context) {}
	}
	return &handler{
		Options:     o,
		limits:      limits,
		connections: operation.NewQuota("websockets and event streams", limits.Sockets, limits.SocketsEach),
		handshakes: limiter.NewShared(limiter.Options{Size: int64(limits.Sockets)},
			limiter.Options{Size: max(int64(limits.Sockets)/addressShare, 1)}),
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
