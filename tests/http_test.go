package tests

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/graph/operation"
	"callbook/tests/harness"
	"callbook/web"
)

// TestNegotiation asks for answers in every form.
func TestNegotiation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := harness.ListenAnonymous(t, e, nil)
		const newer, plain, events = "application/graphql-response+json", "application/json", "text/event-stream"
		for accept, want := range map[string]string{
			"": plain, "*/*": plain, "application/*": plain, "application/json": plain, newer: newer, events: events,
			newer + ", application/json;q=0.9":                 newer,
			"application/json, " + newer:                       plain,
			"application/json;q=0.1, " + newer + ";q=0.2":      newer,
			newer + ";q=0, */*":                                plain,
			"application/json;q=0, */*;q=0.5":                  newer,
			"text/html, application/xhtml+xml, */*;q=0.8":      plain,
			newer + ", application/json, text/event-stream":    newer,
			"text/event-stream, */*;q=0.1":                     events,
			"APPLICATION/JSON":                                 plain,
			"application/json; charset=utf-8":                  plain,
			"text/html":                                        "",
			"application/json;q=0":                             "",
			"application/json;q=0, " + newer + ";q=0.0":        "",
			"image/*;q=1":                                      "",
			"application/json;q=nonsense":                      plain,
			";;;,,,":                                           "",
			strings.Repeat("text/html,", 500) + "*/*;q=0.0001": plain,
		} {
			got := d.Send(`{ __typename }`, "Accept", accept)
			mediaType, _, _ := strings.Cut(got.Header.Get("Content-Type"), ";")
			if want == "" && got.Status != 406 || want != "" && (got.Status != 200 || mediaType != want) {
				t.Errorf("%.60s: %d %s, not %s", accept, got.Status, mediaType, want)
			}
			if !strings.Contains(got.Header.Get("Content-Type"), "charset=utf-8") || got.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%.60s: %v", accept, got.Header)
			}
		}
		if got := d.Send(`{ nothing }`, "Accept", newer); got.Status != 400 || strings.Contains(got.Body, `"data"`) {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		if got := d.Send(`{ call(id: "a") { id } x: callDraft(input: {callDuration: "x"}) { errors { field } } }`, "Accept", newer); got.Status != 200 {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		if got := d.Send(`{ __typename }`, "Accept", events); got.Body != "event: next\ndata: {\"data\":{\"__typename\":\"Query\"},"+got.Body[strings.Index(got.Body, `"extensions"`):strings.Index(got.Body, "\n\n")]+"\n\nevent: complete\ndata:\n\n" {
			t.Errorf("%q", got.Body)
		}
	})
}

// TestBadRequests sends requests that are none.
func TestBadRequests(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := harness.ListenAnonymous(t, e, nil)
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		for range 100 {
			_, _ = z.Write(bytes.Repeat([]byte(" "), 1<<20))
		}
		_ = z.Close()
		for name, c := range map[string]struct {
			method, target, body string
			headers              []string
			status               int
		}{
			"an empty body":             {"POST", "", "", nil, 400},
			"white space":               {"POST", "", " \n", nil, 400},
			"null":                      {"POST", "", "null", nil, 400},
			"an empty object":           {"POST", "", "{}", nil, 400},
			"a list":                    {"POST", "", `[{"query":"{__typename}"}]`, nil, 400},
			"a text":                    {"POST", "", `"{__typename}"`, nil, 400},
			"another case":              {"POST", "", `{"Query":"{__typename}"}`, nil, 400},
			"a query that is a number":  {"POST", "", `{"query":7}`, nil, 400},
			"a query that is null":      {"POST", "", `{"query":null}`, nil, 400},
			"a name twice":              {"POST", "", `{"query":"{__typename}","query":"{__typename}"}`, nil, 400},
			"an escaped name twice":     {"POST", "", `{"query":"{__typename}","\u0071uery":"{__typename}"}`, nil, 400},
			"a variable twice":          {"POST", "", `{"query":"query($a:ID!){call(id:$a){id}}","variables":{"a":"1","a":"2"}}`, nil, 400},
			"a deep name twice":         {"POST", "", `{"query":"{__typename}","variables":{"a":[{"b":{"c":1,"d":{},"c":2}}]}}`, nil, 400},
			"many names, one twice":     {"POST", "", `{"query":"{__typename}","variables":{` + names1000() + `"n7":0}}`, nil, 400},
			"variables that are a list": {"POST", "", `{"query":"{__typename}","variables":[]}`, nil, 400},
			"variables that are text":   {"POST", "", `{"query":"{__typename}","variables":"{}"}`, nil, 400},
			"extensions that are text":  {"POST", "", `{"query":"{__typename}","extensions":"x"}`, nil, 400},
			"an operation's number":     {"POST", "", `{"query":"{__typename}","operationName":7}`, nil, 400},
			"what follows":              {"POST", "", `{"query":"{__typename}"}{}`, nil, 400},
			"an unclosed object":        {"POST", "", `{"query":"{__typename}"`, nil, 400},
			"closed too often":          {"POST", "", `}}}]]]`, nil, 400},
			"UTF-16":                    {"POST", "", "\xff\xfe{\x00", nil, 400},
			"no type":                   {"POST", "", `{"query":"{__typename}"}`, []string{"Content-Type", ""}, 415},
			"a type of GraphQL":         {"POST", "", `{__typename}`, []string{"Content-Type", "application/graphql"}, 415},
			"another charset":           {"POST", "", `{"query":"{__typename}"}`, []string{"Content-Type", "application/json; charset=utf-16"}, 415},
			"a gzip bomb":               {"POST", "", zipped.String(), []string{"Content-Encoding", "gzip"}, 415},
			"PUT":                       {"PUT", "", `{"query":"{__typename}"}`, nil, 405},
			"DELETE":                    {"DELETE", "", ``, nil, 405},
			"HEAD":                      {"HEAD", "?query={__typename}", ``, nil, 405},
			"a mutation by GET":         {"GET", "?query=mutation{deleteCalls(select:{ids:[]}){written}}", "", nil, 405},
			"no query":                  {"GET", "?variables={}", "", nil, 400},
			"a parameter twice":         {"GET", "?query={__typename}&query={__typename}", "", nil, 400},
			"bad encoding":              {"GET", "?query=%zz", "", nil, 400},
			"bytes that are no UTF-8":   {"GET", "?query={__typename}%23%ff", "", nil, 400},
			"variables of GET twice":    {"GET", `?query={__typename}&variables={%22a%22:1,%22a%22:2}`, "", nil, 400},
		} {
			headers := c.headers
			if len(headers) == 0 {
				headers = []string{"Content-Type", "application/json"}
			}
			got := d.Do(c.method, "/graphql"+c.target, c.body, headers...)
			if got.Status != c.status || c.method != "HEAD" && (got.JSON().At("errors", 0, "extensions", "code") == nil || strings.Contains(got.Body, `"data"`)) {
				t.Errorf("%s: %d, not %d: %.200s", name, got.Status, c.status, got.Body)
			}
			if got.Status == 405 && got.Header.Get("Allow") == "" {
				t.Errorf("%s: no Allow", name)
			}
		}
		for name, body := range map[string]string{
			"an unknown name":  `{"query":"{__typename}","id":7}`,
			"nulls":            `{"query":"{__typename}","variables":null,"operationName":null,"extensions":null,"documentId":null}`,
			"white space":      " \n {\"query\":\"{__typename}\"} \n",
			"an empty name":    `{"query":"{__typename}","operationName":""}`,
			"a charset":        `{"query":"{__typename}"}`,
			"names of two":     `{"query":"{__typename}","variables":{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":2}]}}`,
			"values as names":  `{"query":"{__typename}","variables":{"a":"a","b":["a","a"]}}`,
			"text with quotes": `{"query":"{__typename}","variables":{"a\"":1,"a\\":2,"a":3}}`,
		} {
			if got := d.Do("POST", "/graphql", body, "Content-Type", "application/json; charset=UTF-8"); got.Status != 200 || got.JSON().At("data", "__typename") != "Query" {
				t.Errorf("%s: %d %s", name, got.Status, got.Body)
			}
		}
	})
}

func names1000() string {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, `"n%d":0,`, i)
	}
	return b.String()
}

// part is a part of a multipart request.
type part struct{ name, file, body string }

func multipartBody(parts []part) (body, contentType string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		header := textproto.MIMEHeader{}
		disposition := fmt.Sprintf(`form-data; name=%q`, p.name)
		if p.file != "" {
			disposition += fmt.Sprintf(`; filename=%q`, p.file)
		}
		header.Set("Content-Disposition", disposition)
		into, err := w.CreatePart(header)
		if err != nil {
			panic(err)
		}
		_, _ = into.Write([]byte(p.body))
	}
	_ = w.Close()
	return b.String(), w.FormDataContentType()
}

const upload = `{"query":"mutation($f: Upload!, $d: Boolean) { loadFile(file: $f, dryRun: $d) { calls callRecords turns created updated unchanged failed errors { line code field message } } }","variables":{"f":null}}`

// TestUpload loads files by the GraphQL multipart request specification.
func TestUpload(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := harness.ListenAnonymous(t, e, nil)
		send := func(parts ...part) harness.Answer {
			body, contentType := multipartBody(parts)
			return d.Do("POST", "/graphql", body, "Content-Type", contentType, "GraphQL-Preflight", "1")
		}
		file := part{"0", "calls.jsonl", "{\"id\":\"u1\",\"name\":\"x\"}\n{\"id\":\"\",\"name\":\"y\"}\n{\"id\":\"u2\",\"call_type\":\"x\"}\n"}
		places := part{"map", "", `{"0":["variables.f"]}`}
		for range 2 {
			got := send(part{"operations", "", strings.Replace(upload, `"f":null`, `"f":null,"d":true`, 1)}, places, file)
			if got.JSON().At("data", "loadFile", "calls") != 1.0 || got.JSON().At("data", "loadFile", "failed") != 2.0 {
				t.Fatalf("%s", got.Body)
			}
		}
		for _, want := range []string{"created", "unchanged"} {
			got := send(part{"operations", "", upload}, places, file).JSON().At("data", "loadFile")
			if harness.At(got, want) != 1.0 || harness.At(got, "failed") != 2.0 || harness.At(got, "errors", 0, "line") != 2.0 || harness.At(got, "errors", 1, "field") != "call_type" {
				t.Fatalf("%v", got)
			}
		}
		if call, err := e.DB.Call(e.Ctx, "u1", false); err != nil || call == nil || *call.Name != "x" {
			t.Errorf("%v %v", call, err)
		}
		large := strings.Repeat("{\"id\":\"big\",\"name\":\"x\",\"description\":\""+strings.Repeat("x", 30000)+"\"}\n", 300)
		if got := send(part{"operations", "", upload}, places, part{"0", "big.ndjson", large}); got.JSON().At("data", "loadFile", "calls") != 300.0 {
			t.Errorf("%.300s", got.Body)
		}
		if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "multipart-*")); len(left) > 0 {
			t.Errorf("files are left: %v", left)
		}
		for name, parts := range map[string][]part{
			"nothing":                    {},
			"no operations":              {places, file},
			"no map":                     {{"operations", "", upload}, file},
			"no file":                    {{"operations", "", upload}, places},
			"operations twice":           {{"operations", "", upload}, {"operations", "", upload}, places, file},
			"a batch":                    {{"operations", "", "[" + upload + "]"}, {"map", "", `{"0":["0.variables.f"]}`}, file},
			"a map that is a list":       {{"operations", "", upload}, {"map", "", `["variables.f"]`}, file},
			"a map of numbers":           {{"operations", "", upload}, {"map", "", `{"0":[7]}`}, file},
			"a map of text":              {{"operations", "", upload}, {"map", "", `{"0":"variables.f"}`}, file},
			"a map of nothing":           {{"operations", "", upload}, {"map", "", `{"0":[]}`}, file},
			"a map of null":              {{"operations", "", upload}, {"map", "", `{"0":null}`}, file},
			"a map with a name twice":    {{"operations", "", upload}, {"map", "", `{"0":["variables.f"],"0":["variables.f"]}`}, file},
			"a path elsewhere":           {{"operations", "", upload}, {"map", "", `{"0":["query"]}`}, file},
			"an empty path":              {{"operations", "", upload}, {"map", "", `{"0":[""]}`}, file},
			"a path of dots":             {{"operations", "", upload}, {"map", "", `{"0":["variables..."]}`}, file},
			"a path into nothing":        {{"operations", "", upload}, {"map", "", `{"0":["variables.f.x.0"]}`}, file},
			"an index far out":           {{"operations", "", strings.Replace(upload, "null", "[null]", 1)}, {"map", "", `{"0":["variables.f.99999999999"]}`}, file},
			"a negative index":           {{"operations", "", strings.Replace(upload, "null", "[null]", 1)}, {"map", "", `{"0":["variables.f.-1"]}`}, file},
			"a path to a value":          {{"operations", "", strings.Replace(upload, "null", "7", 1)}, places, file},
			"a path that is not there":   {{"operations", "", upload}, {"map", "", `{"0":["variables.g"]}`}, file},
			"one place for two":          {{"operations", "", upload}, {"map", "", `{"0":["variables.f"],"1":["variables.f"]}`}, file, {"1", "x", "x"}},
			"a file that is not mapped":  {{"operations", "", upload}, places, file, {"1", "x", "x"}},
			"a file of a name that is 2": {{"operations", "", upload}, places, file, file},
			"too many places":            {{"operations", "", strings.Replace(upload, "null", "[null,null,null,null,null,null,null,null,null,null,null]", 1)}, {"map", "", `{"0":["variables.f.0","variables.f.1","variables.f.2","variables.f.3","variables.f.4","variables.f.5","variables.f.6","variables.f.7","variables.f.8","variables.f.9","variables.f.10"]}`}, file},
			"a value for a file":         {{"operations", "", upload}, places, {"0", "", "x"}},
		} {
			want, code := 400, "BAD_USER_INPUT"
			if name == "too many places" {
				want, code = 413, "LIMIT_EXCEEDED"
			}
			if got := send(parts...); got.Status != want || got.Code() != code {
				t.Errorf("%s: %d %s", name, got.Status, got.Body)
			}
		}
		body, contentType := multipartBody([]part{{"operations", "", upload}, places, file})
		if got := d.Do("POST", "/graphql", body, "Content-Type", contentType); got.Status != 403 || got.Code() != "FORBIDDEN" {
			t.Errorf("without a header that forms cannot send: %d %s", got.Status, got.Body)
		}
		for _, broken := range []string{body[:len(body)/2], "", "--x--"} {
			if got := d.Do("POST", "/graphql", broken, "Content-Type", contentType, "GraphQL-Preflight", "1"); got.Status != 400 {
				t.Errorf("%d %s", got.Status, got.Body)
			}
		}
		if got := d.Send(`mutation { loadFile(file: "x") { calls } }`); got.Code() != "BAD_USER_INPUT" && got.Code() != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("%s", got.Body)
		}
		if got := d.Do("POST", "/graphql", strings.Replace(upload, "null", `"x"`, 1), "Content-Type", "application/json"); got.Code() != "BAD_USER_INPUT" {
			t.Errorf("%s", got.Body)
		}
	})
}

// TestPersistedDocuments names documents by hash and by id.
func TestPersistedDocuments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := harness.ListenAnonymous(t, e, nil)
		const query, hash = "{__typename}", "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"
		apq := func(query, hash string, more string) harness.Answer {
			body := map[string]any{"extensions": vars{"persistedQuery": vars{"version": 1, "sha256Hash": hash}}}
			if query != "" {
				body["query"] = query
			}
			text, _ := json.Marshal(body)
			return d.Do("POST", "/graphql", strings.TrimSuffix(string(text), "}")+more+"}", "Content-Type", "application/json")
		}
		if got := apq("", hash, ""); got.Code() != "PERSISTED_QUERY_NOT_FOUND" || got.JSON().At("errors", 0, "message") != "PersistedQueryNotFound" || got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s", got.Body)
		}
		if got := apq("{ viewer { name } }", hash, ""); got.Code() != "BAD_USER_INPUT" {
			t.Errorf("%s", got.Body)
		}
		for _, query := range []string{query, "", ""} {
			if got := apq(query, hash, ""); got.JSON().At("data", "__typename") != "Query" {
				t.Errorf("%s", got.Body)
			}
		}
		if got := d.Do("GET", "/graphql?extensions=%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22"+hash+"%22%7D%7D", ""); got.JSON().At("data", "__typename") != "Query" {
			t.Errorf("%s", got.Body)
		}
		for _, bad := range []string{`{"version":2,"sha256Hash":"` + hash + `"}`, `{"version":1}`, `{"version":1,"sha256Hash":7}`, `{"version":1,"sha256Hash":"x"}`, `7`, `[]`} {
			got := d.Do("POST", "/graphql", `{"query":"{__typename}","extensions":{"persistedQuery":`+bad+`}}`, "Content-Type", "application/json")
			if got.Code() != "BAD_USER_INPUT" {
				t.Errorf("%s: %s", bad, got.Body)
			}
		}
		folder := t.TempDir()
		for name, text := range map[string]string{"total.graphql": "query Total { calls { totalCount } }", "relay.json": `{"abc": "{ viewer { name } }"}`,
			"apollo.json": `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "def", "name": "T", "type": "query", "body": "{ __typename }"}]}`, "notes.txt": "x"} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		documents, err := operation.LoadDocuments(folder)
		if err != nil {
			t.Fatal(err)
		}
		only := harness.ListenAnonymous(t, e, func(s *web.Options) { s.Documents = documents })
		for body, want := range map[string]any{
			`{"documentId":"total"}`: nil,
			`{"documentId":"sha256:8cfd44c0a9c3b9b2ffd5ba1ab7c4f8c8c1db1ee5df9bd2cd7b6f25a5bd5c9ac1"}`: "PERSISTED_QUERY_NOT_FOUND",
			`{"documentId":"abc"}`: nil, `{"documentId":"def"}`: nil, `{"documentId":"nothing"}`: "PERSISTED_QUERY_NOT_FOUND",
			`{"documentId":"../../x"}`:                                                                           "PERSISTED_QUERY_NOT_FOUND",
			`{"documentId":"total","query":"{__typename}"}`:                                                      "BAD_USER_INPUT",
			`{"query":"query Total { calls { totalCount } }"}`:                                                   nil,
			`{"query":"query Total { calls {  totalCount } }"}`:                                                  "PERSISTED_QUERY_NOT_FOUND",
			`{"query":"{__schema{types{name}}}"}`:                                                                "PERSISTED_QUERY_NOT_FOUND",
			`{"query":"{__typename}","extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + hash + `"}}}`: "PERSISTED_QUERY_NOT_FOUND",
		} {
			if got := only.Do("POST", "/graphql", body, "Content-Type", "application/json"); got.Code() != want {
				t.Errorf("%s: %s", body, got.Body)
			}
		}
		if got := only.Do("GET", "/graphql?documentId=total", ""); got.Status != 200 {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	})
	bad := t.TempDir()
	if err := os.WriteFile(filepath.Join(bad, "x.graphql"), []byte("{ nothing }"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, folder := range map[string]string{"the document": bad, "no such file": filepath.Join(bad, "none")} {
		if code, _, messages := harness.Run(nil, "--db", "sqlite:"+t.TempDir()+"/x.db", "--addr", "127.0.0.1:0", "--documents", folder); code == 0 || !strings.Contains(messages, name) {
			t.Errorf("%d %s", code, messages)
		}
	}
}
