package tests

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
	"callbook/web"
)

// watch is a subscription to all changes of calls.
const watch = `subscription { callChanged { kind callId operation version changedBy call { name callerId tags } } }`

// TestSubscription subscribes to calls by websocket and by event stream, and checks that each subscriber hears of its
// own tenant alone, an agent of its own calls alone, and an analyst without personal data.
func TestSubscription(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.Listen(t, e, nil)
		stranger, _ := dbtest.NewTenant(context.Background())
		writer := []string{"X-Api-Key", server.Key("writer", model.RoleManager)}
		socket := server.Dial()
		socket.Say(`{"type":"connection_init","payload":{"Authorization":"Bearer ` + server.Key("socket", model.RoleAdmin) +
			`"}}`)
		if m := socket.Hear(); m["type"] != "connection_ack" {
			t.Fatalf("connection_init: got %v, want connection_ack", m)
		}
		socket.Subscribe("1", watch)
		socket.Subscribe("2", "{ calls { totalCount } }")
		if m := socket.Hear(); m["id"] != "2" || harness.At(m, "payload", "data", "calls", "totalCount") != 0.0 {
			t.Fatalf("a query on a socket: got %v, want its answer", m)
		}
		if m := socket.Hear(); m["id"] != "2" || m["type"] != "complete" {
			t.Fatalf("after the query: got %v, want complete", m)
		}
		stream := server.Events(watch, writer...)
		agentKey := server.Key("agent", model.RoleAgent)
		own := server.Events(watch, "X-Api-Key", agentKey)
		masked := server.Events(watch, "X-Api-Key", server.Key("analyst", model.RoleAnalyst))
		only := server.Events(
			`subscription { callChanged(id: "b", kinds: [DELETED]) { kind callId call { id } } }`, writer...)

		if _, err := e.DB.CreateCall(stranger, model.CreateCallInput{ID: new("strange")}); err != nil {
			t.Fatal(err)
		}
		server.Send(`mutation { createCall(input: {id: "a", name: "n", callerId: "13812345678", tags: ["t"]}) { call { id } }
			}`,
			writer...)
		for who, next := range map[string]harness.Events{"the stream": stream, "the analyst": masked} {
			event, data := next()
			number := map[string]string{"the stream": "13812345678", "the analyst": "138******78"}[who]
			want := `{"data":{"callChanged":{"kind":"CREATED","callId":"a","operation":"createCall","version":1,` +
				`"changedBy":"writer","call":{"name":"n","callerId":"` + number + `","tags":["t"]}}}`
			if event != "next" || !strings.HasPrefix(data, want[:len(want)-1]) {
				t.Errorf("%s: got %s %s, want %s", who, event, data, want)
			}
		}
		if m := socket.Hear(); m["id"] != "1" || harness.At(m, "payload", "data", "callChanged", "callId") != "a" {
			t.Errorf("the socket: got %v, want the change of a", m)
		}
		server.Send(`mutation { a: createCall(input: {id: "b"}) { call { id } }
			b: updateCalls(select: {ids: ["b"]}, input: {name: "x"}, dryRun: true) { written }
			c: addCallTags(select: {ids: ["b"]}, tags: ["t"]) { written } d: deleteCalls(select: {ids: ["b"]}) { written }
				e: restoreCalls(select: {ids: ["b"]}) { written }
			f: deleteCalls(select: {ids: ["b"]}) { written } g: purgeCalls(select: {ids: ["b"]}) { written } }`, writer...)
		for _, want := range []string{"CREATED", "UPDATED", "DELETED", "RESTORED", "DELETED", "PURGED"} {
			if _, data := stream(); !strings.Contains(data, `"kind":"`+want+`","callId":"b"`) {
				t.Errorf("the stream: got %s, want the kind %s", data, want)
			}
		}
		if event, data := only(); event != "next" || !strings.Contains(data, `{"kind":"DELETED","callId":"b","call":null}`) {
			t.Errorf("the stream of deletions of b: got %s %s, want the first deletion", event, data)
		}
		server.Send(`mutation { createCall(input: {id: "mine"}) { call { id } } }`, "X-Api-Key", agentKey)
		if _, data := own(); !strings.Contains(data, `"callId":"mine"`) {
			t.Errorf("the agent's stream: got %s, want the agent's own call", data)
		}
		socket.Say(`{"id":"1","type":"complete"}`)
		socket.Subscribe("3", "{ nothing }")
		for {
			m := socket.Hear()
			if m["type"] == "error" {
				if m["id"] != "3" || harness.At(m, "payload", 0, "extensions", "code") != "GRAPHQL_VALIDATION_FAILED" {
					t.Errorf("an invalid operation: got %v, want GRAPHQL_VALIDATION_FAILED under the id 3", m)
				}
				break
			}
			if m["type"] != "next" || m["id"] != "1" {
				t.Fatalf("meanwhile: got %v, want events of the subscription 1", m)
			}
		}
	})
}

// TestManyEvents writes batches while many subscribe, and checks that each receives every event, also after others have
// disconnected.
func TestManyEvents(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, func(o *web.Options) { o.Limits.Budget = 1 << 40 })
		const batches, size = 3, 200
		var gone, stay []*harness.Socket
		for i := range 12 {
			socket := server.Dial()
			socket.SetReadLimit(1 << 20)
			socket.Init()
			socket.Subscribe("1", "subscription { callChanged { callId call { tags tasks { nodes { id } } } } }")
			socket.Subscribe("2", "{ calls { totalCount } }")
			socket.Hear()
			socket.Hear()
			if i%3 == 0 {
				gone = append(gone, socket)
			} else {
				stay = append(stay, socket)
			}
		}
		var readers sync.WaitGroup
		for _, socket := range stay { // all at once: the server closes those that take nothing for some seconds
			readers.Go(func() {
				for n := range batches * size {
					if m := socket.Hear(); m["type"] != "next" || harness.At(m, "payload", "errors") != nil {
						t.Errorf("event %d: got %v, want next without errors", n, m)
						return
					}
				}
			})
		}
		for n := range batches {
			harness.CreateCalls(t, e, size, fmt.Sprint("b", n, " "), "")
			for _, socket := range gone {
				socket.Hear()
				_ = socket.CloseNow()
			}
			gone = nil
		}
		readers.Wait()
		last := server.Events(`subscription { callChanged { kind } }`)
		server.Send(`mutation { createCall(input: {}) { call { id } } }`)
		if event, data := last(); event != "next" || !strings.Contains(data, "CREATED") {
			t.Errorf("a stream after the others: got %s %s, want the creation", event, data)
		}
	})
}

// TestSubscriptionRefused subscribes without the permission, and by transports that cannot carry a subscription.
func TestSubscriptionRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.Listen(t, e, nil)
		_, text, err := e.DB.CreateAPIKey(e.Ctx, model.CreateAPIKeyInput{Name: "x", Roles: []model.Role{model.RoleAdmin},
			Permissions: []model.Permission{}})
		if err != nil {
			t.Fatal(err)
		}
		next := server.Events(watch, "X-Api-Key", text)
		event, data := next()
		if event != "next" || !strings.Contains(data, "FORBIDDEN") || strings.Contains(data, `"data"`) {
			t.Errorf("without the permission: got %s %s, want next with FORBIDDEN and no data", event, data)
		}
		if event, _ := next(); event != "complete" {
			t.Errorf("after the error: got the event %s, want complete", event)
		}
		if got := server.Send(watch, "X-Api-Key", text); got.Status != 406 || got.Code() != "BAD_USER_INPUT" {
			t.Errorf("as JSON: got %d %s, want 406 BAD_USER_INPUT", got.Status, got.Body)
		}
		got := server.Send(watch, "X-Api-Key", text, "Accept",
			"application/json, text/event-stream;q=0.1")
		if got.Status != 200 ||
			!strings.HasPrefix(got.Header.Get("Content-Type"), "text/event-stream") {
			t.Errorf("with JSON preferred: got %d %s, want an event stream", got.Status, got.Header.Get("Content-Type"))
		}
		for _, query := range []string{"subscription { a: callChanged { callId } b: callChanged { callId } }",
			"subscription { callChanged { callId } __typename }",
			"subscription { ...F } fragment F on Subscription { callChanged { callId } ... { x: callChanged { callId } } }",
			"subscription($x: Boolean!) { callChanged @skip(if: $x) { callId } }",
			"subscription { ... @include(if: false) { callChanged { callId } } }"} {
			if got := server.Send(query, "X-Api-Key", text); got.Code() != "GRAPHQL_VALIDATION_FAILED" {
				t.Errorf("%s: got %s, want GRAPHQL_VALIDATION_FAILED", query, got.Body)
			}
		}
	})
}
