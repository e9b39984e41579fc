package tests

import (
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"callbook/tests/harness"
)

// TestSlowClients opens many connections that send little, and holds them.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	server := harness.StartProcess(t, "--limit-sockets 20 --limit-init-timeout 2s")
	address := strings.TrimPrefix(server.URL, "http://")
	var held []net.Conn
	open := func(lines ...string) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, conn)
		_, _ = io.WriteString(conn, strings.Join(lines, "\r\n"))
	}
	t.Cleanup(func() {
		for _, conn := range held {
			_ = conn.Close()
		}
	})
	for range 200 {
		open("POST /graphql HTTP/1.1", "Host: localhost", "X-Slow: ")
		open("POST /graphql HTTP/1.1", "Host: localhost", "Content-Type: application/json",
			"Content-Length: 30000000", "", "{")
		open("GET /graphql HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket",
			"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
			"Sec-WebSocket-Protocol: graphql-transport-ws", "", "")
		open("GET /graphql?query=subscription{callChanged{callId}} HTTP/1.1", "Host: localhost",
			"Accept: text/event-stream", "", "")
	}
	server.MustAnswer("800 slow connections")
	_ = held[0].SetReadDeadline(time.Now().Add(harness.Slowness * 20 * time.Second))
	if _, err := io.ReadAll(held[0]); err != nil { // headers must come within 5 s
		t.Errorf("a connection whose headers do not come: got %v, want it closed", err)
	}
	if most := server.Memory(); most > harness.Slowness*(500<<20) {
		t.Errorf("the server's memory: got %d MB, want 500 at most", most>>20)
	}
	runtime.KeepAlive(held)
}
