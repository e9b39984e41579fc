package transport

import (
	"net/http"
	"testing"
)

func TestNegotiate(t *testing.T) {
	for _, c := range []struct {
		accept string
		want   accepted
	}{
		{"", accepted{jsonType, false}},
		{" ", accepted{jsonType, false}},
		{"*/*", accepted{jsonType, false}},
		{"application/*", accepted{jsonType, false}},
		{"application/json", accepted{jsonType, false}},
		{"APPLICATION/JSON", accepted{jsonType, false}},
		{"application/json; charset=utf-8", accepted{jsonType, false}},
		{"application/graphql-response+json", accepted{graphqlType, false}},
		{"application/graphql-response+json, application/json", accepted{graphqlType, false}},
		{"application/json, application/graphql-response+json", accepted{jsonType, false}},
		{"application/json;q=0.5, application/graphql-response+json;q=0.9", accepted{graphqlType, false}},
		{"application/graphql-response+json;q=0.5, application/json", accepted{jsonType, false}},
		{"application/graphql-response+json, */*;q=0.1", accepted{graphqlType, false}},
		{"*/*, application/json;q=0", accepted{graphqlType, false}},
		{"application/json;q=0", accepted{"", false}},
		{"text/html", accepted{"", false}},
		{"text/*", accepted{"", false}},
		{"text/html, */*;q=0.8", accepted{jsonType, false}},
		{"text/event-stream", accepted{eventStreamType, true}},
		{"text/event-stream, application/json", accepted{eventStreamType, true}},
		{"application/json, text/event-stream", accepted{jsonType, true}},
		{"text/event-stream;q=0, application/json", accepted{jsonType, false}},
		{"application/json;q=2", accepted{jsonType, false}},
		{"application/json;q=-1", accepted{jsonType, false}},
		{"application/json;q=x", accepted{jsonType, false}},
		{";;, application/json", accepted{jsonType, false}},
	} {
		if got := negotiate(&http.Request{Header: http.Header{"Accept": {c.accept}}}); got != c.want {
			t.Errorf("negotiate(%q) = %+v, want %+v", c.accept, got, c.want)
		}
	}
	several := &http.Request{Header: http.Header{"Accept": {"text/html", "application/graphql-response+json"}}}
	if got := negotiate(several); got.best != graphqlType {
		t.Errorf("two headers give %+v, want %s", got, graphqlType)
	}
}
