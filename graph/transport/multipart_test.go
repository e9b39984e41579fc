package transport

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/graph/operation"
	"callbook/model"
)

func TestSetAt(t *testing.T) {
	variables := func() map[string]any {
		return map[string]any{
			"file": nil, "text": "x", "list": []any{nil, "x", map[string]any{"file": nil}}, "object": map[string]any{"a": nil},
		}
	}
	for _, c := range []struct {
		path string
		want bool
	}{
		{"file", true},
		{"list.0", true},
		{"list.2.file", true},
		{"object.a", true},
		{"text", false},
		{"missing", false},
		{"list", false},
		{"list.1", false},
		{"list.3", false},
		{"list.-1", false},
		{"list.x", false},
		{"list.0.x", false},
		{"object.b", false},
		{"text.x", false},
		{"", false},
	} {
		in := variables()
		got := setAt(in, strings.Split(c.path, "."), "the file")
		if changed := !reflect.DeepEqual(in, variables()); got != c.want || changed != c.want {
			t.Errorf("setAt(%q) = %v with %v, want %v", c.path, got, in, c.want)
		}
	}
}

// part is a part of a form: a file where it has a content.
type part struct{ name, value, content string }

// formOf returns a form with these parts.
func formOf(t *testing.T, parts ...part) *multipart.Form {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		if p.content == "" {
			if err := w.WriteField(p.name, p.value); err != nil {
				t.Fatal(err)
			}
			continue
		}
		file, err := w.CreateFormFile(p.name, p.value)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(file, p.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	form, err := multipart.NewReader(&b, w.Boundary()).ReadForm(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	return form
}

func TestParseMultipart(t *testing.T) {
	operations := part{name: "operations", value: `{"query":"q","variables":{"f":null,"g":[null,null],"h":1}}`}
	places := func(value string) part { return part{name: "map", value: value} }
	file := part{name: "0", value: "a.json", content: "[]"}
	other := part{name: "1", value: "b.json", content: "{}"}
	third := part{name: "2", value: "c.json", content: "7"}
	tooMany := wanted{http.StatusRequestEntityTooLarge, model.ErrorCodeLimitExceeded, "",
		"the request has 3 files; at most 2"}
	for _, c := range []struct {
		name  string
		parts []part
		want  wanted
	}{
		{"a file", []part{operations, places(`{"0":["variables.f"]}`), file}, wanted{}},
		{"two files", []part{operations, places(`{"0":["variables.f"],"1":["variables.g.1"]}`), file, other}, wanted{}},
		{"a file at two places", []part{operations, places(`{"0":["variables.f","variables.g.0"]}`), file}, wanted{}},
		{"no file", []part{operations, places(`{}`)}, wanted{}},
		{"no operations", []part{places(`{}`)}, bad("", "one field operations and one field map")},
		{"no map", []part{operations}, bad("", "one field operations and one field map")},
		{"operations twice", []part{operations, operations, places(`{}`)}, bad("", "one field operations and one field map")},
		{"operations that are no request", []part{{name: "operations", value: "{}"}, places(`{}`)}, bad("query",
			"is missing")},
		{"long operations", []part{{name: "operations", value: `{"query":"` + strings.Repeat("#", 200) + `"}`}, places(`{}`)},
			wanted{http.StatusRequestEntityTooLarge, model.ErrorCodeLimitExceeded, "", "200"}},
		{"a map that is a list", []part{operations, places(`[]`)}, bad("", "the field map must be one JSON object")},
		{"a name twice in the map", []part{operations, places(`{"0":["variables.f"],"0":["variables.f"]}`), file},
			bad("", "twice")},
		{"a path in place of a list", []part{operations, places(`{"0":"variables.f"}`), file},
			bad("", `the map must give the file "0" a list of paths`)},
		{"an empty list", []part{operations, places(`{"0":[]}`), file}, bad("",
			`the map must give the file "0" a list of paths`)},
		{"null in place of a list", []part{operations, places(`{"0":null}`), file},
			bad("", `the map must give the file "0" a list of paths`)},
		{"a file that is not there", []part{operations, places(`{"0":["variables.f"]}`)},
			bad("", `the map names the file "0", of which the form has 0`)},
		{"a file that is there twice", []part{operations, places(`{"0":["variables.f"]}`), file, file},
			bad("", `the map names the file "0", of which the form has 2`)},
		{"a file that the map lacks", []part{operations, places(`{"0":["variables.f"]}`), file, other},
			bad("", `the file "1" is not in the map`)},
		{"a path to something else", []part{operations, places(`{"0":["variables.h"]}`), file},
			bad("", `leads the file "0" to "variables.h", where no null`)},
		{"a path to nothing", []part{operations, places(`{"0":["variables.x"]}`), file}, bad("", "where no null")},
		{"a path outside of the variables", []part{operations, places(`{"0":["query"]}`), file}, bad("", "where no null")},
		{"one place for two files", []part{operations, places(`{"0":["variables.f"],"1":["variables.f"]}`), file, other},
			bad("", `leads the file "1" to "variables.f", where no null`)},
		{"three files", []part{operations, places(`{}`), file, other, third}, tooMany},
		{"three names", []part{operations, places(`{"0":[],"1":[],"2":[]}`)}, tooMany},
		{"three places", []part{operations, places(`{"0":["variables.f","variables.g.0","variables.g.1"]}`), file},
			wanted{http.StatusRequestEntityTooLarge, model.ErrorCodeLimitExceeded, "", "more places for files"}},
	} {
		h := &handler{limits: operation.DefaultLimits()}
		h.limits.UploadFiles, h.limits.Body = 2, 200
		req := &operation.Request{}
		checkProblem(t, c.name, h.parseMultipart(t.Context(), req, formOf(t, c.parts...)), c.want)
		req.Reservation.Release()
	}
}

func TestParseMultipartReads(t *testing.T) {
	operations := part{name: "operations", value: `{"query":"q","variables":{"f":null,"g":null}}`}
	h := &handler{limits: operation.DefaultLimits()}
	read := func(content string) *operation.Request {
		t.Helper()
		req := &operation.Request{}
		form := formOf(t, operations, part{name: "map", value: `{"0":["variables.f","variables.g"]}`},
			part{name: "0", value: "a.json", content: content})
		if p := h.parseMultipart(t.Context(), req, form); p != nil {
			t.Fatal(p.err)
		}
		return req
	}
	req := read("[7]")
	for _, name := range []string{"f", "g"} {
		upload, ok := req.Variables[name].(graphql.Upload)
		if !ok || upload.Filename != "a.json" || upload.Size != 3 {
			t.Fatalf("%s is %+v, want the file", name, req.Variables[name])
		}
		if content, err := io.ReadAll(upload.File); string(content) != "[7]" || err != nil {
			t.Errorf("%s has the content %q, %v, want [7]", name, content, err)
		}
	}
	if same := read("[7]").FilesHash; same != req.FilesHash {
		t.Errorf("equal files have the hashes %s and %s, want one", same, req.FilesHash)
	}
	if other := read("[8]").FilesHash; other == req.FilesHash {
		t.Errorf("different files have the hash %s, want two", other)
	}
}
