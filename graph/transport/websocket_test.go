package transport

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"callbook/graph/operation"
	"callbook/model"
)

// newConnection returns a connection without a websocket, on which n operations may be under way.
func newConnection(t *testing.T, n int) *connection {
	t.Helper()
	return &connection{
		handler: &handler{limits: operation.Limits{SocketOperations: n}}, ctx: t.Context(),
		operations: map[string]*socketOperation{},
	}
}

// mustBegin begins an operation that may begin.
func mustBegin(t *testing.T, c *connection, id string) *socketOperation {
	t.Helper()
	o, err := c.begin(c.ctx, id)
	if o == nil || err != nil {
		t.Fatalf("begin(%s) = %v, %v, want an operation", id, o, err)
	}
	return o
}

func TestBegin(t *testing.T) {
	c := newConnection(t, 2)
	first := mustBegin(t, c, "1")
	if o, err := c.begin(c.ctx, "1"); o != nil || err != nil {
		t.Errorf("an id that is under way: %v, %v, want nothing", o, err)
	}
	mustBegin(t, c, "2")
	if _, err := c.begin(c.ctx, "3"); err == nil || err.Code != model.ErrorCodeLimitExceeded {
		t.Errorf("a third operation: %v, want LIMIT_EXCEEDED", err)
	}
	c.cancel("1")
	c.cancel("unknown")
	if first.ctx.Err() == nil {
		t.Error("the context of a cancelled operation has not ended")
	}
	again := mustBegin(t, c, "1")
	if c.end(first) {
		t.Error("end of the first operation = true, although the client has cancelled it")
	}
	if !c.isUnderWay(again) || again.ctx.Err() != nil {
		t.Error("the end of an operation ended the next one with its id")
	}
	if !c.end(again) || c.isUnderWay(again) {
		t.Error("end = false, or did not end the operation")
	}
	c.isOver = true
	if _, err := c.begin(c.ctx, "4"); err == nil || err.Code != model.ErrorCodeUnauthenticated {
		t.Errorf("an operation of a websocket that ends: %v, want UNAUTHENTICATED", err)
	}
}

func TestFinish(t *testing.T) {
	for _, atOnce := range []bool{true, false} {
		t.Run(fmt.Sprintf("at once: %v", atOnce), func(t *testing.T) {
			c := newConnection(t, 10)
			query, subscription := mustBegin(t, c, "query"), mustBegin(t, c, "subscription")
			c.markLasting(subscription)
			finished := make(chan struct{})
			go func() {
				c.finish(atOnce)
				close(finished)
			}()
			<-subscription.ctx.Done()
			if !atOnce {
				select {
				case <-finished:
					t.Error("finish does not wait for a query")
				default:
				}
				if query.ctx.Err() != nil {
					t.Error("finish ended a query")
				}
				c.end(query)
			}
			<-finished
			if query.ctx.Err() == nil || len(c.operations) != 0 {
				t.Errorf("after finish %d operations are under way, want none", len(c.operations))
			}
		})
	}
}

func TestMarkLastingWhenTheWebsocketEnds(t *testing.T) {
	c := newConnection(t, 10)
	o := mustBegin(t, c, "1")
	c.isOver = true
	c.markLasting(o)
	if o.ctx.Err() == nil || c.isUnderWay(o) {
		t.Error("a subscription goes on although its websocket ends")
	}
}

func TestMessages(t *testing.T) {
	for body, want := range map[string]bool{
		`{"type":"connection_init"}`:                                   true,
		`{"type":"connection_init","payload":null}`:                    true,
		`{"type":"connection_init","payload":{}}`:                      true,
		`{"type":"connection_init","payload":"x"}`:                     false,
		`{"type":"connection_init","payload":[]}`:                      false,
		`{"type":"ping"}`:                                              true,
		`{"type":"ping","payload": {"a":1}}`:                           true,
		`{"type":"unknown"}`:                                           true, // refused by its type
		`{"type":"subscribe","id":"1","payload":{}}`:                   true,
		`{"type":"subscribe","id":"1","payload":null}`:                 false,
		`{"type":"subscribe","id":"1"}`:                                false,
		`{"type":"subscribe","payload":{}}`:                            false,
		`{"type":"subscribe","id":"","payload":{}}`:                    false,
		`{"type":"complete","id":"1"}`:                                 true,
		`{"type":"complete"}`:                                          false,
		`{"type":"complete","id":"` + strings.Repeat("x", 1000) + `"}`: true,
		`{"type":"complete","id":"` + strings.Repeat("x", 1001) + `"}`: false,
		`{"type":""}`: false,
		`{}`:          false,
	} {
		var m message
		if err := json.Unmarshal([]byte(body), &m); err != nil {
			t.Fatal(err)
		}
		if got := m.isComplete(); got != want {
			t.Errorf("isComplete of %.80s = %v, want %v", body, got, want)
		}
	}
}

func TestCredentialsIn(t *testing.T) {
	for payload, want := range map[string]map[string]string{
		``:                                   {},
		`null`:                               {},
		`{}`:                                 {},
		`{"other":1}`:                        {},
		`{"authorization":"Bearer x"}`:       {"authorization": "Bearer x"},
		`{"Authorization":"Bearer x"}`:       {"authorization": "Bearer x"},
		`{"apiKey":"k"}`:                     {"apiKey": "k"},
		`{"apikey":"k"}`:                     {"apiKey": "k"},
		`{"X-Api-Key":"k"}`:                  {"apiKey": "k"},
		`{"authorization":"x","apiKey":"k"}`: {"authorization": "x", "apiKey": "k"},
		`{"apiKey":1}`:                       nil,
		`{"apiKey":["k"]}`:                   nil,
		`{"apiKey":"k","x-api-key":"l"}`:     nil,
	} {
		got, ok := credentialsIn(json.RawMessage(payload))
		if ok != (want != nil) || !reflect.DeepEqual(got, want) {
			t.Errorf("credentialsIn(%s) = %v, %v, want %v", payload, got, ok, want)
		}
	}
}
