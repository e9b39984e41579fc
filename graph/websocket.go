package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"callbook/model"
	"callbook/text"
)

// The close codes of the protocol graphql-transport-ws.
const (
	closeBadMessage    websocket.StatusCode = 4400
	closeUnauthorized  websocket.StatusCode = 4401
	closeForbidden     websocket.StatusCode = 4403
	closeSubprotocol   websocket.StatusCode = 4406
	closeInitTimeout   websocket.StatusCode = 4408
	closeDuplicateID   websocket.StatusCode = 4409
	closeTooMany       websocket.StatusCode = 4429
	closeTryAgain                           = websocket.StatusTryAgainLater
	socketSubprotocol                       = "graphql-transport-ws"
	maxOperationID                          = 1000 // bytes
	socketWriteTimeout                      = 10 * time.Second
)

// sockets answers GraphQL over websockets, by the protocol graphql-transport-ws.
type sockets struct{ *service }

// IsWebsocket tells whether a request asks for a websocket.
func IsWebsocket(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

func (t *sockets) serveHTTP(w http.ResponseWriter, r *http.Request) {
	t.underWay.Add(1)
	defer t.underWay.Done()
	greeted := func() {}
	if _, known := model.ActorFrom(r.Context()); !known {
		if bad := t.greeting.enter(r.Context(), 1); bad != nil {
			w.Header().Set("Retry-After", "1")
			Refuse(w, r, http.StatusServiceUnavailable, bad)
			return
		}
		greeted = sync.OnceFunc(func() { t.greeting.leave(1) })
	}
	defer func() { greeted() }()
	// The origin has been checked for all requests alike, before they come here.
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{socketSubprotocol}, InsecureSkipVerify: true})
	if err != nil {
		return // Accept has answered
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(t.limits.SocketMessage)
	if conn.Subprotocol() != socketSubprotocol {
		_ = conn.Close(closeSubprotocol, "Subprotocol not acceptable")
		return
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context())) // the request's own ends at once
	defer cancel()
	s := &socket{sockets: t, conn: conn, ctx: ctx, from: r.RemoteAddr, operations: map[string]*operation{},
		rate: rate.NewLimiter(rate.Limit(t.limits.SocketRate), 10*t.limits.SocketRate)}
	if s.initialise() {
		greeted()
		s.serve()
	}
}

// socket is one connection.
type socket struct {
	*sockets
	conn *websocket.Conn
	ctx  context.Context // ends with the connection; has the actor once it is initialised
	rate *rate.Limiter
	from string // the client's address

	mu         sync.Mutex
	operations map[string]*operation // under way, by id
	isOver     bool                  // nothing more begins
	closed     sync.Once
}

// message is a message of the protocol, either way.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// isWhole tells whether a message has what its type needs: an id, a payload that is an object.
func (m message) isWhole() bool {
	payload := bytes.TrimSpace(m.Payload)
	isObject := len(payload) > 0 && payload[0] == '{'
	switch m.Type {
	case "subscribe":
		return m.hasID() && isObject
	case "complete":
		return m.hasID()
	}
	return m.Type != "" && (isObject || len(payload) == 0 || string(payload) == "null")
}

func (m message) hasID() bool { return m.ID != "" && len(m.ID) <= maxOperationID }

// close ends the connection and says why.
func (s *socket) close(code websocket.StatusCode, reason string) {
	s.closed.Do(func() { _ = s.conn.Close(code, reason) })
}

func (s *socket) serve() {
	actor, _ := model.ActorFrom(s.ctx)
	if bad := s.service.sockets.enter(actor); bad != nil {
		s.close(closeTryAgain, cutBytes(bad.Message, 120))
		return
	}
	defer s.service.sockets.leave(actor)
	done := make(chan struct{})
	defer close(done)
	go s.watch(done)
	go s.keepAlive(done)
	for {
		m, ok := s.read(s.ctx)
		if !ok || !s.handle(m) {
			return
		}
	}
}

// watch ends the connection when its credential ends, or the server stops: first what is under way, then the connection.
func (s *socket) watch(done <-chan struct{}) {
	code, reason := websocket.StatusGoingAway, "the server stops"
	select {
	case <-s.auth.Ended(s.ctx):
		code, reason = closeForbidden, "Forbidden: the credential has ended"
	case <-s.stopping.Done():
	case <-done:
		return
	}
	s.finish(code == closeForbidden)
	s.close(code, reason)
}

// finish lets nothing more begin, and ends what is under way: at once, or, but for subscriptions, when it is done.
func (s *socket) finish(atOnce bool) {
	s.mu.Lock()
	s.isOver = true
	var running []*operation
	for id, o := range s.operations {
		if atOnce || o.lasts {
			o.cancel()
			delete(s.operations, id)
			continue
		}
		running = append(running, o)
	}
	s.mu.Unlock()
	for _, o := range running {
		<-o.ctx.Done() // it has a deadline
	}
}

// keepAlive pings the client, and drops the connection when it falls silent.
func (s *socket) keepAlive(done <-chan struct{}) {
	tick := time.NewTicker(s.limits.SocketIdle / 2)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			ctx, cancel := context.WithTimeout(s.ctx, s.limits.SocketIdle/2)
			err := s.conn.Ping(ctx)
			cancel()
			if err != nil {
				s.closed.Do(func() { _ = s.conn.CloseNow() })
				return
			}
		case <-done:
			return
		}
	}
}

// read answers the next message; false where there is none, and the connection is closed.
func (s *socket) read(ctx context.Context) (m message, ok bool) {
	kind, text, err := s.conn.Read(ctx)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			s.close(closeInitTimeout, "Connection initialisation timeout")
		}
		return m, false
	}
	if !s.rate.Allow() {
		s.close(closeTooMany, "Too many messages")
		return m, false
	}
	if kind != websocket.MessageText || parseObject(text, "the message", s.limits, &m) != nil || !m.isWhole() {
		s.close(closeBadMessage, "Invalid message: it must be JSON in text, with what its type needs")
		return m, false
	}
	return m, true
}

// initialise waits for connection_init and finds out who is there.
func (s *socket) initialise() bool {
	timer := time.AfterFunc(s.limits.InitTimeout, func() { s.close(closeInitTimeout, "Connection initialisation timeout") })
	defer timer.Stop()
	stays := context.AfterFunc(s.stopping, func() { s.close(websocket.StatusGoingAway, "the server stops") })
	defer stays()
	for {
		m, ok := s.read(s.ctx)
		if !ok {
			return false
		}
		switch m.Type {
		case "connection_init":
			return s.signIn(m.Payload) && s.send(message{Type: "connection_ack"})
		case "ping":
			s.send(message{Type: "pong", Payload: m.Payload})
		case "pong", "complete":
		case "subscribe":
			s.close(closeUnauthorized, "Unauthorized")
			return false
		default:
			s.closeUnknown(m.Type)
			return false
		}
	}
}

func (s *socket) closeUnknown(kind string) {
	s.close(closeBadMessage, cutBytes("Invalid message: there is no type "+text.Quote(kind), 100))
}

// signIn takes the credential of the handshake's headers, or of the payload: authorization or apiKey.
func (s *socket) signIn(payload json.RawMessage) bool {
	var fields map[string]json.RawMessage
	if len(payload) > 0 {
		_ = json.Unmarshal(payload, &fields) // an object, or null
	}
	given := map[string]string{}
	for name, value := range fields {
		var text string
		switch strings.ReplaceAll(strings.ToLower(name), "-", "") {
		case "authorization":
			name = "authorization"
		case "apikey", "xapikey":
			name = "apiKey"
		default:
			continue
		}
		if json.Unmarshal(value, &text) != nil || given[name] != "" {
			s.close(closeForbidden, "Forbidden: the credential must be one text")
			return false
		}
		given[name] = text
	}
	actor, known := model.ActorFrom(s.ctx)
	switch {
	case known && actor.Kind != model.CredentialKindNone && len(given) > 0:
		s.close(closeForbidden, "Forbidden: two credentials came at once; send one")
		return false
	case !known || len(given) > 0:
		var err error
		if actor, err = s.auth.Actor(s.ctx, given["authorization"], given["apiKey"], s.from); err != nil {
			s.close(closeForbidden, cutBytes("Forbidden: "+err.Error(), 120))
			return false
		}
	}
	s.ctx = model.WithActor(s.ctx, actor)
	return true
}

// cutBytes shortens a text to what a close frame holds, and no character in two.
func cutBytes(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// handle does what a message asks; false where the connection is over.
func (s *socket) handle(m message) bool {
	switch m.Type {
	case "subscribe":
		return s.subscribe(m)
	case "complete":
		s.stop(m.ID)
	case "ping":
		return s.send(message{Type: "pong", Payload: m.Payload})
	case "pong":
	case "connection_init":
		s.close(closeTooMany, "Too many initialisation requests")
		return false
	default:
		s.closeUnknown(m.Type)
		return false
	}
	return true
}

func (s *socket) send(m message) bool {
	ctx, cancel := context.WithTimeout(s.ctx, socketWriteTimeout)
	defer cancel()
	return s.conn.Write(ctx, websocket.MessageText, marshal(m)) == nil
}
