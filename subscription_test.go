package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"callbook/auth"
	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// events subscribes by an event stream, and answers a function that waits for the next event: its name and its data.
func (d *door) events(query string, headers ...string) (next func() (event, data string)) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), slowness*20*time.Second)
	d.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "POST", d.url+"/graphql", strings.NewReader(`{"query":`+string(marshalText(query))+`}`))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = response.Body.Close() })
	if response.StatusCode != 200 || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		d.t.Fatalf("%d %s", response.StatusCode, response.Header.Get("Content-Type"))
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	return func() (event, data string) {
		for lines.Scan() {
			switch line := lines.Text(); {
			case strings.HasPrefix(line, "event: "):
				event = line[7:]
			case strings.HasPrefix(line, "data: "):
				data = line[6:]
			case line == "" && event != "":
				return event, data
			}
		}
		return "end", fmt.Sprint(lines.Err())
	}
}

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

const watch = `subscription { callChanged { kind id operation version changedBy call { name callerId tags } } }`

// TestSubscription watches calls by both transports, for one's own tenant alone, own rows alone, and masked.
func TestSubscription(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := openDoor(t, e, nil)
		stranger, _ := dbtest.NewTenant(context.Background())
		writer := []string{"X-Api-Key", d.key("writer", model.RoleManager)}
		socket := d.dial()
		socket.say(`{"type":"connection_init","payload":{"Authorization":"Bearer ` + d.key("socket", model.RoleAdmin) + `"}}`)
		if m := socket.hear(); m["type"] != "connection_ack" {
			t.Fatal(m)
		}
		socket.say(`{"id":"1","type":"subscribe","payload":{"query":` + string(marshalText(watch)) + `}}`)
		socket.say(`{"id":"2","type":"subscribe","payload":{"query":"{ calls { totalCount } }"}}`)
		if m := socket.hear(); m["id"] != "2" || at(m, "payload", "data", "calls", "totalCount") != 0.0 {
			t.Fatal(m)
		}
		if m := socket.hear(); m["id"] != "2" || m["type"] != "complete" {
			t.Fatal(m)
		}
		stream := d.events(watch, writer...)
		own := d.events(watch, "X-Api-Key", d.key("agent", model.RoleAgent))
		masked := d.events(watch, "X-Api-Key", d.key("analyst", model.RoleAnalyst))
		only := d.events(`subscription { callChanged(id: "b", kinds: [DELETED]) { kind id call { id } } }`, writer...)

		if _, err := e.DB.CreateCall(stranger, model.CreateCallInput{ID: new("strange")}); err != nil {
			t.Fatal(err)
		}
		d.post(`mutation { createCall(input: {id: "a", name: "n", callerId: "13812345678", tags: ["t"]}) { call { id } } }`, writer...)
		for who, next := range map[string]func() (string, string){"the stream": stream, "the analyst": masked} {
			event, data := next()
			number := map[string]string{"the stream": "13812345678", "the analyst": "138******78"}[who]
			want := `{"data":{"callChanged":{"kind":"CREATED","id":"a","operation":"createCall","version":1,"changedBy":"writer","call":{"name":"n","callerId":"` + number + `","tags":["t"]}}}`
			if event != "next" || !strings.HasPrefix(data, want[:len(want)-1]) {
				t.Errorf("%s: %s %s, not %s", who, event, data, want)
			}
		}
		if m := socket.hear(); m["id"] != "1" || at(m, "payload", "data", "callChanged", "id") != "a" {
			t.Errorf("%v", m)
		}
		d.post(`mutation { a: createCall(input: {id: "b"}) { call { id } } b: updateCalls(select: {ids: ["b"]}, input: {name: "x"}, dryRun: true) { written }
			c: addCallTags(select: {ids: ["b"]}, tags: ["t"]) { written } d: deleteCalls(select: {ids: ["b"]}) { written } e: restoreCalls(select: {ids: ["b"]}) { written }
			f: deleteCalls(select: {ids: ["b"]}) { written } g: purgeCalls(select: {ids: ["b"]}) { written } }`, writer...)
		for _, want := range []string{"CREATED", "UPDATED", "DELETED", "RESTORED", "DELETED", "PURGED"} {
			if _, data := stream(); !strings.Contains(data, `"kind":"`+want+`","id":"b"`) {
				t.Errorf("not %s: %s", want, data)
			}
		}
		if event, data := only(); event != "next" || !strings.Contains(data, `{"kind":"DELETED","id":"b","call":null}`) {
			t.Errorf("%s %s", event, data)
		}
		agentKey := d.key("agent", model.RoleAgent)
		d.post(`mutation { createCall(input: {id: "mine"}) { call { id } } }`, "X-Api-Key", agentKey)
		if _, data := own(); !strings.Contains(data, `"id":"mine"`) {
			t.Errorf("the agent hears %s", data)
		}
		socket.say(`{"id":"1","type":"complete"}`)
		socket.say(`{"id":"3","type":"subscribe","payload":{"query":"{ nothing }"}}`)
		for {
			m := socket.hear()
			if m["type"] == "error" {
				if m["id"] != "3" || at(m, "payload", 0, "extensions", "code") != "GRAPHQL_VALIDATION_FAILED" {
					t.Errorf("%v", m)
				}
				break
			}
			if m["type"] != "next" || m["id"] != "1" {
				t.Fatal(m)
			}
		}
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

// TestManyEvents writes batches while many watch: each hears everything, also after others have gone in the middle.
func TestManyEvents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := openFreeDoor(t, e, func(s *site) { s.Limits.Budget = 1 << 40 })
		const batches, size = 3, 200
		var gone, stay []*wsConn
		for i := range 12 {
			socket := d.dial()
			socket.SetReadLimit(1 << 20)
			socket.say(`{"type":"connection_init"}`)
			socket.hear()
			socket.say(`{"id":"1","type":"subscribe","payload":{"query":"subscription { callChanged { id call { tags tasks { id } } } }"}}`)
			socket.say(`{"id":"2","type":"subscribe","payload":{"query":"{ calls { totalCount } }"}}`)
			socket.hear()
			socket.hear()
			if i%3 == 0 {
				gone = append(gone, socket)
			} else {
				stay = append(stay, socket)
			}
		}
		for range batches {
			inputs := make([]*model.CreateCallInput, size)
			for i := range inputs {
				inputs[i] = &model.CreateCallInput{}
			}
			if _, err := e.DB.CreateCalls(e.Ctx, inputs, db.Batch{}); err != nil {
				t.Fatal(err)
			}
			for _, socket := range gone {
				socket.hear()
				_ = socket.CloseNow()
			}
			gone = nil
		}
		for _, socket := range stay {
			for n := range batches * size {
				if m := socket.hear(); m["type"] != "next" || at(m, "payload", "errors") != nil {
					t.Fatalf("event %d: %v", n, m)
				}
			}
		}
		last := d.events(`subscription { callChanged { kind } }`)
		d.post(`mutation { createCall(input: {}) { call { id } } }`)
		if event, data := last(); event != "next" || !strings.Contains(data, "CREATED") {
			t.Errorf("%s %s", event, data)
		}
	})
}

// TestSeats opens more websockets and event streams than one credential may, and than there may be; those that end make room.
func TestSeats(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := openDoor(t, e, func(s *site) { s.Limits.Sockets, s.Limits.SocketsEach = 3, 2 })
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

// TestSubscriptionRefused subscribes without the right to, and without a transport for it.
func TestSubscriptionRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := openDoor(t, e, nil)
		_, text, err := e.DB.CreateAPIKey(e.Ctx, model.CreateAPIKeyInput{Name: "x", Roles: []model.Role{model.RoleAdmin}, Permissions: []model.Permission{}})
		if err != nil {
			t.Fatal(err)
		}
		next := d.events(watch, "X-Api-Key", text)
		if _, data := next(); !strings.Contains(data, "FORBIDDEN") {
			t.Errorf("%s", data)
		}
		if event, _ := next(); event != "complete" {
			t.Errorf("%s", event)
		}
		if got := d.post(watch, "X-Api-Key", text); got.status != 406 || got.code(t) != "BAD_USER_INPUT" {
			t.Errorf("%d %s", got.status, got.body)
		}
		if got := d.post(watch, "X-Api-Key", text, "Accept", "application/json, text/event-stream;q=0.1"); got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/event-stream") {
			t.Errorf("%d %s", got.status, got.header.Get("Content-Type"))
		}
		for _, query := range []string{"subscription { a: callChanged { id } b: callChanged { id } }", "subscription { callChanged { id } __typename }",
			"subscription { ...F } fragment F on Subscription { callChanged { id } ... { x: callChanged { id } } }",
			"subscription($x: Boolean!) { callChanged @skip(if: $x) { id } }", "subscription { ... @include(if: false) { callChanged { id } } }"} {
			if got := d.post(query, "X-Api-Key", text); got.code(t) != "GRAPHQL_VALIDATION_FAILED" {
				t.Errorf("%s: %s", query, got.body)
			}
		}
	})
}

// TestCredentialEnds revokes keys, and lets them expire, while sockets and streams are open.
func TestCredentialEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		later := make(chan struct{})
		now := func() time.Time {
			select {
			case <-later:
				return time.Now().Add(48 * time.Hour)
			default:
				return time.Now()
			}
		}
		d := openDoor(t, e, func(s *site) {
			s.Auth = auth.New(auth.Options{Key: e.DB.APIKey, NoteUse: e.DB.NoteKeyUse, Now: now})
		})
		for name, end := range map[string]func(id string){
			"revoked": func(id string) {
				if _, err := e.DB.RevokeAPIKey(e.Ctx, id); err != nil {
					t.Fatal(err)
				}
			},
			"expired": func(string) { close(later) },
		} {
			expires := time.Now().Add(24 * time.Hour)
			in := model.CreateAPIKeyInput{Name: "x", Roles: []model.Role{model.RoleAdmin}}
			if name == "expired" {
				in.ExpiresAt = &expires
			}
			key, text, err := e.DB.CreateAPIKey(e.Ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			socket := d.dial()
			socket.say(`{"type":"connection_init","payload":{"apiKey":"` + text + `"}}`)
			if m := socket.hear(); m["type"] != "connection_ack" {
				t.Fatal(m)
			}
			next := d.events(watch, "X-Api-Key", text)
			end(key.ID)
			if m := socket.hear(); m["closed"] != 4403.0 {
				t.Errorf("%s: %v", name, m)
			}
			if event, data := next(); event != "next" || !strings.Contains(data, "UNAUTHENTICATED") {
				t.Errorf("%s: %s %s", name, event, data)
			}
			if event, _ := next(); event != "complete" {
				t.Errorf("%s: %s", name, event)
			}
		}
	})
}

// TestSocketProtocol breaks the protocol in every way it names.
func TestSocketProtocol(t *testing.T) {
	e := dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/socket.db")
	d := openDoor(t, e, func(s *site) {
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
