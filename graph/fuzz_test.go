package graph

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"callbook/graph/internal/gen"
)

// defaultLimits are the limits where nothing is configured.
func defaultLimits() Limits {
	var flags struct {
		Limit Limits `embed:"" envprefix:"CALLBOOK_LIMIT_"`
	}
	if _, err := kong.Must(&flags).Parse(nil); err != nil {
		panic(err)
	}
	return flags.Limit
}

// FuzzRequest reads bodies: what is taken is JSON in UTF-8, an object, and means the same to encoding/json.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{`{"query":"{__typename}","variables":{"a":[1,{"b":null}]}}`, `{"query":"\ud83d\ude00","documentId":null}`, `{"a":1,"\u0061":2,"query":""}`,
		`{"query":"x","variables":[]}`, "{}}", `{"query":"x"} {}`, `{"":{"":{"":[[[]]]}},"query":"\"\\"}`, "\xff", `[`, `{"query":"x\ud800"}`} {
		f.Add([]byte(seed))
	}
	limits := defaultLimits()
	f.Fuzz(func(t *testing.T, body []byte) {
		req, bad := parseRequest(body, limits)
		if bad != nil {
			return
		}
		var plain struct {
			Query         any
			OperationName any
		}
		if !json.Valid(body) || !utf8.Valid(body) || json.Unmarshal(body, &plain) != nil {
			t.Fatalf("taken: %q", body)
		}
		if _, named := req.Extensions["persistedQuery"]; req.Query == "" && req.documentID == "" && !named {
			t.Fatalf("names no document: %q", body)
		}
	})
}

// FuzzAccept negotiates: the answer is one of the forms there are, or none.
func FuzzAccept(f *testing.F) {
	for _, seed := range []string{"", "*/*", "application/json;q=0.5, text/event-stream", ";;q=,", "a/b;q=1e309", "application/graphql-response+json;q=0,*/*"} {
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

// FuzzDocument measures, validates and prices documents of any kind.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{"{__typename}", "{...F} fragment F on Query {...F}", "query($n:Int=3){calls(first:$n){nodes{id ...@include(if:true){tags}}}}",
		"subscription{...F}fragment F on Subscription{callChanged{id}}", `{calls(filter:{name:{eq:"\u{1F600}"}}){totalCount}}`, `{markCallRecords(ids:7,readStatus:HAS_READ){written}}`,
		"{a:__schema{types{fields{type{name}}}}}", "mutation{createCalls(inputs:[{},{}]){results{id}}}", `{calls(first:99999999999){nodes{id}}}`} {
		f.Add(seed)
	}
	schema := gen.NewExecutableSchema(gen.Config{}).Schema()
	limits := defaultLimits()
	f.Fuzz(func(t *testing.T, text string) {
		d := newDocuments(schema, Options{Limits: limits, Introspection: true, Suggestions: true})
		document, errs := d.parse(t.Context(), text)
		if errs != nil {
			return
		}
		for _, operation := range document.Operations {
			if p := priceOf(schema, operation, map[string]any{}); p.total < 0 || p.fixed < 0 || p.total > shapeMax {
				t.Fatalf("%q: %v", text, p)
			}
			_ = checkNulls(operation, map[string]any{"n": nil})
		}
	})
}
