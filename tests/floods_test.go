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

// TestFloods sends many requests at once, and checks that each is answered or refused, and that the server keeps
// answering.
func TestFloods(t *testing.T) {
	t.Parallel()
	heavy := harness.Body("{"+harness.Repeat(` a%d: searchTranscripts(query: "的", first: 100) {
		totalCount nodes { snippet { text } before { text } } }`, 5)+"}", nil)
	t.Run("more than run at once", func(t *testing.T) {
		server := harness.StartProcess(t, "--limit-running 2 --limit-wait-time 20ms --limit-budget 100000000")
		count := map[int]int{}
		for sent := 0; count[200] == 0 || count[503] == 0; sent += 40 { // on a busy machine they may come one by one
			for status, n := range server.Flood(40, heavy) {
				count[status] += n
			}
			if count[200]+count[503] != sent+40 || sent == 2000 {
				t.Fatalf("%d requests where 2 run at once: got the statuses %v, want some 200 and the rest 503", sent+40, count)
			}
		}
		server.MustAnswer("a flood")
	})
	t.Run("more than the budget", func(t *testing.T) {
		server := harness.StartProcess(t, "--limit-cost 5000 --limit-budget 5000 --limit-budget-per-second 1000")
		body := harness.Body("{ calls(first: 1000) { nodes { id tasks { nodes { id } } } } }", nil)
		if got := server.Post(body); got.Status != 200 || got.Code != "LIMIT_EXCEEDED" {
			t.Errorf("over the limit of one: got %d %v, want 200 LIMIT_EXCEEDED", got.Status, got.Code)
		}
		count := server.Flood(60, harness.Body("{ calls(first: 1000) { nodes { id } } }", nil))
		if count[200] == 0 || count[429] == 0 || count[200]+count[429] != 60 {
			t.Errorf("60 requests beyond the budget: got the statuses %v, want some 200 and the rest 429", count)
		}
	})
	t.Run("many bodies of many values", func(t *testing.T) {
		server := harness.StartProcess(t, "--limit-memory 268435456 --limit-wait-time 500ms --limit-budget 100000000")
		count := server.Flood(24,
			(`{"query":"{__typename}","variables":{"x":[[` + strings.Repeat(strings.Repeat(`{"a":0},`, 15000)+"0],[", 12) +
				`0]]}}`))
		if count[200] == 0 || count[200]+count[503] != 24 {
			t.Errorf("24 bodies of many values: got the statuses %v, want some 200 and the rest 503", count)
		}
		if most := server.Memory(); most > harness.Slowness*(1200<<20) {
			t.Errorf("the server's memory: got %d MB, want 1200 at most", most>>20)
		}
		server.MustAnswer("many values")
	})
	t.Run("many large bodies", func(t *testing.T) {
		server := harness.StartProcess(t, "--limit-memory 67108864 --limit-wait-time 300ms --limit-budget 100000000")
		count := server.Flood(24, (`{"query":"{__typename}"}` + strings.Repeat(" ", 24<<20)))
		if count[200] == 0 || count[200]+count[503] != 24 {
			t.Errorf("24 large bodies: got the statuses %v, want some 200 and the rest 503", count)
		}
		if most := server.Memory(); most > harness.Slowness*(900<<20) {
			t.Errorf("the server's memory: got %d MB, want 900 at most", most>>20)
		}
		server.MustAnswer("many large bodies")
	})
}

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
	_ = held[0].SetReadDeadline(time.Now().Add(harness.Slowness * time.Minute))
	if _, err := io.ReadAll(held[0]); err != nil { // headers must come within 5 s
		t.Errorf("a connection whose headers do not come: got %v, want it closed", err)
	}
	if most := server.Memory(); most > harness.Slowness*(500<<20) {
		t.Errorf("the server's memory: got %d MB, want 500 at most", most>>20)
	}
	runtime.KeepAlive(held)
}
