package tests

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/graph/operation"
	"callbook/tests/harness"
	"callbook/web"
)

// TestPersistedDocuments names documents by hash and by id.
func TestPersistedDocuments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, nil)
		const query, hash = "{__typename}", "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"
		apq := func(query, hash string, more string) harness.Answer {
			body := map[string]any{"extensions": vars{"persistedQuery": vars{"version": 1, "sha256Hash": hash}}}
			if query != "" {
				body["query"] = query
			}
			text, _ := json.Marshal(body)
			return server.Do("POST", "/graphql", strings.TrimSuffix(string(text), "}")+more+"}", "Content-Type",
				"application/json")
		}
		if got := apq("", hash, ""); got.Code() != "PERSISTED_QUERY_NOT_FOUND" ||
			got.JSON().At("errors", 0, "message") != "PersistedQueryNotFound" || got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("an unknown hash: got %s, want PERSISTED_QUERY_NOT_FOUND and no-store", got.Body)
		}
		if got := apq("{ viewer { name } }", hash, ""); got.Code() != "BAD_USER_INPUT" {
			t.Errorf("another document's hash: got %s, want BAD_USER_INPUT", got.Body)
		}
		for _, query := range []string{query, "", ""} {
			if got := apq(query, hash, ""); got.JSON().At("data", "__typename") != "Query" {
				t.Errorf("the document %q by its hash: got %s, want data", query, got.Body)
			}
		}
		got := server.Do("GET",
			"/graphql?extensions=%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22"+hash+"%22%7D%7D", "")
		if got.JSON().At("data", "__typename") != "Query" {
			t.Errorf("GET by hash: got %s, want data", got.Body)
		}
		for _, bad := range []string{`{"version":2,"sha256Hash":"` + hash + `"}`, `{"version":1}`,
			`{"version":1,"sha256Hash":7}`, `{"version":1,"sha256Hash":"x"}`, `7`, `[]`} {
			got := server.Do("POST", "/graphql", `{"query":"{__typename}","extensions":{"persistedQuery":`+bad+`}}`,
				"Content-Type",
				"application/json")
			if got.Code() != "BAD_USER_INPUT" {
				t.Errorf("%s: got %s, want BAD_USER_INPUT", bad, got.Body)
			}
		}
		folder := t.TempDir()
		for name, text := range map[string]string{"total.graphql": "query Total { calls { totalCount } }",
			"relay.json": `{"abc": "{ viewer { name } }"}`,
			"apollo.json": `{"format": "apollo-persisted-query-manifest", "version": 1,
				"operations": [{"id": "def", "name": "T", "type": "query", "body": "{ __typename }"}]}`, "notes.txt": "x"} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		documents, err := operation.LoadDocuments(folder)
		if err != nil {
			t.Fatal(err)
		}
		only := harness.ListenAnonymous(t, e, func(o *web.Options) { o.Documents = documents })
		const unknown = "PERSISTED_QUERY_NOT_FOUND"
		for body, want := range map[string]any{
			`{"documentId":"total"}`: nil,
			`{"documentId":"sha256:8cfd44c0a9c3b9b2ffd5ba1ab7c4f8c8c1db1ee5df9bd2cd7b6f25a5bd5c9ac1"}`: unknown,
			`{"documentId":"abc"}`: nil, `{"documentId":"def"}`: nil, `{"documentId":"nothing"}`: unknown,
			`{"documentId":"../../x"}`:                          unknown,
			`{"documentId":"total","query":"{__typename}"}`:     "BAD_USER_INPUT",
			`{"query":"query Total { calls { totalCount } }"}`:  nil,
			`{"query":"query Total { calls {  totalCount } }"}`: unknown,
			`{"query":"{__schema{types{name}}}"}`:               unknown,
			`{"query":"{__typename}","extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + hash +
				`"}}}`: unknown,
		} {
			if got := only.Do("POST", "/graphql", body, "Content-Type", "application/json"); got.Code() != want {
				t.Errorf("%s: got %s, want the code %v", body, got.Body, want)
			}
		}
		if got := only.Do("GET", "/graphql?documentId=total", ""); got.Status != 200 {
			t.Errorf("GET by id: got %d %s, want 200", got.Status, got.Body)
		}
	})
	bad := t.TempDir()
	if err := os.WriteFile(filepath.Join(bad, "x.graphql"), []byte("{ nothing }"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, folder := range map[string]string{"the document": bad, "no such file": filepath.Join(bad, "none")} {
		code, _, messages := harness.Run(nil, "--db", "sqlite:"+t.TempDir()+"/x.db", "--addr", "127.0.0.1:0",
			"--documents", folder)
		if code == 0 || !strings.Contains(messages, name) {
			t.Errorf("--documents %s: got %d %s, want an error with %q", folder, code, messages, name)
		}
	}
}
