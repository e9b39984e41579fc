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

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"callbook/model"
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
	socketSubprotocol                       = "graphql-transport-ws"
	socketWriteTimeout                      = 10 * time.Second
)

// sockets answers GraphQL over websockets, by the protocol graphql-transport-ws.
type sockets struct{ *service }

// IsWebsocket tells whether a request asks for a websocket.
func IsWebsocket(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

func (t *sockets) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if bad := t.service.sockets.enter(r.Context(), 1); bad != nil {
		w.Header().Set("Retry-After", "1")
		http.Error(w, bad.Message, http.StatusServiceUnavailable)
		return
	}
	defer t.service.sockets.leave(1)
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
	s := &socket{sockets: t, conn: conn, ctx: ctx, operations: map[string]context.CancelFunc{},
		rate: rate.NewLimiter(rate.Limit(t.limits.SocketRate), 10*t.limits.SocketRate)}
	s.serve()
}

// socket is one connection.
type socket struct {
	*sockets
	conn *websocket.Conn
	ctx  context.Context // ends with the connection; has the actor once it is initialised
	rate *rate.Limiter

	mu         sync.Mutex
	operations map[string]context.CancelFunc // under way, by id
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
		return m.ID != "" && isObject
	case "complete":
		return m.ID != ""
	}
	return m.Type != "" && (isObject || len(payload) == 0 || string(payload) == "null")
}

// close ends the connection and says why.
func (s *socket) close(code websocket.StatusCode, reason string) {
	s.closed.Do(func() { _ = s.conn.Close(code, reason) })
}

func (s *socket) serve() {
	if !s.initialise() {
		return
	}
	done := make(chan struct{})
	defer close(done)
	go s.watch(done)
	for {
		m, ok := s.read(s.ctx)
		if !ok || !s.handle(m) {
			return
		}
	}
}

// watch ends the connection when its credential ends, its client falls silent, or the server stops.
func (s *socket) watch(done <-chan struct{}) {
	ended := s.auth.Ended(s.ctx)
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
		case <-ended:
			s.close(closeForbidden, "Forbidden: the credential has ended")
			return
		case <-s.stopping.Done():
			s.close(websocket.StatusGoingAway, "the server stops")
			return
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
	if kind != websocket.MessageText || parseObject(text, "the message", &m) != nil || !m.isWhole() {
		s.close(closeBadMessage, "Invalid message: it must be JSON in text, with what its type needs")
		return m, false
	}
	return m, true
}

// initialise waits for connection_init and finds out who is there.
func (s *socket) initialise() bool {
	timer := time.AfterFunc(s.limits.InitTimeout, func() { s.close(closeInitTimeout, "Connection initialisation timeout") })
	defer timer.Stop()
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
		case "pong":
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
	s.close(closeBadMessage, cutBytes("Invalid message: there is no type "+model.Quote(kind), 100))
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
		if actor, err = s.auth.Actor(s.ctx, given["authorization"], given["apiKey"]); err != nil {
			s.close(closeForbidden, cutBytes("Forbidden: "+err.Error(), 120))
			return false
		}
	}
	s.ctx = model.WithActor(s.ctx, actor)
	return true
}

// cutBytes shortens a text to what a close frame holds.
func cutBytes(text string, most int) string {
	for len(text) > most {
		runes := []rune(text)
		text = string(runes[:len(runes)-1])
	}
	return text
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

func (s *socket) subscribe(m message) bool {
	req, bad := parseRequest(m.Payload, s.limits)
	if bad != nil && bad.err.Code == model.ErrorCodeBadUserInput {
		s.close(closeBadMessage, "Invalid message: the payload of subscribe is no request")
		return false
	}
	ctx := context.WithValue(s.ctx, requestIDKey{}, newRequestID())
	ctx, refused, isNew := s.claim(ctx, m.ID)
	if !isNew {
		s.close(closeDuplicateID, cutBytes("Subscriber for "+m.ID+" already exists", 120))
		return false
	}
	if refused == nil && bad != nil {
		s.stop(m.ID)
		refused = bad.err
	}
	if refused != nil {
		return s.fail(m.ID, s.refuse(ctx, 0, refused))
	}
	go s.operate(ctx, m.ID, req)
	return true
}

// claim takes an id for an operation that begins, if none under way has it.
func (s *socket) claim(ctx context.Context, id string) (_ context.Context, refused *model.Error, isNew bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.operations[id] != nil {
		return ctx, nil, false
	}
	if most := s.limits.SocketOperations; len(s.operations) >= most {
		return ctx, model.LimitExceeded("", "%d operations are under way on this websocket; at most %d", most, most), true
	}
	ctx, s.operations[id] = context.WithCancel(ctx)
	return ctx, nil, true
}

// stop ends an operation, and tells whether it was under way.
func (s *socket) stop(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	cancel, underWay := s.operations[id]
	if underWay {
		cancel()
		delete(s.operations, id)
	}
	return underWay
}

func (s *socket) fail(id string, refused *refusal) bool {
	return s.send(message{ID: id, Type: "error", Payload: marshal(refused.errs)})
}

// operate runs an operation and sends what it answers.
func (s *socket) operate(ctx context.Context, id string, req *request) {
	defer func() {
		if cause := recover(); cause != nil && s.stop(id) {
			s.fail(id, s.internal(ctx, cause))
		}
	}()
	p, refused := s.prepare(ctx, req)
	var results func(context.Context, func([]byte))
	if refused == nil {
		results, refused = s.results(ctx, p)
	}
	if refused != nil {
		if s.stop(id) {
			s.fail(id, refused)
		}
		return
	}
	results(ctx, func(body []byte) { s.next(id, body) })
	if s.stop(id) {
		s.send(message{ID: id, Type: "complete"})
	}
}

// next sends a result, unless the client has ended the operation.
func (s *socket) next(id string, body []byte) {
	s.mu.Lock()
	_, underWay := s.operations[id]
	s.mu.Unlock()
	if underWay && !s.send(message{ID: id, Type: "next", Payload: body}) {
		s.closed.Do(func() { _ = s.conn.CloseNow() })
	}
}
