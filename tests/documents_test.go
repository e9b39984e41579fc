package tests

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/graph/operation"
	"callbook/tests/harness"
	"callbook/web"
)

// TestCommentsEndAtReturns checks that a comment of a document ends at a carriage return, so that it hides neither
// escapes nor depth.
func TestCommentsEndAtReturns(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		response := server.Post("#\rmutation { createCall(input: {name: \"\\uD83D\\uDE00\"}) { call { name } } }", nil)
		if response.At("data", "createCall", "call", "name") != "😀" {
			t.Errorf("escapes after a comment: got %v, want the name 😀", response)
		}
		deep := server.Post("#\r{ calls(filter: "+strings.Repeat("{not: ", 200)+"{}"+strings.Repeat("}",
			200)+") { totalCount } }", nil)
		if code, field := deep.FirstError(); code != "LIMIT_EXCEEDED" || field != "query" {
			t.Errorf("depth after a comment: got %v, want LIMIT_EXCEEDED about query", deep)
		}
	})
}

// TestEscapes writes characters beyond the basic plane in every form, and checks that half a surrogate pair is refused
// everywhere.
func TestEscapes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for i, literal := range []string{`x\uD83D\uDE00y`, `x\u{1F600}y`, `x😀y`} {
			response := server.Post(fmt.Sprintf(`mutation { saveCall(input: {id: "e%d", name: "%s"}) { call { name } } }
				# \uD83D`, i, literal), nil)
			if response.At("data", "saveCall", "call", "name") != "x😀y" {
				t.Errorf("%s: got %v, want x😀y", literal, response)
			}
		}
		kept := server.Post(
			`mutation { saveCall(input: {id: "k", name: "\\uD83D \u0041 \" {[(",
			description: """\uD83D "{[( \""" x"""}) { call { name description } } }`, nil)
		if kept.At("data", "saveCall", "call", "name") != `\uD83D A " {[(` ||
			kept.At("data", "saveCall", "call", "description") != `\uD83D "{[( """ x` {
			t.Errorf("escaped backslashes and block texts: got %v, want them as written", kept)
		}
		const save = `{"query": "mutation($i: ID!) { saveCall(input: {id: $i}) { created } }", "variables": `
		for body, want := range map[string]string{
			save + `{"i": "a\ud800"}}`:       "BAD_USER_INPUT",
			save + `{"i": "a\udc00\ud800"}}`: "BAD_USER_INPUT",
			`{"query": "mutation { saveCall(input: {id: \"a\\ud800b\"}) { created } }"}`:  "GRAPHQL_PARSE_FAILED",
			`{"query": "mutation { saveCall(input: {id: \"a\\u{d800}\"}) { created } }"}`: "GRAPHQL_PARSE_FAILED",
		} {
			response := server.Do("POST", "/graphql", body, "Content-Type", "application/json").JSON()
			if code, _ := response.FirstError(); code != want || response["data"] != nil {
				t.Errorf("%s: got %v, want %s and no data", body, response, want)
			}
		}
		if n := server.Post(`{ calls { totalCount } }`, nil).At("data", "calls", "totalCount"); n != 4.0 {
			t.Errorf("calls: got %v, want 4", n)
		}
	})
}

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
			harness.WriteFile(t, folder, name, text)
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
	harness.WriteFile(t, bad, "x.graphql", "{ nothing }")
	for name, folder := range map[string]string{"the document": bad, "no such file": bad + "/none"} {
		code, _, messages := harness.Run(nil, "--db", "sqlite:"+t.TempDir()+"/x.db", "--addr", "127.0.0.1:0",
			"--documents", folder)
		if code == 0 || !strings.Contains(messages, name) {
			t.Errorf("--documents %s: got %d %s, want an error with %q", folder, code, messages, name)
		}
	}
}

// TestNullForDefaults gives null for arguments that have a default, and checks that each is refused.
func TestNullForDefaults(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCall(input: {id: "a"}) { call { id } } }`, nil)
		for operation, place := range map[string]string{
			`mutation($v: Boolean) { deleteCalls(select: {ids: ["a"]}, dryRun: $v) { written } }`:       "dryRun",
			`mutation($v: BatchPolicy) { deleteCalls(select: {ids: ["a"]}, policy: $v) { written } }`:   "policy",
			`query($v: Boolean) { calls(includeDeleted: $v) { totalCount } }`:                           "includeDeleted",
			`query($v: CallDataset) { calls(dataset: $v) { totalCount } }`:                              "dataset",
			`query($v: Int) { callTags(first: $v) { tag } }`:                                            "first",
			`query($v: OrderDirection) { calls(orderBy: [{field: ID, direction: $v}]) { totalCount } }`: "orderBy.0.direction",
		} {
			response := server.Post(operation, vars{"v": nil})
			if code, about := response.FirstError(); code != "GRAPHQL_VALIDATION_FAILED" || about != place {
				t.Errorf("%s: got %v, want GRAPHQL_VALIDATION_FAILED about %s", operation, response, place)
			}
		}
		if left := server.Post(`{ calls { totalCount } }`, nil); left.At("data", "calls", "totalCount") != 1.0 {
			t.Errorf("the calls after it: got %v, want 1", left)
		}
	})
}

// TestAbsentVariables leaves variables out, and checks that the input fields they stand for count as left out, not as
// null.
func TestAbsentVariables(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCall(input: {id: "c", name: "n", subject: "keep", tags: ["keep"], description: "keep",
			attachments: [{name: "keep"}], callDurationInSeconds: 1}) { call { id } } }`, nil)
		response := server.Post(`mutation($n: String, $s: String, $t: [String!], $d: String, $a: [AttachmentInput!], $c: Int,
			$x: String) {
			updateCall(id: "c", input: {name: $n, subject: $s, tags: $t, description: $d, attachments: $a,
				callDurationInSeconds: $c, callPurpose: $x}) { ...F } }
			fragment F on UpdateCallPayload { call { name subject tags description callPurpose attachments { name }
				callDurationInSeconds } }`, vars{"n": "new", "x": nil})
		want := vars{"name": "new", "subject": "keep", "tags": []any{"keep"}, "description": "keep", "callPurpose": nil,
			"attachments": []any{vars{"name": "keep"}}, "callDurationInSeconds": 1.0}
		if got := response.At("data", "updateCall", "call"); !harness.Matches(want, got) {
			t.Errorf("updateCall with absent variables: got %v, want %v", response, want)
		}
		const list = `query($d: OrderDirection, $n: NullOrder, $f: StringFilter) { ...Q }
			fragment Q on Query { calls(orderBy: [{field: NAME, direction: $d, nulls: $n}],
			filter: {ownerId: $f}) { totalCount } }`
		for _, variables := range []vars{{}, {"d": "DESC"},
			{}} { // the document is shared: what one request leaves out, another gives
			if response := server.Post(list, variables); response.At("data", "calls", "totalCount") != 1.0 {
				t.Errorf("the variables %v: got %v, want 1 call", variables, response)
			}
		}
	})
}
