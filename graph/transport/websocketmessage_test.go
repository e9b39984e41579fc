package transport

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

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
