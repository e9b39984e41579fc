package web

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"
)

// TestIdleConnections (S7) opens as many connections as there may be, and leaves them idle: others get in, one that has
// signed in is spared, and those that wait while all are busy get in when one is free.
func TestIdleConnections(t *testing.T) {
	const most = 8
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	hold := make(chan struct{})
	held := make(chan struct{}, most)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/sign-in":
			noteSignIn(r.Context())
		case "/hold":
			held <- struct{}{}
			<-hold
		}
		_, _ = io.WriteString(w, "ok")
	})}
	bounded := NewConnections(most).Bound(server, listener)
	go func() { _ = server.Serve(bounded) }()
	t.Cleanup(func() { _ = server.Close() })
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	ask := func(conn net.Conn, path string) error {
		_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
		if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return err
		}
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		return err
	}
	signedIn := dial()
	if err := ask(signedIn, "/sign-in"); err != nil {
		t.Fatal(err)
	}
	for range 5 * most {
		idle := dial() // some have asked, some have said nothing
		if err := ask(idle, "/"); err != nil {
			t.Errorf("a connection beside idle ones: got %v, want an answer", err)
		}
		dial()
	}
	if err := ask(signedIn, "/"); err != nil {
		t.Errorf("the connection that has signed in: got %v, want an answer", err)
	}
	busy := make(chan error, 2*most)
	for range most {
		go func(conn net.Conn) { busy <- ask(conn, "/hold") }(dial())
		select {
		case <-held: // a connection that has not asked yet counts as idle
		case err := <-busy:
			t.Fatalf("a busy connection: got %v, want it to be served", err)
		}
	}
	waiting := dial()
	go func() { busy <- ask(waiting, "/") }()
	close(hold)
	for range most + 1 {
		if err := <-busy; err != nil {
			t.Errorf("a connection where all are busy: got %v, want an answer", err)
		}
	}
}

// TestIdleConnectionsInOrder closes idle connections one after the other: those that have not signed in first, of each
// kind the one that has been idle longest, and none that is busy.
func TestIdleConnectionsInOrder(t *testing.T) {
	c := NewConnections(1)
	names := map[net.Conn]string{}
	open := func(name string) *boundConn {
		near, far := net.Pipe()
		t.Cleanup(func() { _ = far.Close() })
		own := &boundConn{Conn: near, connections: c}
		names[own] = name
		c.add(&connection{of: c, conn: own})
		c.setState(own, http.StateNew)
		return own
	}
	signedIn, first, second, busy := open("signed in"), open("first"), open("second"), open("busy")
	c.all[signedIn].isSignedIn.Store(true)
	for _, conn := range []*boundConn{signedIn, first} { // a request each
		c.setState(conn, http.StateActive)
		c.setState(conn, http.StateIdle)
	}
	c.setState(busy, http.StateActive)
	gone := open("gone")
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for range names {
		before := len(c.all)
		isClosed := c.closeIdle()
		if isClosed != (len(c.all) < before) {
			t.Errorf("closeIdle says %v, and %d of %d are left", isClosed, len(c.all), before)
		}
		for _, conn := range []*boundConn{signedIn, first, second, busy} {
			if name := names[conn]; c.all[conn] == nil && !slices.Contains(got, name) {
				got = append(got, name)
			}
		}
	}
	if want := []string{"second", "first", "signed in"}; !slices.Equal(got, want) {
		t.Errorf("closed in the order %v, want %v", got, want)
	}
}
