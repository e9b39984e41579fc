package tests

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
	"callbook/web"
)

// TestSocketProtocol violates the protocol graphql-transport-ws in every way that has a close code.
func TestSocketProtocol(t *testing.T) {
	e := dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/socket.db")
	impatient := harness.Listen(t, e, func(o *web.Options) { o.Limits.InitTimeout = 200 * time.Millisecond })
	server := harness.Listen(t, e, func(o *web.Options) {
		o.Limits.InitTimeout = harness.Slowness * time.Minute
		o.Limits.SocketRate, o.Limits.SocketOperations, o.Limits.SocketMessage = 5, 3, 4096
	})
	key := server.Key("socket", model.RoleAdmin)
	other := server.Key("other", model.RoleAdmin)
	_, powerless, err := e.DB.CreateAPIKey(e.Ctx, model.CreateAPIKeyInput{
		Name: "powerless", Roles: []model.Role{model.RoleAdmin}, Permissions: []model.Permission{},
	})
	if err != nil {
		t.Fatal(err)
	}
	init := `{"type":"connection_init","payload":{"apiKey":"` + key + `"}}`
	subscribe := func(id string) string {
		return `{"id":"` + id + `","type":"subscribe","payload":{"query":"subscription { callChanged { callId } }"}}`
	}
	many := make([]string, 80)
	for i := range many {
		many[i] = `{"type":"ping"}`
	}
	for name, c := range map[string]struct {
		messages []string
		code     float64
	}{
		"no JSON":                     {[]string{init, `{`}, 4400},
		"a list":                      {[]string{init, `[]`}, 4400},
		"no type":                     {[]string{init, `{}`}, 4400},
		"an unknown type":             {[]string{init, `{"type":"` + strings.Repeat("é", 200) + `"}`}, 4400},
		"a name twice":                {[]string{init, `{"type":"ping","type":"pong"}`}, 4400},
		"an unknown type before init": {[]string{`{"type":"x"}`}, 4400},
		"subscribe before init":       {[]string{subscribe("1")}, 4401},
		"no credential":               {[]string{`{"type":"connection_init"}`}, 4403},
		"a null payload":              {[]string{`{"type":"connection_init","payload":null}`}, 4403},
		"a bad credential": {[]string{`{"type":"connection_init","payload":{"authorization":"Bearer cbk_1_x"}}`},
			4403},
		"a credential that is no text": {[]string{`{"type":"connection_init","payload":{"apiKey":7}}`}, 4403},
		"two credentials": {
			[]string{`{"type":"connection_init","payload":{"apiKey":"` + key + `","authorization":"Bearer ` + key + `"}}`},
			4403},
		"one credential twice": {
			[]string{`{"type":"connection_init","payload":{"apiKey":"` + key + `","x-api-key":"` + key + `"}}`}, 4403},
		"a payload that is none": {[]string{`{"type":"connection_init","payload":7}`}, 4400},
		"init twice":             {[]string{init, init}, 4429},
		"an id twice":            {[]string{init, subscribe("1"), subscribe("1")}, 4409},
		"a long id twice": {[]string{init, subscribe(strings.Repeat("长", 300)),
			subscribe(strings.Repeat("长", 300))}, 4409},
		"no id":                   {[]string{init, `{"type":"subscribe","payload":{"query":"{__typename}"}}`}, 4400},
		"no payload":              {[]string{init, `{"id":"1","type":"subscribe"}`}, 4400},
		"no query":                {[]string{init, `{"id":"1","type":"subscribe","payload":{}}`}, 4400},
		"a query that is no text": {[]string{init, `{"id":"1","type":"subscribe","payload":{"query":7}}`}, 4400},
		"a flood":                 {append([]string{init}, many...), 4429},
		"a large message": {[]string{init,
			`{"type":"ping","payload":{"x":"` + strings.Repeat("x", 5000) + `"}}`}, 1009},
		"nothing":    {nil, 4408},
		"only pings": {[]string{`{"type":"ping"}`, `{"type":"pong"}`}, 4408},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := server
			if c.code == 4408 { // for want of connection_init
				asked = impatient
			}
			socket := asked.With(t).Dial()
			for _, m := range c.messages {
				if err := socket.Write(socket.Ctx, websocket.MessageText, []byte(m)); err != nil {
					break // it is closed already
				}
			}
			for {
				m := socket.Hear()
				if code, closed := m["closed"]; closed {
					if code != c.code {
						t.Errorf("got the socket closed by %v, want %v", code, c.code)
					}
					return
				}
			}
		})
	}
	t.Run("what is allowed", func(t *testing.T) {
		t.Parallel()
		socket := server.With(t).Dial("X-Api-Key", key)
		socket.Say(`{"type":"ping","payload":{"x":1}}`)
		if m := socket.Hear(); m["type"] != "pong" || harness.At(m, "payload", "x") != 1.0 {
			t.Fatalf("a ping: got %v, want a pong with its payload", m)
		}
		socket.Say(`{"type":"connection_init","payload":{}}`)
		if m := socket.Hear(); m["type"] != "connection_ack" {
			t.Fatalf("connection_init: got %v, want connection_ack", m)
		}
		for i := range 4 {
			socket.Say(subscribe(fmt.Sprint(i)))
		}
		if m := socket.Hear(); m["id"] != "3" || m["type"] != "error" ||
			harness.At(m, "payload", 0, "extensions", "code") != "LIMIT_EXCEEDED" {
			t.Fatalf("a fourth subscription: got %v, want LIMIT_EXCEEDED under the id 3", m)
		}
		socket.Say(`{"id":"0","type":"complete"}`)
		socket.Say(`{"id":"nothing","type":"complete"}`)
		socket.Subscribe("0", "{ viewer { name credential } }")
		if m := socket.Hear(); harness.At(m, "payload", "data", "viewer", "name") != "socket" {
			t.Fatalf("a query under an id that is free again: got %v, want the viewer socket", m)
		}
	})
	t.Run("two credentials in two places", func(t *testing.T) {
		t.Parallel()
		socket := server.With(t).Dial("X-Api-Key", other)
		socket.Say(init)
		if m := socket.Hear(); m["closed"] != 4403.0 {
			t.Fatalf("got %v, want the socket closed by 4403", m)
		}
	})
	t.Run("one credential in two places", func(t *testing.T) {
		t.Parallel()
		for _, header := range [][]string{{"X-Api-Key", key}, {"Authorization", "Bearer " + key}} {
			socket := server.With(t).Dial(header...)
			socket.Say(init)
			if m := socket.Hear(); m["type"] != "connection_ack" {
				t.Fatalf("%s: got %v, want connection_ack", header[0], m)
			}
		}
	})
	t.Run("a subscription that cannot begin", func(t *testing.T) {
		t.Parallel()
		socket := server.With(t).Dial("X-Api-Key", powerless)
		socket.Say(`{"type":"connection_init"}`)
		socket.Hear()
		socket.Say(subscribe("1"))
		m := socket.Hear()
		if m["id"] != "1" || m["type"] != "error" || harness.At(m, "payload", 0, "extensions", "code") != "FORBIDDEN" ||
			harness.At(m, "payload", 0, "locations", 0, "column") != 16.0 {
			t.Fatalf("got %v, want the error FORBIDDEN with its place under the id 1", m)
		}
		socket.Subscribe("1", "{ viewer { name } }")
		if m := socket.Hear(); m["type"] != "next" {
			t.Fatalf("a query under the same id: got %v, want its result, for the error was the last of the subscription", m)
		}
	})
	t.Run("binary", func(t *testing.T) {
		t.Parallel()
		socket := server.With(t).Dial()
		_ = socket.Write(socket.Ctx, websocket.MessageBinary, []byte(init))
		if m := socket.Hear(); m["closed"] != 4400.0 {
			t.Fatalf("got %v, want the socket closed by 4400", m)
		}
	})
	t.Run("another subprotocol", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(context.Background(), harness.Slowness*time.Minute)
		defer cancel()
		for _, subprotocols := range [][]string{nil, {"graphql-ws"}} {
			conn, _, err := harness.DialSocket(ctx, server.URL, subprotocols)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err = conn.Read(ctx); websocket.CloseStatus(err) != 4406 {
				t.Errorf("the subprotocols %v: got %v, want the socket closed by 4406", subprotocols, err)
			}
		}
	})
}

// TestSocketsAtShutdown stops a server while websockets are open, and checks that a running mutation is answered, that
// subscriptions end, and that the sockets are closed by 1001. The mutation goes in steps, and may take as long as it
// needs.
func TestSocketsAtShutdown(t *testing.T) {
	dsn := "sqlite:" + t.TempDir() + "/end.db"
	server, stop := harness.Serve(t, "--db", dsn)
	silent, busy := server.Dial(), server.Dial()
	busy.Init()
	busy.Subscribe("1", "subscription { callChanged { callId } }")
	inputs := make([]any, 3000)
	for i := range inputs {
		inputs[i] = vars{"name": "x"}
	}
	busy.SetReadLimit(10 << 20)
	create := `mutation($i: [CreateCallInput!]!) { createCalls(inputs: $i, policy: VALID_ROWS) { written } }`
	busy.Say(`{"id":"2","type":"subscribe","payload":` + harness.Body(create, vars{"i": inputs}) + `}`)
	busy.Subscribe("3", "{ viewer { name } }")
	for m := busy.Hear(); m["id"] != "3"; m = busy.Hear() { // it has come that far
	}
	stopped := make(chan int, 1)
	go func() { stopped <- stop() }()
	written := any(nil)
	for {
		m := busy.Hear()
		if m["id"] == "2" && m["type"] == "next" {
			written = harness.At(m, "payload", "data", "createCalls", "written")
		}
		if code, closed := m["closed"]; closed {
			if code != 1001.0 || written != 3000.0 {
				t.Errorf("the busy socket: got it closed by %v after %v were written, want 1001 after 3000", code, written)
			}
			break
		}
	}
	if m := silent.Hear(); m["closed"] != 1001.0 {
		t.Errorf("the silent socket: got %v, want it closed by 1001", m)
	}
	if code := <-stopped; code != 0 {
		t.Errorf("exit code: got %d, want 0", code)
	}
}
