package web

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"
)

// boundServer serves with a bound of connections, and returns its address. Requests of /sign-in are accepted.
func boundServer(t *testing.T, most int) (c *Connections, address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/sign-in" {
			noteSignIn(r.Context())
		}
		_, _ = io.WriteString(w, "ok")
	})}
	c = NewConnections(most)
	bounded := c.Bound(server, listener)
	go func() { _ = server.Serve(bounded) }()
	t.Cleanup(func() { _ = server.Close() })
	return c, listener.Addr().String()
}

// dialAndSay opens a connection and sends a text.
func dialAndSay(t *testing.T, address, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn
}

// isOpen reports whether a connection is still open when nothing has come over it for a moment.
func isOpen(conn net.Conn) bool {
	_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	_, err := io.Copy(io.Discard, conn)
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// count returns how many connections there are, and of them those that have not signed in.
func (c *Connections) count() (all, strangers int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, of := range c.strangers {
		strangers += len(of)
	}
	return len(c.all), strangers
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("%s: got it not within a minute", what)
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-t.Context().Done():
		}
	}
}

// TestConnectionsOfAddress opens more connections from one address than it may have that have not signed in: idle ones
// make way, those that have signed in stay and do not count, and where all are busy further ones are closed.
func TestConnectionsOfAddress(t *testing.T) {
	const extra = 20
	c, address := boundServer(t, 10*minOfAddress)
	signedIn := make([]net.Conn, extra)
	for i := range signedIn {
		signedIn[i] = dialAndSay(t, address, "GET /sign-in HTTP/1.1\r\nHost: x\r\n\r\n")
	}
	eventually(t, "signing in", func() bool { all, strangers := c.count(); return all == extra && strangers == 0 })
	for range minOfAddress + extra {
		dialAndSay(t, address, "")
	}
	eventually(t, "idle connections", func() bool { all, _ := c.count(); return all == minOfAddress+extra })
	for i, conn := range signedIn {
		if !isOpen(conn) {
			t.Errorf("connection %d that has signed in: got it closed, want it open", i)
		}
	}
	for range minOfAddress {
		dialAndSay(t, address, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
		all, strangers := c.count()
		if all > minOfAddress+extra || strangers > minOfAddress {
			t.Fatalf("got %d connections, %d of strangers, want %d and %d at the most", all, strangers, minOfAddress+extra,
				minOfAddress)
		}
	}
	busy := func() (n int) {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, conn := range c.all {
			if conn.line == nil {
				n++
			}
		}
		return n
	}
	eventually(t, "requests that have begun", func() bool { return busy() >= minOfAddress })
	next := dialAndSay(t, address, "GET /sign-in HTTP/1.1\r\nHost: x\r\n\r\n")
	if !isOpen(next) {
		t.Error("a connection beside busy ones of its address: got it closed, want it open")
	}
	if all, strangers := c.count(); all > minOfAddress+extra || strangers > minOfAddress {
		t.Errorf("beside it: got %d connections, %d of strangers, want that the oldest was closed", all, strangers)
	}
}

// TestFewPlaces leaves connections idle, and with half a request, so that few places are left: those that have not
// signed in are closed, though nobody else comes.
func TestFewPlaces(t *testing.T) {
	c, address := boundServer(t, 8)
	for range 4 {
		dialAndSay(t, address, "")
	}
	dialAndSay(t, address, "GET / HTTP/1.1\r\nHost: x\r\nX-Begun: ")
	for range 2 {
		dialAndSay(t, address, "GET /sign-in HTTP/1.1\r\nHost: x\r\n\r\n")
	}
	eventually(t, "connections", func() bool { all, strangers := c.count(); return all == 7 && strangers == 5 })
	eventually(t, "strangers to be closed", func() bool { all, strangers := c.count(); return all == 2 && strangers == 0 })
}
