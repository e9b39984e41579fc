package tests

import (
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
	"callbook/web"
)

// TestConnectionLimits opens more websockets and event streams than one credential may have, and than there may be in
// all. One that closes makes room for another.
func TestConnectionLimits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.Listen(t, e, func(o *web.Options) { o.Limits.Sockets, o.Limits.SocketsEach = 3, 2 })
		one, two := server.Key("one", model.RoleAdmin), server.Key("two", model.RoleAdmin)
		open := func(key string) (*harness.Socket, map[string]any) {
			socket := server.Dial("X-Api-Key", key)
			socket.Init()
			socket.Say(`{"type":"ping"}`)
			return socket, socket.Hear()
		}
		first, pong := open(one)
		if pong["type"] != "pong" {
			t.Fatalf("the first socket: got %v, want a pong", pong)
		}
		server.Events(watch, "X-Api-Key", one)
		if _, closed := open(one); closed["closed"] != 1013.0 {
			t.Errorf("a third connection of one credential: got %v, want it closed by 1013", closed)
		}
		refused := server.Send(watch, "X-Api-Key", one, "Accept", "text/event-stream")
		if refused.Status != 429 || refused.Code() != "LIMIT_EXCEEDED" || refused.Header.Get("Retry-After") == "" {
			t.Errorf("a third stream of one credential: got %d %s, want 429 LIMIT_EXCEEDED with Retry-After", refused.Status,
				refused.Body)
		}
		if _, pong := open(two); pong["type"] != "pong" {
			t.Errorf("the first connection of another credential: got %v, want a pong", pong)
		}
		if _, closed := open(two); closed["closed"] != 1013.0 {
			t.Errorf("a fourth connection of all: got %v, want it closed by 1013", closed)
		}
		_ = first.CloseNow()
		harness.Eventually(t, "a closed socket makes room",
			func() bool { _, pong := open(two); return pong["type"] == "pong" })
	})
}
