package tests

import (
	"fmt"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestCommentsEndAtReturns checks that a comment of a document ends at a carriage return, so that it hides neither
// escapes nor depth.
func TestCommentsEndAtReturns(t *testing.T) {
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
