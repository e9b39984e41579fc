package graph

import (
	"context"

	"callbook/model"
)

func (s *socket) subscribe(m message) bool {
	req, bad := parseRequest(m.Payload, s.limits)
	if bad != nil && bad.err.Code == model.ErrorCodeBadUserInput {
		s.close(closeBadMessage, "Invalid message: the payload of subscribe is no request")
		return false
	}
	ctx := context.WithValue(s.ctx, requestIDKey{}, newRequestID())
	o, refused := s.claim(ctx, m.ID)
	if o == nil && refused == nil {
		s.close(closeDuplicateID, cutBytes("Subscriber for "+m.ID+" already exists", 120))
		return false
	}
	if refused == nil && bad != nil {
		s.end(o)
		refused = bad.err
	}
	if refused != nil {
		return s.fail(m.ID, s.refuse(ctx, 0, refused))
	}
	go s.operate(o, req, len(m.Payload))
	return true
}

// operation is an operation under way. Its id may be taken anew as soon as the client has ended it.
type operation struct {
	id     string
	ctx    context.Context // ends with it
	cancel context.CancelFunc
	lasts  bool // it is a subscription
}

// claim takes an id for an operation that begins; it answers nothing where one under way has it.
func (s *socket) claim(ctx context.Context, id string) (*operation, *model.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	most := s.limits.SocketOperations
	switch {
	case s.operations[id] != nil:
		return nil, nil
	case s.isOver:
		return nil, model.Unauthenticated("the connection ends")
	case len(s.operations) >= most:
		return nil, model.LimitExceeded("", "%d operations are under way on this websocket; at most %d", most, most)
	}
	o := &operation{id: id}
	o.ctx, o.cancel = context.WithCancel(ctx)
	s.operations[id] = o
	return o, nil
}

// stop ends the operation with an id, as the client wishes.
func (s *socket) stop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.operations[id]; o != nil {
		o.cancel()
		delete(s.operations, id)
	}
}

// end ends an operation, and tells whether it was still under way.
func (s *socket) end(o *operation) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.cancel()
	underWay := s.operations[o.id] == o
	if underWay {
		delete(s.operations, o.id)
	}
	return underWay
}

func (s *socket) fail(id string, refused *refusal) bool {
	return s.send(message{ID: id, Type: "error", Payload: marshal(refused.errs)})
}

// operate runs an operation and sends what it answers.
func (s *socket) operate(o *operation, req *request, size int) {
	defer func() {
		if cause := recover(); cause != nil {
			s.endWith(o, s.internal(o.ctx, cause))
		}
	}()
	if size > smallBody {
		leave, bad := s.reserve(o.ctx, bodyWeight*int64(size))
		if bad != nil {
			s.endWith(o, s.refuse(o.ctx, 0, bad))
			return
		}
		req.release = leave
	}
	defer req.release()
	p, refused := s.prepare(o.ctx, req)
	var results func(context.Context, func([]byte))
	if refused == nil {
		results, refused = s.results(o.ctx, p)
	}
	if refused != nil {
		s.endWith(o, refused)
		return
	}
	if p.isSubscription() {
		req.release() // it may last, and needs no body any more
		if !s.outlast(o) {
			return
		}
	}
	results(o.ctx, func(body []byte) { s.next(o, body) })
	if s.end(o) {
		s.send(message{ID: o.id, Type: "complete"})
	}
}

// outlast marks an operation as one that lasts until somebody ends it; false where the connection ends already.
func (s *socket) outlast(o *operation) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.lasts = true
	if s.isOver {
		o.cancel()
	}
	return !s.isOver
}

// endWith ends an operation that is refused, and says why unless the client has ended it.
func (s *socket) endWith(o *operation, refused *refusal) {
	if s.end(o) {
		s.fail(o.id, refused)
	}
}

// next sends a result, unless the client has ended the operation.
func (s *socket) next(o *operation, body []byte) {
	s.mu.Lock()
	underWay := s.operations[o.id] == o
	s.mu.Unlock()
	if underWay && !s.send(message{ID: o.id, Type: "next", Payload: body}) {
		s.closed.Do(func() { _ = s.conn.CloseNow() })
	}
}
