package transport

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"callbook/graph/operation"
	"callbook/model"
)

// wanted is the problem that a request should have: the zero value is none.
type wanted struct {
	status  int
	code    model.ErrorCode
	field   string
	message string // a part of it
}

func checkProblem(t *testing.T, what string, got *problem, want wanted) {
	t.Helper()
	switch {
	case got == nil && want.code != "":
		t.Errorf("%s: no problem, want %+v", what, want)
	case got != nil && (got.status != want.status || got.err.Code != want.code || got.err.Field != want.field ||
		!strings.Contains(got.err.Message, want.message)):
		t.Errorf("%s: %d %s at %q: %q, want %+v", what, got.status, got.err.Code, got.err.Field, got.err.Message, want)
	}
}

func bad(field, message string) wanted {
	return wanted{http.StatusBadRequest, model.ErrorCodeBadUserInput, field, message}
}

func tooMuch(field, message string) wanted {
	return wanted{0, model.ErrorCodeLimitExceeded, field, message}
}

func TestParseRequest(t *testing.T) {
	limits := operation.DefaultLimits()
	limits.VariableSize, limits.Values, limits.ListSize = 40, 30, 5
	for _, c := range []struct {
		name, body string
		want       wanted
	}{
		{"a query", `{"query":"{a}"}`, wanted{}},
		{"with spaces around", " \t\r\n{\"query\":\"{a}\"}\n ", wanted{}},
		{"everything", `{"query":"{a}","operationName":"A","variables":{},"extensions":{},"other":1}`, wanted{}},
		{"null stands for nothing", `{"query":"{a}","operationName":null,"variables":null,"extensions":null}`, wanted{}},
		{"an id", `{"documentId":"x"}`, wanted{}},
		{"a persisted query", `{"extensions":{"persistedQuery":{}}}`, wanted{}},
		{"nothing", ``, bad("", "the body must be one JSON object")},
		{"no document", `{}`, bad("query", "is missing")},
		{"an empty query", `{"query":""}`, bad("query", "is missing")},
		{"null for a query", `{"query":null}`, bad("query", "is missing")},
		{"other letters", `{"Query":"{a}"}`, bad("query", "is missing")},
		{"a list", `[{"query":"{a}"}]`, bad("", "the body must be one JSON object")},
		{"a text", `"{a}"`, bad("", "the body must be one JSON object")},
		{"half an object", `{"query":"{a}"`, bad("", "the body must be one JSON object")},
		{"something behind it", `{"query":"{a}"}{}`, bad("", "the body must be one JSON object")},
		{"a byte that is no UTF-8", "{\"query\":\"\xff\"}", bad("", "is not valid UTF-8")},
		{"a name twice", `{"query":"{a}","query":"{b}"}`, bad("", `has the name "query" twice`)},
		{"a number for a query", `{"query":1}`, bad("query", "must be text")},
		{"a number for a name", `{"query":"{a}","operationName":1}`, bad("operationName", "must be text")},
		{"a number for an id", `{"documentId":1}`, bad("documentId", "must be text")},
		{"a list for variables", `{"query":"{a}","variables":[]}`, bad("variables", "must be an object")},
		{"a text for extensions", `{"query":"{a}","extensions":"x"}`, bad("extensions", "must be an object")},
		{"the first of two problems", `{"query":1,"extensions":"x"}`, bad("query", "must be text")},
		{"long variables", `{"query":"{a}","variables":{"a":"` + strings.Repeat("x", 40) + `"}}`,
			tooMuch("variables", "have 48 bytes; at most 40")},
		{"long lists", `{"query":"{a}","variables":[1,2,3,4,5,6]}`, tooMuch("",
			"a list of the body has more than 5 elements")},
	} {
		req := &operation.Request{}
		checkProblem(t, c.name, parseRequest(req, c.body, limits), c.want)
	}
}

func TestParseRequestReads(t *testing.T) {
	req := &operation.Request{}
	body := `{"query":"q","operationName":"o","documentId":"d",
		"variables":{"a":[1.50,"\ud83d\ude00"]},"extensions":{"e":null}}`
	if p := parseRequest(req, body, operation.DefaultLimits()); p != nil {
		t.Fatal(p.err)
	}
	want := &operation.Request{DocumentID: "d"}
	want.Query, want.OperationName = "q", "o"
	want.Variables = map[string]any{"a": []any{json.Number("1.50"), "😀"}}
	want.Extensions = map[string]any{"e": nil}
	if !reflect.DeepEqual(req, want) {
		t.Errorf("the request is %+v, want %+v", req, want)
	}
}

func TestParseAddress(t *testing.T) {
	limits := operation.DefaultLimits()
	for _, c := range []struct {
		name, query string
		want        wanted
	}{
		{"a query", "query=" + url.QueryEscape("{a}"), wanted{}},
		{"everything", "query={a}&operationName=A&documentId=&variables={}&extensions={}", wanted{}},
		{"null stands for nothing", "query={a}&variables=null&extensions=", wanted{}},
		{"an id", "documentId=x", wanted{}},
		{"a persisted query", `extensions={"persistedQuery":{}}`, wanted{}},
		{"nothing", "", bad("query", "is missing")},
		{"half an escape", "query=%2", bad("", "the address is not encoded properly")},
		{"a query twice", "query={a}&query={b}", bad("", `the address has the parameter "query" twice`)},
		{"a byte that is no UTF-8", "query=%ff", bad("", `the parameter "query" is not valid UTF-8`)},
		{"variables that are no JSON", "query={a}&variables={", bad("", "the parameter variables must be one JSON object")},
		{"extensions that are a list", "query={a}&extensions=[]", bad("",
			"the parameter extensions must be one JSON object")},
		{"deep variables", "query={a}&variables=" + strings.Repeat(`{"a":`, 101), tooMuch("",
			"is nested more than 100 deep")},
	} {
		req := &operation.Request{}
		checkProblem(t, c.name, parseAddress(req, c.query, limits), c.want)
	}
	req := &operation.Request{}
	if p := parseAddress(req, "query=q&operationName=o&documentId=d&variables={\"a\":1}", limits); p != nil {
		t.Fatal(p.err)
	}
	want := &operation.Request{DocumentID: "d"}
	want.Query, want.OperationName = "q", "o"
	want.Variables = map[string]any{"a": json.Number("1")}
	if !reflect.DeepEqual(req, want) {
		t.Errorf("the request is %+v, want %+v", req, want)
	}
}
