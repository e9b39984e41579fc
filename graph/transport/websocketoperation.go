package transport

import (
	"context"

	"callbook/graph"
	"callbook/graph/operation"
	"callbook/model"
)

// socketOperation is an operation under way on a websocket. Its id may be used again as soon as the client has ended
// it.
type socketOperation struct {
	id     string
	ctx    context.Context // ends with the operation
	cancel context.CancelFunc
	lasts  bool // whether it is a subscription
}

// subscribe begins an operation. It reports whether the websocket stays open.
func (c *connection) subscribe(m message) bool {
	req := &operation.Request{}
	bad := parseRequest(req, string(m.Payload), c.limits)
	if bad != nil && bad.err.Code == model.ErrorCodeBadUserInput {
		c.close(closeBadMessage, "Invalid message: the payload of subscribe is no request")
		return false
	}
	ctx := graph.WithRequestID(c.ctx)
	o, refused := c.begin(ctx, m.ID)
	if o == nil && refused == nil {
		c.close(closeDuplicateID, cutBytes("Subscriber for "+m.ID+" already exists", maxCloseReason))
		return false
	}
	if refused == nil && bad != nil {
		c.end(o)
		refused = bad.err
	}
	if refused != nil {
		return c.sendError(m.ID, operation.Refuse(ctx, 0, refused))
	}
	c.UnderWay.Go(func() { c.operate(o, req, len(m.Payload)) })
	return true
}

// begin takes an id for an operation. It returns nothing where an operation under way has the id, and an error where no
// further one may begin: UNAUTHENTICATED where the websocket ends, LIMIT_EXCEEDED.
func (c *connection) begin(ctx context.Context, id string) (*socketOperation, *model.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	most := c.limits.SocketOperations
	switch {
	case c.operations[id] != nil:
		return nil, nil
	case c.isOver:
		return nil, model.Unauthenticated("the connection ends")
	case len(c.operations) >= most:
		return nil, model.LimitExceeded("", "%d operations are under way on this websocket; at most %d", most, most)
	}
	o := &socketOperation{id: id}
	o.ctx, o.cancel = context.WithCancel(ctx)
	c.operations[id] = o
	return o, nil
}

// cancel ends the operation with an id, as its client wishes.
func (c *connection) cancel(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o := c.operations[id]; o != nil {
		o.cancel()
		delete(c.operations, id)
	}
}

// end ends an operation, and reports whether it was still under way.
func (c *connection) end(o *socketOperation) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	o.cancel()
	underWay := c.operations[o.id] == o
	if underWay {
		delete(c.operations, o.id)
	}
	return underWay
}

func (c *connection) isUnderWay(o *socketOperation) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.operations[o.id] == o
}

// operate runs an operation and sends its results.
func (c *connection) operate(o *socketOperation, req *operation.Request, size int) {
	defer func() {
		if cause := recover(); cause != nil {
			c.endWithError(o, c.Pipeline.Internal(o.ctx, cause))
		}
	}()
	defer req.Reservation.Release()
	result, refused := c.execute(o, req, size)
	switch {
	case refused != nil && !refused.IsResult:
		c.endWithError(o, refused)
		return
	case refused != nil:
		c.sendNext(o, refused.Body())
	case result.Subscription != nil:
		c.sendEvents(o, result.Subscription)
	default:
		c.sendNext(o, result.Body)
	}
	if c.end(o) {
		c.send(message{ID: o.id, Type: "complete"})
	}
}

// sendEvents sends the events of a subscription until it ends.
func (c *connection) sendEvents(o *socketOperation, subscription *operation.Subscription) {
	defer subscription.Close()
	for body, ok := subscription.Next(); ok; body, ok = subscription.Next() {
		c.sendNext(o, body)
	}
}

// execute takes an operation through the pipeline.
func (c *connection) execute(
	o *socketOperation, req *operation.Request, size int,
) (*operation.Result, *operation.Refusal) {
	if size > maxSmallBody {
		weight := operation.BodyWeight * int64(size)
		if full := c.Pipeline.ReserveMemory(o.ctx, &req.Reservation, weight); full != nil {
			return nil, operation.Refuse(o.ctx, 0, full)
		}
	}
	req.Permit = func(x *operation.Execution) *operation.Refusal {
		if x.IsSubscription() {
			c.markLasting(o)
		}
		return nil
	}
	return c.Pipeline.Execute(o.ctx, req)
}

// markLasting marks an operation as a subscription, which lasts until the client, its credential or the server ends it.
// Where the websocket is ending already, it ends the operation.
func (c *connection) markLasting(o *socketOperation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o.lasts = true
	if c.isOver {
		o.cancel()
		delete(c.operations, o.id)
	}
}

// endWithError ends an operation that is refused, and says why unless the client has ended it.
func (c *connection) endWithError(o *socketOperation, refused *operation.Refusal) {
	if c.end(o) {
		c.sendError(o.id, refused)
	}
}

func (c *connection) sendError(id string, refused *operation.Refusal) bool {
	return c.send(message{ID: id, Type: "error", Payload: operation.Marshal(refused.Errors)})
}

// sendNext sends a result, unless the client has ended the operation.
func (c *connection) sendNext(o *socketOperation, body []byte) {
	if c.isUnderWay(o) && !c.send(message{ID: o.id, Type: "next", Payload: body}) {
		c.drop()
	}
}
