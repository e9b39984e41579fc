package tests

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// part is a part of a multipart request.
type part struct{ name, file, body string }

// multipartBody returns the body of a multipart request and its media type.
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

// upload is the operations part of a request that loads a file.
const upload = `{"query":"mutation($f: Upload!, $d: Boolean! = false) { ` +
	`importCalls(file: $f, options: {dryRun: $d}) { rows turns created updated unchanged failed errors { ` +
	`line code field message } } }",` +
	`"variables":{"f":null}}`

// TestUpload loads files by the GraphQL multipart request specification.
func TestUpload(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, nil)
		send := func(parts ...part) harness.Answer {
			body, contentType := multipartBody(parts)
			return server.Do("POST", "/graphql", body, "Content-Type", contentType, "GraphQL-Preflight", "1")
		}
		file := part{"0", "calls.jsonl",
			"{\"id\":\"u1\",\"name\":\"x\"}\n{\"id\":\"\",\"name\":\"y\"}\n{\"id\":\"u2\",\"call_type\":\"x\"}\n"}
		places := part{"map", "", `{"0":["variables.f"]}`}
		for range 2 {
			got := send(part{"operations", "", strings.Replace(upload, `"f":null`, `"f":null,"d":true`, 1)}, places, file)
			if got.JSON().At("data", "importCalls", "rows") != 1.0 || got.JSON().At("data", "importCalls", "failed") != 2.0 {
				t.Fatalf("a dry run: got %s, want 1 call and 2 bad rows", got.Body)
			}
		}
		for _, want := range []string{"created", "unchanged"} {
			got := send(part{"operations", "", upload}, places, file).JSON().At("data", "importCalls")
			if harness.At(got, want) != 1.0 || harness.At(got, "failed") != 2.0 || harness.At(got, "errors", 0, "line") != 2.0 ||
				harness.At(got, "errors", 1, "field") != "call_type" {
				t.Fatalf("importCalls: got %v, want 1 %s and 2 bad rows by line and field", got, want)
			}
		}
		if call, err := e.DB.Call(e.Ctx, "u1", false); err != nil || call == nil || *call.Name != "x" {
			t.Errorf("the call of the file: got %v, %v, want it", call, err)
		}
		large := strings.Repeat("{\"id\":\"big\",\"name\":\"x\",\"description\":\""+strings.Repeat("x", 30000)+"\"}\n", 100)
		got := send(part{"operations", "", upload}, places, part{"0", "big.ndjson", large})
		if got.JSON().At("data", "importCalls", "rows") != 100.0 {
			t.Errorf("a file of 100 rows: got %.300s, want 100 calls", got.Body)
		}
		if left := harness.TempFiles(t, "multipart-*"); len(left) > 0 {
			t.Errorf("temporary files: got %v, want none", left)
		}
		for name, parts := range map[string][]part{
			"nothing":              {},
			"no operations":        {places, file},
			"no map":               {{"operations", "", upload}, file},
			"no file":              {{"operations", "", upload}, places},
			"operations twice":     {{"operations", "", upload}, {"operations", "", upload}, places, file},
			"a batch":              {{"operations", "", "[" + upload + "]"}, {"map", "", `{"0":["0.variables.f"]}`}, file},
			"a map that is a list": {{"operations", "", upload}, {"map", "", `["variables.f"]`}, file},
			"a map of numbers":     {{"operations", "", upload}, {"map", "", `{"0":[7]}`}, file},
			"a map of text":        {{"operations", "", upload}, {"map", "", `{"0":"variables.f"}`}, file},
			"a map of nothing":     {{"operations", "", upload}, {"map", "", `{"0":[]}`}, file},
			"a map of null":        {{"operations", "", upload}, {"map", "", `{"0":null}`}, file},
			"a map with a name twice": {{"operations", "", upload}, {"map", "", `{"0":["variables.f"],"0":["variables.f"]}`},
				file},
			"a path elsewhere":    {{"operations", "", upload}, {"map", "", `{"0":["query"]}`}, file},
			"an empty path":       {{"operations", "", upload}, {"map", "", `{"0":[""]}`}, file},
			"a path of dots":      {{"operations", "", upload}, {"map", "", `{"0":["variables..."]}`}, file},
			"a path into nothing": {{"operations", "", upload}, {"map", "", `{"0":["variables.f.x.0"]}`}, file},
			"an index far out": {{"operations", "", strings.Replace(upload, "null", "[null]", 1)},
				{"map", "", `{"0":["variables.f.99999999999"]}`}, file},
			"a negative index": {{"operations", "", strings.Replace(upload, "null", "[null]", 1)},
				{"map", "", `{"0":["variables.f.-1"]}`}, file},
			"a path to a value":        {{"operations", "", strings.Replace(upload, "null", "7", 1)}, places, file},
			"a path that is not there": {{"operations", "", upload}, {"map", "", `{"0":["variables.g"]}`}, file},
			"one place for two": {{"operations", "", upload}, {"map", "", `{"0":["variables.f"],"1":["variables.f"]}`},
				file, {"1", "x", "x"}},
			"a file that is not mapped":  {{"operations", "", upload}, places, file, {"1", "x", "x"}},
			"a file of a name that is 2": {{"operations", "", upload}, places, file, file},
			"too many places": {{"operations", "",
				strings.Replace(upload, "null", "[null,null,null,null,null,null,null,null,null,null,null]", 1)},
				{"map", "", `{"0":[` + harness.Repeat(`"variables.f.%d",`, 10) + `"variables.f.10"]}`}, file},
			"a value for a file": {{"operations", "", upload}, places, {"0", "", "x"}},
		} {
			want, code := 400, "BAD_USER_INPUT"
			if name == "too many places" {
				want, code = 413, "LIMIT_EXCEEDED"
			}
			if got := send(parts...); got.Status != want || got.Code() != code {
				t.Errorf("%s: got %d %s, want %d %s", name, got.Status, got.Body, want, code)
			}
		}
		body, contentType := multipartBody([]part{{"operations", "", upload}, places, file})
		if got := server.Do("POST", "/graphql", body, "Content-Type", contentType); got.Status != 403 ||
			got.Code() != "FORBIDDEN" {
			t.Errorf("without a header that forms cannot send: got %d %s, want 403 FORBIDDEN", got.Status, got.Body)
		}
		for _, broken := range []string{body[:len(body)/2], "", "--x--"} {
			got := server.Do("POST", "/graphql", broken, "Content-Type", contentType, "GraphQL-Preflight", "1")
			if got.Status != 400 {
				t.Errorf("the body %.40q: got %d %s, want 400", broken, got.Status, got.Body)
			}
		}
		if got := server.Send(`mutation { importCalls(file: "x") { rows } }`); got.Code() != "BAD_USER_INPUT" &&
			got.Code() != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("a text for a file: got %s, want BAD_USER_INPUT or GRAPHQL_VALIDATION_FAILED", got.Body)
		}
		got = server.Do("POST", "/graphql", strings.Replace(upload, "null", `"x"`, 1), "Content-Type",
			"application/json")
		if got.Code() != "BAD_USER_INPUT" {
			t.Errorf("a text for a file among the variables: got %s, want BAD_USER_INPUT", got.Body)
		}
	})
}
