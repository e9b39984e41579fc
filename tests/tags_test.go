package tests

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// manyTags returns n different tags of a length.
func manyTags(n, length int) (tags []string) {
	for i := range n {
		tags = append(tags, fmt.Sprintf("%0*d", length, i))
	}
	return tags
}

// TestTagLimit adds tags to calls one of which would then have too many.
func TestTagLimit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation($t: [String!]) { createCalls(inputs: [{id: "full", tags: $t}, {id: "free"}]) { written } }`,
			vars{"t": manyTags(19, 100)})
		const add = `mutation($t: [String!]!, $p: BatchPolicy!) {
			addCallTags(select: {ids: ["full", "free"]}, tags: $t,
			policy: $p) { written results { callId outcome errors { code field } } } }`
		tag := []string{strings.Repeat("y", 100)}
		server.Post(`mutation($t: [String!]!) { addCallTags(select: {ids: ["full"]}, tags: $t) { written } }`,
			vars{"t": []string{strings.Repeat("z", 80)}})
		none := server.Post(add, vars{"t": tag, "p": "ALL_OR_NOTHING"})
		some := server.Post(add, vars{"t": tag, "p": "VALID_ROWS"})
		if none.At("data", "addCallTags", "written") != 0.0 || some.At("data", "addCallTags", "written") != 1.0 ||
			some.At("data", "addCallTags", "results", 0, "errors", 0, "field") != "tags" ||
			some.At("data", "addCallTags", "results", 1, "outcome") != "UPDATED" {
			t.Errorf("all or nothing: got %v, want nothing written; valid rows: got %v, want the call with room", none, some)
		}
		left := server.Post(`{ a: call(id: "full") { tags version } b: call(id: "free") { tags version } }`, nil)
		if len(left.At("data", "a", "tags").([]any)) != 20 || len(left.At("data", "b", "tags").([]any)) != 1 ||
			left.At("data", "a", "version") != 2.0 {
			t.Errorf("the calls after it: got %v, want 20 tags at version 2, and 1 tag", left)
		}
	})
}

// TestTagsAtOnce adds different tags to the same calls at once, and checks that all are there.
func TestTagsAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCalls(inputs: [{id: "a"}, {id: "b"}]) { written } }`, nil)
		const clients = 16
		var wg sync.WaitGroup
		for client := range clients {
			wg.Go(func() {
				response := server.Post(`mutation($t: [String!]!) { addCallTags(select: {ids: ["a", "b"]}, tags: $t) { written } }`,
					vars{"t": []string{fmt.Sprint(client)}})
				if response.At("data", "addCallTags", "written") != 2.0 {
					t.Errorf("addCallTags: got %v, want 2 written", response)
				}
			})
		}
		wg.Wait()
		read := server.Post(`{ call(id: "a") { tags version history { totalCount } } }`, nil)
		if len(read.At("data", "call", "tags").([]any)) != clients ||
			read.At("data", "call", "version") != float64(clients+1) ||
			read.At("data", "call", "history", "totalCount") != float64(clients) {
			t.Errorf("the call after it: got %v, want %d tags, as many changes and the version after them", read, clients)
		}
	})
}
