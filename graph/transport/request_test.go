package transport

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
	"unsafe"

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

func TestReadPost(t *testing.T) {
	limits := operation.DefaultLimits()
	limits.Body = 30
	const json = `{"query":"{a}"}`
	unsupported := func(message string) wanted {
		return wanted{http.StatusUnsupportedMediaType, model.ErrorCodeBadUserInput, "", message}
	}
	for _, c := range []struct {
		name, method, body string
		header             map[string]string
		want               wanted
	}{
		{"JSON", "POST", json, map[string]string{"Content-Type": "application/json"}, wanted{}},
		{"JSON in UTF-8", "POST", json, map[string]string{"Content-Type": "application/json; charset=UTF-8"}, wanted{}},
		{"JSON in another charset", "POST", json, map[string]string{"Content-Type": "application/json; charset=latin1"},
			unsupported("must be application/json in UTF-8")},
		{"no type", "POST", json, nil, unsupported("must be application/json in UTF-8")},
		{"a form", "POST", json, map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
			unsupported("must be application/json in UTF-8")},
		{"compressed", "POST", json, map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip"},
			unsupported("must not be compressed")},
		{"not compressed", "POST", json,
			map[string]string{"Content-Type": "application/json", "Content-Encoding": "Identity"}, wanted{}},
		{"too long", "POST", `{"query":"` + strings.Repeat("x", 30) + `"}`,
			map[string]string{"Content-Type": "application/json"},
			wanted{http.StatusRequestEntityTooLarge, model.ErrorCodeLimitExceeded, "", "more than 30 bytes"}},
		{"files without a preflight header", "POST", "", map[string]string{"Content-Type": "multipart/form-data; boundary=x"},
			wanted{http.StatusForbidden, model.ErrorCodeForbidden, "", "GraphQL-Preflight"}},
		{"GET", "GET", "", nil, bad("query", "is missing")},
		{"another method", "PUT", json, map[string]string{"Content-Type": "application/json"},
			wanted{http.StatusMethodNotAllowed, model.ErrorCodeBadUserInput, "", `not to "PUT"`}},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, "/graphql", strings.NewReader(c.body))
		for name, value := range c.header {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		checkProblem(t, c.name, (&handler{limits: limits}).readInto(&operation.Request{}, w, r), c.want)
		if allow := w.Header().Get("Allow"); (allow != "") != (c.want.status == http.StatusMethodNotAllowed) {
			t.Errorf("%s: Allow is %q", c.name, allow)
		}
	}
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

// TestLargeBodiesAreNotKept checks that strings of a large body are copies, which do not keep it.
func TestLargeBodiesAreNotKept(t *testing.T) {
	body := `{"query":"{ __typename }","variables":{"a":"text","b":12}` + strings.Repeat(" ", 1<<20) + "}"
	req := &operation.Request{}
	if bad := parseRequest(req, body, operation.DefaultLimits()); bad != nil {
		t.Fatal(bad.err)
	}
	begin := uintptr(unsafe.Pointer(unsafe.StringData(body)))
	for _, text := range []string{req.Query, req.Variables["a"].(string), string(req.Variables["b"].(json.Number))} {
		if at := uintptr(unsafe.Pointer(unsafe.StringData(text))); at >= begin && at < begin+uintptr(len(body)) {
			t.Errorf("%q is a part of the body, want a copy", text)
		}
	}
}
