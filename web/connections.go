package web

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// Connections bound how many connections a server has. When there are as many as there may be and another one comes,
// one that is idle is closed for it: of those that have not signed in the one that has been idle for longest, else of
// the others. Where none is idle, those that come wait. So connections that are held open for nothing keep nobody out.
type Connections struct {
	max int

	mu     sync.Mutex
	all    map[net.Conn]*connection
	closed *sync.Cond // a connection was closed, or has become idle
	// idle are the connections that wait for a request, those that have waited longest first: those that have not signed
	// in, and those that have. A connection signs in only while a request runs on it.
	idle [2]list.List
}

// connection is what is known of a connection.
type connection struct {
	isSignedIn atomic.Bool   // a request on it had a credential that was accepted
	line       *list.List    // the idle connections among which it is; nil where it is not idle
	place      *list.Element // in line
}

// NewConnections returns a bound for a server.
func NewConnections(most int) *Connections {
	c := &Connections{max: most, all: map[net.Conn]*connection{}}
	c.closed = sync.NewCond(&c.mu)
	return c
}

// Bound has a server bound the connections of a listener, which it returns. The server must be given no other hooks of
// connections.
func (c *Connections) Bound(server *http.Server, l net.Listener) net.Listener {
	server.ConnState = c.setState
	server.ConnContext = c.context
	return &boundListener{Listener: l, connections: c}
}

type boundListener struct {
	net.Listener
	connections *Connections
	isClosed    bool
}

// Accept waits for a connection, and until there is room for it.
func (l *boundListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := l.connections
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.all) >= c.max && !c.closeIdle() {
		if l.isClosed {
			_ = conn.Close()
			return nil, net.ErrClosed
		}
		c.closed.Wait()
	}
	own := &boundConn{Conn: conn, connections: c}
	c.all[own] = &connection{}
	c.setIdle(own, true)
	return own, nil
}

// Close closes the listener; connections that wait for room are refused.
func (l *boundListener) Close() error {
	c := l.connections
	c.mu.Lock()
	l.isClosed = true
	c.closed.Broadcast()
	c.mu.Unlock()
	return l.Listener.Close()
}

// boundConn is a connection that is counted until it is closed, also after a handler has taken it over.
type boundConn struct {
	net.Conn
	connections *Connections
}

// Close closes the connection.
func (c *boundConn) Close() error {
	c.connections.forget(c)
	return c.Conn.Close()
}

func (c *Connections) forget(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setIdle(conn, false)
	delete(c.all, conn)
	c.closed.Signal()
}

// setIdle says whether a connection that is known waits for a request, from now on. The caller has the lock.
func (c *Connections) setIdle(conn net.Conn, isIdle bool) {
	known := c.all[conn]
	if known == nil {
		return
	}
	if known.line != nil {
		known.line.Remove(known.place)
		known.line, known.place = nil, nil
	}
	if isIdle {
		known.line = &c.idle[0]
		if known.isSignedIn.Load() {
			known.line = &c.idle[1]
		}
		known.place = known.line.PushBack(conn)
	}
}

// closeIdle closes the connection that can be spared most, and reports whether there is one. It takes as long however
// many there are. The caller has the lock.
func (c *Connections) closeIdle() bool {
	for i := range c.idle {
		if first := c.idle[i].Front(); first != nil {
			spared := first.Value.(*boundConn)
			c.setIdle(spared, false)
			delete(c.all, spared)
			_ = spared.Conn.Close() // the server notices
			return true
		}
	}
	return false
}

// setState notes whether a connection waits for a request.
func (c *Connections) setState(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	isIdle := state == http.StateNew || state == http.StateIdle
	if c.setIdle(conn, isIdle); isIdle {
		c.closed.Signal()
	}
}

type connectionKey struct{}

// context returns the context of a connection's requests.
func (c *Connections) context(ctx context.Context, conn net.Conn) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	return context.WithValue(ctx, connectionKey{}, c.all[conn])
}

// noteSignIn notes that a request's connection has signed in.
func noteSignIn(ctx context.Context) {
	if c, _ := ctx.Value(connectionKey{}).(*connection); c != nil && !c.isSignedIn.Load() {
		c.isSignedIn.Store(true)
	}
}
