package web

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"callbook/auth"
)

// Connections bound how many connections a server has. An address (of IPv6 a /64) has a tenth of them at the most
// that have not signed in: for another one the one is closed that has been idle for longest, and where none is idle
// the one that has been there for longest. When three of four places are taken, connections that have not signed in
// are closed when they have been idle, or busy with something else, for five seconds. When there are as many as
// there may be and another one comes, one that is idle is closed for it: of those that have not signed in the one
// that has been idle for longest, else of the others. Where none is idle, those that come wait. So connections that
// are held open for nothing keep nobody out.
type Connections struct {
	max int

	mu     sync.Mutex
	all    map[net.Conn]*connection
	closed *sync.Cond // a connection was closed, or has become idle
	// strangers are the connections that have not signed in, by address.
	strangers map[netip.Prefix]map[net.Conn]*connection
	isTiming  bool // closeStrangers is to run
	// idle are the connections that wait for a request, those that have waited longest first: those that have not signed
	// in, and those that have. A connection signs in only while a request runs on it.
	idle [2]list.List
}

const (
	minOfAddress    = 100             // connections of an address that have not signed in, however few there may be in all
	strangerTime    = 5 * time.Second // how long they may last when places are few
	strangersPeriod = time.Second     // between two looks for them
)

// connection is what is known of a connection.
type connection struct {
	of         *Connections
	conn       net.Conn
	address    netip.Prefix
	isSignedIn atomic.Bool // a request on it was accepted
	accepted   time.Time
	line       *list.List    // the idle connections among which it is; nil where it does not wait for a request
	place      *list.Element // in line
	idleSince  time.Time
}

// NewConnections returns a bound for a server.
func NewConnections(most int) *Connections {
	c := &Connections{max: most, all: map[net.Conn]*connection{}, strangers: map[netip.Prefix]map[net.Conn]*connection{}}
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
	return l.admit(conn)
}

// admit waits until there is room for a connection.
func (l *boundListener) admit(conn net.Conn) (net.Conn, error) {
	c := l.connections
	c.mu.Lock()
	defer c.mu.Unlock()
	address := auth.Address(conn.RemoteAddr().String())
	if len(c.strangers[address]) >= max(c.max/10, minOfAddress) {
		c.closeOf(c.strangers[address])
	}
	for len(c.all) >= c.max && !c.closeIdle() {
		if l.isClosed {
			_ = conn.Close()
			return nil, net.ErrClosed
		}
		c.closed.Wait()
	}
	own := &boundConn{Conn: conn, connections: c}
	now := time.Now()
	c.add(&connection{of: c, conn: own, address: address, accepted: now})
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

// add adds a connection that has not signed in. The caller has the lock.
func (c *Connections) add(added *connection) {
	c.all[added.conn] = added
	if c.strangers[added.address] == nil {
		c.strangers[added.address] = map[net.Conn]*connection{}
	}
	c.strangers[added.address][added.conn] = added
	c.setIdle(added, true)
	if c.areFew() && !c.isTiming {
		c.isTiming = true
		time.AfterFunc(strangersPeriod, c.closeStrangers)
	}
}

// areFew reports whether few places are left. The caller has the lock.
func (c *Connections) areFew() bool { return len(c.all) > c.max/4*3 }

// closeStrangers closes, while places are few, connections that have not signed in and have been idle for long, or have
// not come to it in all their time.
func (c *Connections) closeStrangers() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isTiming = c.areFew(); !c.isTiming {
		return
	}
	for _, of := range c.strangers {
		for _, stranger := range of {
			since := stranger.accepted
			if stranger.line != nil {
				since = stranger.idleSince
			}
			if time.Since(since) >= strangerTime {
				c.closeConn(stranger)
			}
		}
	}
	time.AfterFunc(strangersPeriod, c.closeStrangers)
}

// closeConn closes a connection. The caller has the lock.
func (c *Connections) closeConn(closed *connection) {
	c.remove(closed.conn)
	_ = closed.conn.(*boundConn).Conn.Close() // the server notices
}

// remove forgets a connection. The caller has the lock.
func (c *Connections) remove(conn net.Conn) {
	if known := c.all[conn]; known != nil {
		c.setIdle(known, false)
		delete(c.all, conn)
		c.removeStranger(known)
	}
	c.closed.Signal()
}

// removeStranger forgets that a connection has not signed in. The caller has the lock.
func (c *Connections) removeStranger(known *connection) {
	delete(c.strangers[known.address], known.conn)
	if len(c.strangers[known.address]) == 0 {
		delete(c.strangers, known.address)
	}
}

func (c *Connections) forget(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(conn)
}

// closeOf closes one of some connections that have not signed in: of the idle ones the one that has been idle for
// longest, else the one that has been there for longest. The caller has the lock.
func (c *Connections) closeOf(some map[net.Conn]*connection) {
	var idle, oldest *connection
	for _, other := range some {
		if other.line != nil && (idle == nil || other.idleSince.Before(idle.idleSince)) {
			idle = other
		}
		if oldest == nil || other.accepted.Before(oldest.accepted) {
			oldest = other
		}
	}
	switch {
	case idle != nil:
		c.closeConn(idle)
	case oldest != nil:
		c.closeConn(oldest)
	}
}

// closeIdle closes the connection that can be spared most, and reports whether there is one. It takes as long however
// many there are. The caller has the lock.
func (c *Connections) closeIdle() bool {
	for i := range c.idle {
		if first := c.idle[i].Front(); first != nil {
			c.closeConn(first.Value.(*connection))
			return true
		}
	}
	return false
}

// setIdle says whether a connection waits for a request, from now on. The caller has the lock.
func (c *Connections) setIdle(known *connection, isIdle bool) {
	if known.line != nil {
		known.line.Remove(known.place)
		known.line, known.place = nil, nil
	}
	if isIdle {
		known.idleSince = time.Now()
		known.line = &c.idle[0]
		if known.isSignedIn.Load() {
			known.line = &c.idle[1]
		}
		known.place = known.line.PushBack(known)
	}
}

// setState notes whether a connection waits for a request.
func (c *Connections) setState(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.all[conn]
	if known == nil {
		return
	}
	isIdle := state == http.StateNew || state == http.StateIdle
	if c.setIdle(known, isIdle); isIdle {
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

// noteSignIn notes that a request of a connection was accepted, with a credential or where none is needed.
func noteSignIn(ctx context.Context) {
	known, _ := ctx.Value(connectionKey{}).(*connection)
	if known == nil || known.isSignedIn.Load() || known.isSignedIn.Swap(true) {
		return
	}
	known.of.mu.Lock()
	defer known.of.mu.Unlock()
	known.of.removeStranger(known)
}
