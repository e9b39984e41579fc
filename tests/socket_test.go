package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/web"
)

// wsConn is a client of graphql-transport-ws.
type wsConn struct {
	*websocket.Conn
	t   *testing.T
	ctx context.Context
}

func (d *door) dial(headers ...string) *wsConn {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), slowness*20*time.Second)
	d.t.Cleanup(cancel)
	header := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		header.Set(headers[i], headers[i+1])
	}
	conn, _, err := websocket.Dial(ctx, d.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: header})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = conn.CloseNow() })
	return &wsConn{conn, d.t, ctx}
}

func (c *wsConn) say(text string) {
	c.t.Helper()
	if err := c.Write(c.ctx, websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// hear is the next message, or {"closed": code} at the end.
func (c *wsConn) hear() map[string]any {
	c.t.Helper()
	_, text, err := c.Read(c.ctx)
	if err != nil {
		return map[string]any{"closed": float64(websocket.CloseStatus(err))}
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		c.t.Fatal(err)
	}
	return m
}

// TestSocketProtocol breaks the protocol in every way it names.
func TestSocketProtocol(t *testing.T) {
	e := dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/socket.db")
	d := openDoor(t, e, func(s *web.Options) {
		s.Limits.InitTimeout, s.Limits.SocketRate, s.Limits.SocketOperations, s.Limits.SocketMessage = slowness*time.Second, 5, 3, 4096
	})
	key := d.key("socket", model.RoleAdmin)
	init := `{"type":"connection_init","payload":{"apiKey":"` + key + `"}}`
	subscribe := func(id string) string {
		return `{"id":"` + id + `","type":"subscribe","payload":{"query":"subscription { callChanged { id } }"}}`
	}
	many := make([]string, 80)
	for i := range many {
		many[i] = `{"type":"ping"}`
	}
	for name, c := range map[string]struct {
		messages []string
		code     float64
	}{
		"no JSON":                      {[]string{init, `{`}, 4400},
		"a list":                       {[]string{init, `[]`}, 4400},
		"no type":                      {[]string{init, `{}`}, 4400},
		"an unknown type":              {[]string{init, `{"type":"` + strings.Repeat("é", 200) + `"}`}, 4400},
		"a name twice":                 {[]string{init, `{"type":"ping","type":"pong"}`}, 4400},
		"an unknown type before init":  {[]string{`{"type":"x"}`}, 4400},
		"subscribe before init":        {[]string{subscribe("1")}, 4401},
		"no credential":                {[]string{`{"type":"connection_init"}`}, 4403},
		"a null payload":               {[]string{`{"type":"connection_init","payload":null}`}, 4403},
		"a bad credential":             {[]string{`{"type":"connection_init","payload":{"authorization":"Bearer cbk_1_x"}}`}, 4403},
		"a credential that is no text": {[]string{`{"type":"connection_init","payload":{"apiKey":7}}`}, 4403},
		"two credentials":              {[]string{`{"type":"connection_init","payload":{"apiKey":"` + key + `","authorization":"Bearer ` + key + `"}}`}, 4403},
		"one credential twice":         {[]string{`{"type":"connection_init","payload":{"apiKey":"` + key + `","x-api-key":"` + key + `"}}`}, 4403},
		"a payload that is none":       {[]string{`{"type":"connection_init","payload":7}`}, 4400},
		"init twice":                   {[]string{init, init}, 4429},
		"an id twice":                  {[]string{init, subscribe("1"), subscribe("1")}, 4409},
		"a long id twice":              {[]string{init, subscribe(strings.Repeat("长", 300)), subscribe(strings.Repeat("长", 300))}, 4409},
		"no id":                        {[]string{init, `{"type":"subscribe","payload":{"query":"{__typename}"}}`}, 4400},
		"no payload":                   {[]string{init, `{"id":"1","type":"subscribe"}`}, 4400},
		"no query":                     {[]string{init, `{"id":"1","type":"subscribe","payload":{}}`}, 4400},
		"a query that is no text":      {[]string{init, `{"id":"1","type":"subscribe","payload":{"query":7}}`}, 4400},
		"a flood":                      {append([]string{init}, many...), 4429},
		"a large message":              {[]string{init, `{"type":"ping","payload":{"x":"` + strings.Repeat("x", 5000) + `"}}`}, 1009},
		"nothing":                      {nil, 4408},
		"only pings":                   {[]string{`{"type":"ping"}`, `{"type":"pong"}`}, 4408},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			socket := d.dial()
			for _, m := range c.messages {
				if err := socket.Write(socket.ctx, websocket.MessageText, []byte(m)); err != nil {
					break // it is closed already
				}
			}
			for {
				m := socket.hear()
				if code, closed := m["closed"]; closed {
					if code != c.code {
						t.Errorf("closed by %v, not %v", code, c.code)
					}
					return
				}
			}
		})
	}
	t.Run("what is allowed", func(t *testing.T) {
		t.Parallel()
		socket := d.dial("X-Api-Key", key)
		socket.say(`{"type":"ping","payload":{"x":1}}`)
		if m := socket.hear(); m["type"] != "pong" || at(m, "payload", "x") != 1.0 {
			t.Fatal(m)
		}
		socket.say(`{"type":"connection_init","payload":{}}`)
		if m := socket.hear(); m["type"] != "connection_ack" {
			t.Fatal(m)
		}
		for i := range 4 {
			socket.say(subscribe(fmt.Sprint(i)))
		}
		if m := socket.hear(); m["id"] != "3" || m["type"] != "error" || at(m, "payload", 0, "extensions", "code") != "LIMIT_EXCEEDED" {
			t.Fatal(m)
		}
		socket.say(`{"id":"0","type":"complete"}`)
		socket.say(`{"id":"nothing","type":"complete"}`)
		socket.say(`{"id":"0","type":"subscribe","payload":{"query":"{ viewer { name credential } }"}}`)
		if m := socket.hear(); at(m, "payload", "data", "viewer", "name") != "socket" {
			t.Fatal(m)
		}
	})
	t.Run("two credentials in two places", func(t *testing.T) {
		t.Parallel()
		socket := d.dial("X-Api-Key", key)
		socket.say(init)
		if m := socket.hear(); m["closed"] != 4403.0 {
			t.Fatal(m)
		}
	})
	t.Run("binary", func(t *testing.T) {
		t.Parallel()
		socket := d.dial()
		_ = socket.Write(socket.ctx, websocket.MessageBinary, []byte(init))
		if m := socket.hear(); m["closed"] != 4400.0 {
			t.Fatal(m)
		}
	})
	t.Run("another subprotocol", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(context.Background(), slowness*20*time.Second)
		defer cancel()
		for _, subprotocols := range [][]string{nil, {"graphql-ws"}} {
			conn, _, err := websocket.Dial(ctx, d.url+"/graphql", &websocket.DialOptions{Subprotocols: subprotocols})
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err = conn.Read(ctx); websocket.CloseStatus(err) != 4406 {
				t.Error(err)
			}
		}
	})
}

// TestSeats opens more websockets and event streams than one credential may, and than there may be; those that end make room.
func TestSeats(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := openDoor(t, e, func(s *web.Options) { s.Limits.Sockets, s.Limits.SocketsEach = 3, 2 })
		one, two := d.key("one", model.RoleAdmin), d.key("two", model.RoleAdmin)
		open := func(key string) (*wsConn, map[string]any) {
			socket := d.dial("X-Api-Key", key)
			socket.say(`{"type":"connection_init"}`)
			socket.hear()
			socket.say(`{"type":"ping"}`)
			return socket, socket.hear()
		}
		first, pong := open(one)
		if pong["type"] != "pong" {
			t.Fatal(pong)
		}
		d.events(watch, "X-Api-Key", one)
		if _, closed := open(one); closed["closed"] != 1013.0 {
			t.Errorf("a third of one credential: %v", closed)
		}
		refused := d.post(watch, "X-Api-Key", one, "Accept", "text/event-stream")
		if refused.status != 429 || refused.code(t) != "LIMIT_EXCEEDED" || refused.header.Get("Retry-After") == "" {
			t.Errorf("%d %s", refused.status, refused.body)
		}
		if _, pong := open(two); pong["type"] != "pong" {
			t.Errorf("another credential: %v", pong)
		}
		if _, closed := open(two); closed["closed"] != 1013.0 {
			t.Errorf("a fourth of all: %v", closed)
		}
		_ = first.CloseNow()
		eventually(t, "a closed socket makes room", func() bool { _, pong := open(two); return pong["type"] == "pong" })
	})
}

// TestSocketsAtTheEnd stops a server whose sockets are at work: what runs is answered, what watches ends, and the client is told.
func TestSocketsAtTheEnd(t *testing.T) {
	dsn := "sqlite:" + t.TempDir() + "/end.db"
	address, stop := startServer(t, "--db", dsn)
	d := &door{t: t, url: address}
	silent, busy := d.dial(), d.dial()
	busy.say(`{"type":"connection_init"}`)
	busy.hear()
	busy.say(`{"id":"1","type":"subscribe","payload":{"query":"subscription { callChanged { id } }"}}`)
	inputs := make([]any, 3000)
	for i := range inputs {
		inputs[i] = vars{"name": "x"}
	}
	busy.SetReadLimit(10 << 20)
	busy.say(`{"id":"2","type":"subscribe","payload":` + string(asBody(`mutation($i: [CreateCallInput!]!) { createCalls(inputs: $i) { written } }`, vars{"i": inputs})) + `}`)
	busy.say(`{"id":"3","type":"subscribe","payload":{"query":"{ viewer { name } }"}}`)
	for m := busy.hear(); m["id"] != "3"; m = busy.hear() { // it has come that far
	}
	stopped := make(chan int, 1)
	go func() { stopped <- stop() }()
	written := any(nil)
	for {
		m := busy.hear()
		if m["id"] == "2" && m["type"] == "next" {
			written = at(m, "payload", "data", "createCalls", "written")
		}
		if code, closed := m["closed"]; closed {
			if code != 1001.0 || written != 3000.0 {
				t.Errorf("closed by %v, after %v were written", code, written)
			}
			break
		}
	}
	if m := silent.hear(); m["closed"] != 1001.0 {
		t.Errorf("%v", m)
	}
	if code := <-stopped; code != 0 {
		t.Errorf("the server ended with %d", code)
	}
}
