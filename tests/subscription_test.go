package tests

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"callbook/auth"
	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/web"
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

// TestManyEvents writes batches while many watch: each hears everything, also after others have gone in the middle.
func TestManyEvents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := openFreeDoor(t, e, func(s *web.Options) { s.Limits.Budget = 1 << 40 })
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
		d := openDoor(t, e, func(s *web.Options) {
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
