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

// TestSlowClients opens connections that say little, and holds them.
func TestSlowClients(t *testing.T) {
	v := harness.StartProcess(t, "--limit-sockets 20 --limit-init-timeout 2s")
	address := strings.TrimPrefix(v.URL, "http://")
	var held []net.Conn
	open := func(text string) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, conn)
		_, _ = io.WriteString(conn, text)
	}
	t.Cleanup(func() {
		for _, conn := range held {
			_ = conn.Close()
		}
	})
	for range 200 {
		open("POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
		open("POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 30000000\r\n\r\n{")
		open("GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n")
		open("GET /graphql?query=subscription{callChanged{id}} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
	}
	v.MustAnswer("800 slow connections")
	_ = held[0].SetReadDeadline(time.Now().Add(harness.Slowness * 20 * time.Second))
	if _, err := io.ReadAll(held[0]); err != nil { // headers must come within 5 s
		t.Errorf("a connection whose headers do not come: got %v, want it closed", err)
	}
	if most := v.Memory(); most > harness.Slowness*(500<<20) {
		t.Errorf("the server's memory: got %d MB, want 500 at most", most>>20)
	}
	runtime.KeepAlive(held)
}
