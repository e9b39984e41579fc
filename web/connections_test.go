package web

import (
	"bufio"
	"io"
	"net"
	"net/http"
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
