package transport

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"callbook/graph/operation"
)

// FuzzRequest reads bodies: what is taken is JSON in UTF-8, an object, and means the same to encoding/json.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		`{"query":"{__typename}","variables":{"a":[1,{"b":null}]}}`,
		`{"query":"\ud83d\ude00","documentId":null}`,
		`{"a":1,"\u0061":2,"query":""}`,
		`{"query":"x","variables":[]}`,
		"{}}",
		`{"query":"x"} {}`,
		`{"":{"":{"":[[[]]]}},"query":"\"\\"}`,
		"\xff",
		`[`,
		`{"query":"x\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	limits := operation.DefaultLimits()
	f.Fuzz(func(t *testing.T, body []byte) {
		req := &operation.Request{}
		if parseRequest(req, string(body), limits) != nil {
			return
		}
		var plain struct {
			Query         any
			OperationName any
		}
		if !json.Valid(body) || !utf8.Valid(body) || json.Unmarshal(body, &plain) != nil {
			t.Fatalf("taken: %q", body)
		}
		if _, named := req.Extensions["persistedQuery"]; req.Query == "" && req.DocumentID == "" && !named {
			t.Fatalf("names no document: %q", body)
		}
	})
}

// FuzzDecodeJSON decodes texts: what is taken is what encoding/json reads, and what is no JSON is none to it.
func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{
		` {"a":[1,-0.5e+7,true,false,null,{},[]],"b":"\u0041\ud83d\ude00\"\\\/\b\f\n\r\t中文"} `,
		`[01]`, `[-]`, `[1.]`, `[.5]`, `[1e]`, `[+1]`, `[1 2]`, `[1,]`, `{"a":1,}`, `{"a" 1}`, `{a:1}`, `[tru]`, `nul`,
		`"\x"`, `"\u12"`, `"\u{41}"`, `"\`, `"`, "\"\n\"", "[\x00]", `["\ud83d"]`, `{"a":1,"a":2}`, "\f[]", "[]]", "",
	} {
		f.Add(seed)
	}
	limits := operation.DefaultLimits()
	f.Fuzz(func(t *testing.T, text string) {
		d := jsonDecoder{body: text, limits: limits}
		got, err := d.value()
		if d.next(); err == nil && d.at < len(text) {
			err = errNotObject
		}
		if err == errNotObject && json.Valid([]byte(text)) {
			t.Fatalf("%q is no JSON, want it taken, as by encoding/json", text)
		}
		if err != nil || !utf8.ValidString(text) {
			return
		}
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var want any
		if err := decoder.Decode(&want); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: got %#v, want %#v, %v", text, got, want, err)
		}
	})
}

// FuzzAccept negotiates: the answer is one of the forms there are, or none.
func FuzzAccept(f *testing.F) {
	for _, seed := range []string{
		"", "*/*", "application/json;q=0.5, text/event-stream", ";;q=,", "a/b;q=1e309",
		"application/graphql-response+json;q=0,*/*",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		form := negotiate(&http.Request{Header: http.Header{"Accept": {accept}}})
		switch form.best {
		case "", jsonType, graphqlType, eventStreamType:
		default:
			t.Fatalf("%q: %q", accept, form.best)
		}
		if form.best == eventStreamType && !strings.Contains(strings.ToLower(accept), eventStreamType) {
			t.Fatalf("%q: an event stream that nobody named", accept)
		}
	})
}
