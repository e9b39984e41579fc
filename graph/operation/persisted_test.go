package operation

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"callbook/graph"
	"callbook/model"
)

// persistedQuery returns the extensions of an automatic persisted query.
func persistedQuery(hash string) map[string]any {
	return map[string]any{"persistedQuery": map[string]any{"version": json.Number("1"), "sha256Hash": hash}}
}

func TestFindDocument(t *testing.T) {
	const source, stored = "{name}", "{dear}"
	long := "{" + strings.Repeat("name ", maxRegisteredText/5) + "}"
	open := newDocuments(smallSchema, Options{Limits: DefaultLimits()})
	open.registered.add(hashOf(stored), stored, len(stored))
	closed := newDocuments(smallSchema, Options{
		Limits: DefaultLimits(), Documents: map[string]string{"id": stored, hashOf(stored): stored},
	})
	const unknown = model.ErrorCodePersistedQueryNotFound
	for _, c := range []struct {
		name                  string
		documents             *documents
		query, id             string
		extensions            map[string]any
		want, register, field string
		code                  model.ErrorCode
	}{
		{name: "a text", documents: open, query: source, want: source},
		{name: "a hash that is known", documents: open, extensions: persistedQuery(hashOf(stored)), want: stored},
		{name: "in capitals", documents: open, extensions: persistedQuery(strings.ToUpper(hashOf(stored))), want: stored},
		{name: "a hash that is not known", documents: open, extensions: persistedQuery(hashOf(source)), code: unknown},
		{name: "a text with its hash", documents: open, query: source, extensions: persistedQuery(hashOf(source)),
			want: source, register: hashOf(source)},
		{name: "a long text with its hash", documents: open, query: long, extensions: persistedQuery(hashOf(long)),
			want: long},
		{name: "a text with another hash", documents: open, query: source, extensions: persistedQuery(hashOf(stored)),
			code: model.ErrorCodeBadUserInput, field: "extensions.persistedQuery.sha256Hash"},
		{name: "half a hash", documents: open, extensions: persistedQuery("abc"),
			code: model.ErrorCodeBadUserInput, field: "extensions.persistedQuery.sha256Hash"},
		{name: "another version", documents: open,
			extensions: map[string]any{"persistedQuery": map[string]any{"version": json.Number("2")}},
			code:       model.ErrorCodeBadUserInput, field: "extensions.persistedQuery.version"},
		{name: "null for a persisted query", documents: open, query: source,
			extensions: map[string]any{"persistedQuery": nil}, want: source},
		{name: "the id of a registered text", documents: open, id: hashOf(stored), want: stored},
		{name: "the id with its prefix", documents: open, id: "sha256:" + hashOf(stored), want: stored},
		{name: "an unknown id", documents: open, id: "x", code: unknown},
		{name: "an id and a text", documents: open, id: "x", query: source,
			code: model.ErrorCodeBadUserInput, field: "documentId"},
		{name: "a persisted text", documents: closed, query: stored, want: stored},
		{name: "its hash", documents: closed, extensions: persistedQuery(hashOf(stored)), want: stored},
		{name: "its id", documents: closed, id: "id", want: stored},
		{name: "its text with another hash", documents: closed, query: stored, extensions: persistedQuery(hashOf(source)),
			code: unknown},
		{name: "another text with its hash", documents: closed, query: source, extensions: persistedQuery(hashOf(stored)),
			code: unknown},
		{name: "another text", documents: closed, query: source, code: unknown},
		{name: "another id", documents: closed, id: "other", code: unknown},
		{name: "no text", documents: closed, code: unknown},
	} {
		r := &Request{DocumentID: c.id}
		r.Query, r.Extensions = c.query, c.extensions
		got, register, err := c.documents.find(r)
		checkError(t, c.name, err, c.code, c.field)
		if got != c.want || register != c.register {
			t.Errorf("%s: found %.40q, to be registered under %q, want %.40q under %q",
				c.name, got, register, c.want, c.register)
		}
	}
}

// folder returns a folder with files of these names and texts.
func folder(t *testing.T, texts map[string]string) string {
	t.Helper()
	path := t.TempDir()
	for name, content := range texts {
		if err := os.WriteFile(filepath.Join(path, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestLoadDocuments(t *testing.T) {
	path := folder(t, map[string]string{
		"One.graphql": "{one}",
		"relay.json":  `{"r1":"{two}"}`,
		"apollo.json": `{"format":"x","operations":[{"id":"a1","name":"N","body":"{three}"}]}`,
		"empty.json":  `{"operations":[]}`,
		"notes.txt":   "not read",
	})
	if err := os.Mkdir(filepath.Join(path, "folder.graphql"), 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := LoadDocuments(path)
	want := map[string]string{
		"One": "{one}", hashOf("{one}"): "{one}", "r1": "{two}", hashOf("{two}"): "{two}",
		"a1": "{three}", hashOf("{three}"): "{three}",
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("LoadDocuments has the ids %v, %v, want %v", slices.Sorted(maps.Keys(got)), err,
			slices.Sorted(maps.Keys(want)))
	}
	for name, texts := range map[string]map[string]string{
		"a list":       {"bad.json": `[]`},
		"numbers":      {"bad.json": `{"a":1}`},
		"no JSON":      {"bad.json": `{`},
		"an empty one": {"bad.json": ``},
	} {
		_, err := LoadDocuments(folder(t, texts))
		if err == nil || !strings.HasPrefix(err.Error(), "bad.json: is no manifest") {
			t.Errorf("%s: LoadDocuments returns %v, want an error about bad.json", name, err)
		}
	}
	if _, err := LoadDocuments(filepath.Join(path, "missing")); !os.IsNotExist(err) {
		t.Errorf("a missing folder: %v, want that it does not exist", err)
	}
}

func TestPersistedDocumentsFitTheSchema(t *testing.T) {
	for source, want := range map[string]string{
		"{viewer{name}}":          "",
		"{viewer{nope}}":          `the document id: `,
		"{viewer":                 `the document id: `,
		"":                        `the document id: `,
		"{__schema{types{name}}}": `the document id: `, // introspection is off
	} {
		d := newDocuments(graph.Schema(), Options{
			Limits: DefaultLimits(), Documents: map[string]string{"id": source},
		})
		err := d.checkPersisted()
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("checkPersisted with %s: %v, want %q", source, err, want)
		}
		if _, ok := d.cached(source); ok != (want == "") {
			t.Errorf("after checkPersisted, %s is cached: %v, want %v", source, ok, want == "")
		}
	}
}
