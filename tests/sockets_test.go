package tests

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestSocketsOfStrangers opens many sockets without a credential, from four addresses, that say nothing, that read
// nothing, or that send their request without an end: all the while a small client with a key gets in from a fifth one,
// each time by a new connection. CALLBOOK_MEMORY=full opens 10,000 of each kind.
func TestSocketsOfStrangers(t *testing.T) {
	sockets, places := 120, 80
	if os.Getenv("CALLBOOK_MEMORY") == "full" {
		sockets, places = 10_000, 10_000
	}
	dsn := dbtest.OwnSQLite(t)
	key := harness.CreateKey(t, dsn, "admin")
	server, _ := harness.StartProcessOver(t, dsn, fmt.Sprintf("--limit-connections %d", places))
	address := strings.TrimPrefix(server.URL, "http://")
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	ask := func(what string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/graphql",
			strings.NewReader(`{"query":"{ calls(first: 1) { totalCount } }"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Api-Key", key)
		response, err := client.Do(r)
		if err != nil {
			t.Fatalf("the small client beside sockets that %s: got %v, want an answer", what, err)
		}
		defer response.Body.Close()
		if text, _ := io.ReadAll(response.Body); response.StatusCode != 200 {
			t.Fatalf("the small client beside sockets that %s: got %d %s, want 200", what, response.StatusCode, text)
		}
	}
	ask("are not there")
	for _, c := range []struct{ what, says string }{
		{"say nothing", ""},
		{"read nothing", strings.Repeat("GET /schema.graphqls HTTP/1.1\r\nHost: x\r\n\r\n", 100)},
		{"are refused and read nothing", strings.Repeat("GET /graphql?query={calls{totalCount}} HTTP/1.1\r\nHost: x\r\n\r\n",
			100)},
		{"do not end their request", "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"},
		{"do not end their head", "POST /graphql HTTP/1.1\r\nHost: x\r\nX-A: "},
	} {
		open := make([]net.Conn, sockets)
		for i := range open {
			conn := dialFrom(t, address, fmt.Sprintf("127.0.0.%d", i%4+2))
			open[i] = conn
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second)) // the server may read nothing more of it, or have closed it
			_, _ = io.WriteString(conn, c.says)
			if i%(sockets/10) == 0 {
				ask(c.what)
			}
		}
		ask(c.what)
		for _, conn := range open {
			_ = conn.Close()
		}
	}
	if memory := server.Memory(); memory > 600<<20 {
		t.Errorf("the server's memory: got %d MB, want 600 at the most", memory>>20)
	}
}

// dialFrom opens a socket from a loopback address.
func dialFrom(t *testing.T, address, from string) net.Conn {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: time.Minute}
	conn, err := dialer.DialContext(context.Background(), "tcp", address)
	if err != nil {
		t.Fatalf("a socket from %s: got %v, want one", from, err)
	}
	return conn
}
