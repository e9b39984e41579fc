package transport

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"callbook/auth"
	"callbook/graph/operation"
	"callbook/model"
	"callbook/text"
)

// The close codes of the protocol graphql-transport-ws.
const (
	closeBadMessage   websocket.StatusCode = 4400
	closeUnauthorized websocket.StatusCode = 4401
	closeForbidden    websocket.StatusCode = 4403
	closeSubprotocol  websocket.StatusCode = 4406
	closeInitTimeout  websocket.StatusCode = 4408
	closeDuplicateID  websocket.StatusCode = 4409
	closeTooMany      websocket.StatusCode = 4429
)

const (
	subprotocol           = "graphql-transport-ws"
	websocketWriteTimeout = 10 * time.Second
	maxCloseReason        = 120 // bytes; a close frame holds 123
)

// serveWebsocket serves GraphQL over a websocket, by the protocol graphql-transport-ws. Websockets that have not
// signed in are limited in number, of one address to a tenth: a further one is refused with UNAVAILABLE (503).
func (h *handler) serveWebsocket(w http.ResponseWriter, r *http.Request) {
	h.UnderWay.Add(1)
	defer h.UnderWay.Done()
	signedIn := func() {}
	if _, known := model.ActorFrom(r.Context()); !known {
		release, err := h.handshakes.Acquire(r.Context(), auth.Address(r.RemoteAddr).String(), 1)
		if err != nil {
			w.Header().Set("Retry-After", "1")
			Refuse(w, r, http.StatusServiceUnavailable, operation.Busy("sockets"))
			return
		}
		signedIn = sync.OnceFunc(release)
	}
	defer func() { signedIn() }()
	// The origin of all requests has been checked by package web.
	options := &websocket.AcceptOptions{Subprotocols: []string{subprotocol}, InsecureSkipVerify: true}
	conn, err := websocket.Accept(w, r, options)
	if err != nil {
		return // Accept has answered
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(h.limits.SocketMessage)
	if conn.Subprotocol() != subprotocol {
		_ = conn.Close(closeSubprotocol, "Subprotocol not acceptable")
		return
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context())) // the request's own context ends at once
	defer cancel()
	c := &connection{
		handler: h, conn: conn, ctx: ctx, address: r.RemoteAddr, operations: map[string]*socketOperation{},
		rate: rate.NewLimiter(rate.Limit(h.limits.SocketRate), 10*h.limits.SocketRate),
	}
	if c.initialise() {
		signedIn()
		h.NoteSignIn(r.Context())
		c.serve()
	}
}

// connection is one websocket.
type connection struct {
	*handler
	conn    *websocket.Conn
	ctx     context.Context // ends with the websocket; has the actor once it is initialised
	rate    *rate.Limiter
	address string // of the client

	mu         sync.Mutex
	operations map[string]*socketOperation // under way, by id
	isOver     bool                        // nothing more begins
	closed     sync.Once
}

// close closes the websocket with a code and a reason, cut to what a close frame holds. Only the first call counts.
func (c *connection) close(code websocket.StatusCode, reason string) {
	c.closed.Do(func() { _ = c.conn.Close(code, cutBytes(reason, maxCloseReason)) })
}

// drop closes the connection without a close code, as it is when the client no longer reads.
func (c *connection) drop() {
	c.closed.Do(func() { _ = c.conn.CloseNow() })
}

// serve reads messages until the websocket is closed, then ends what is under way.
func (c *connection) serve() {
	release, bad := c.connections.Acquire(c.ctx, actorOf(c.ctx))
	if bad != nil {
		c.close(websocket.StatusTryAgainLater, bad.Message)
		return
	}
	defer release()
	done := make(chan struct{})
	defer close(done)
	go c.watch(done)
	go c.keepAlive(done)
	for {
		m, ok := c.read(c.ctx)
		if !ok || !c.handle(m) {
			return
		}
	}
}

// watch closes the websocket when its credential ends, or the server stops: first what is under way, then the
// websocket.
func (c *connection) watch(done <-chan struct{}) {
	select {
	case <-c.Auth.Ended(c.ctx):
		c.finish(true)
		c.close(closeForbidden, "Forbidden: the credential has ended")
	case <-c.Stopping.Done():
		c.finish(false)
		c.close(websocket.StatusGoingAway, "the server stops")
	case <-done:
	}
}

// finish lets nothing more begin, and ends what is under way: at once, or, but for subscriptions, when it is done.
func (c *connection) finish(atOnce bool) {
	c.mu.Lock()
	c.isOver = true
	var running []*socketOperation
	for id, o := range c.operations {
		if atOnce || o.lasts {
			o.cancel()
			delete(c.operations, id)
			continue
		}
		running = append(running, o)
	}
	c.mu.Unlock()
	for _, o := range running {
		<-o.ctx.Done() // it has a deadline
	}
}

// keepAlive pings the client, and drops the websocket when it falls silent.
func (c *connection) keepAlive(done <-chan struct{}) {
	tick := time.NewTicker(c.limits.SocketIdle / 2)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			ctx, cancel := context.WithTimeout(c.ctx, c.limits.SocketIdle/2)
			err := c.conn.Ping(ctx)
			cancel()
			if err != nil {
				c.drop()
				return
			}
		case <-done:
			return
		}
	}
}

// read returns the next message. ok is false where there is none and the websocket is closed.
func (c *connection) read(ctx context.Context) (m message, ok bool) {
	kind, body, err := c.conn.Read(ctx)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			c.close(closeInitTimeout, "Connection initialisation timeout")
		}
		return m, false
	}
	if !c.rate.Allow() {
		c.close(closeTooMany, "Too many messages")
		return m, false
	}
	m, ok = parseMessage(body, c.limits)
	if kind != websocket.MessageText || !ok || !m.isComplete() {
		c.close(closeBadMessage, "Invalid message: it must be JSON in text, with what its type needs")
		return m, false
	}
	return m, true
}

// initialise waits for connection_init and signs in. It reports whether the websocket may be served.
func (c *connection) initialise() bool {
	timeout := time.AfterFunc(c.limits.InitTimeout, func() {
		c.close(closeInitTimeout, "Connection initialisation timeout")
	})
	defer timeout.Stop()
	stopWatching := context.AfterFunc(c.Stopping, func() { c.close(websocket.StatusGoingAway, "the server stops") })
	defer stopWatching()
	for {
		m, ok := c.read(c.ctx)
		if !ok {
			return false
		}
		switch m.Type {
		case "connection_init":
			return c.signIn(m.Payload) && c.send(message{Type: "connection_ack"})
		case "ping":
			c.send(message{Type: "pong", Payload: m.Payload})
		case "pong", "complete":
		case "subscribe":
			c.close(closeUnauthorized, "Unauthorized")
			return false
		default:
			return c.closeUnknown(m.Type)
		}
	}
}

// closeUnknown closes the websocket for a message of no known type. It returns false: it does not stay open.
func (c *connection) closeUnknown(kind string) bool {
	c.close(closeBadMessage, cutBytes("Invalid message: there is no type "+text.Quote(kind), 100))
	return false
}

// handle acts on a message. It reports whether the websocket stays open.
func (c *connection) handle(m message) bool {
	switch m.Type {
	case "subscribe":
		return c.subscribe(m)
	case "complete":
		c.cancel(m.ID)
	case "ping":
		return c.send(message{Type: "pong", Payload: m.Payload})
	case "pong":
	case "connection_init":
		c.close(closeTooMany, "Too many initialisation requests")
		return false
	default:
		return c.closeUnknown(m.Type)
	}
	return true
}

// send writes a message, and reports whether it was written.
func (c *connection) send(m message) bool {
	ctx, cancel := context.WithTimeout(c.ctx, websocketWriteTimeout)
	defer cancel()
	return c.conn.Write(ctx, websocket.MessageText, operation.Marshal(m)) == nil
}

// signIn takes the credential of the handshake's headers, or of the payload of connection_init: authorization or
// apiKey. The same one may be in both. It closes the websocket (4403) for two credentials, and for one that is not
// accepted, and (4429) where too many were refused from the client's address.
func (c *connection) signIn(payload json.RawMessage) bool {
	given, ok := credentialsIn(payload)
	if !ok {
		c.close(closeForbidden, "Forbidden: the credential must be one text")
		return false
	}
	actor, known := model.ActorFrom(c.ctx)
	if !known || len(given) > 0 {
		fromPayload, err := c.Auth.Actor(c.ctx, given["authorization"], given["apiKey"], c.address)
		switch {
		case errors.As(err, new(*auth.TooManyRefusals)):
			c.close(closeTooMany, "Too many refused credentials: "+err.Error())
			return false
		case err != nil:
			c.close(closeForbidden, "Forbidden: "+err.Error())
			return false
		case known && actor.Kind != model.CredentialKindNone && !reflect.DeepEqual(actor, fromPayload):
			c.close(closeForbidden, "Forbidden: two credentials came at once; send one")
			return false
		}
		actor = fromPayload
	}
	c.ctx = model.WithActor(c.ctx, actor)
	return true
}

// cutBytes shortens a text to at most so many bytes, and does not cut a character in two.
func cutBytes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
