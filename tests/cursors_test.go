package tests

import (
	"fmt"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestForeignCursors gives lists the cursors of other lists and orders.
func TestForeignCursors(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { a: createCall(input: {id: "1"}) { call { id } }
			b: saveCallRecords(inputs: [{id: "1"}]) { results { callRecordId } } }`, nil)
		page := server.Post(`{ calls(orderBy: [{field: NAME}]) { edges { cursor } } callRecords { edges { cursor } } }`, nil)
		byName, ofRecords := page.At("data", "calls", "edges", 0, "cursor"),
			page.At("data", "callRecords", "edges", 0, "cursor")
		for name, c := range map[string]struct {
			order  vars
			cursor any
		}{
			"another order":      {vars{"field": "ID"}, byName},
			"the default order":  {nil, byName},
			"another direction":  {vars{"field": "NAME", "direction": "DESC"}, byName},
			"another null order": {vars{"field": "NAME", "nulls": "FIRST"}, byName},
			"another list":       {vars{"field": "NAME"}, ofRecords},
		} {
			var orderBy any
			if c.order != nil {
				orderBy = []any{c.order}
			}
			response := server.Post(`query($a: String, $o: [CallOrder!]) { calls(after: $a, orderBy: $o) { nodes { id } } }`,
				vars{"a": c.cursor, "o": orderBy})
			if code, field := response.FirstError(); code != "BAD_USER_INPUT" || field != "after" {
				t.Errorf("a cursor of %s: got %v, want BAD_USER_INPUT about after", name, response)
			}
		}
	})
}

// TestLongCursors pages through rows whose sort keys are as long as they can be.
func TestLongCursors(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for i, c := range []string{"<", "\u2028", "\x01"} {
			server.Post(`mutation($i: ID!, $s: String, $p: String, $o: String,
				$n: String) { createCall(input: {id: $i, name: $n, subject: $s, callAgenda: $s, callPurpose: $p, callResult: $p,
				ownerId: $o, ownerType: $o, ownerSubtype: $o}) { call { id } } }`,
				vars{"i": strings.Repeat("i", 99) + fmt.Sprint(i), "s": strings.Repeat(c, 255), "p": strings.Repeat(c, 60),
					"o": strings.Repeat(c, 100), "n": strings.Repeat(c, 200)})
		}
		const walk = `query($a: String) { calls(first: 1, after: $a,
			orderBy: [{field: NAME}, {field: SUBJECT}, {field: CALL_AGENDA}, {field: CALL_PURPOSE}, {field: CALL_RESULT},
			{field: OWNER_ID}, {field: OWNER_TYPE}, {field: OWNER_SUBTYPE}]) { nodes { id }
			pageInfo { endCursor hasNextPage } } }`
		var after any
		for n := range 3 {
			page := server.Post(walk, vars{"a": after})
			after = page.At("data", "calls", "pageInfo", "endCursor")
			if page["errors"] != nil || page.At("data", "calls", "pageInfo", "hasNextPage") != (n < 2) {
				t.Fatalf("page %d: got %v, want hasNextPage %v", n, page, n < 2)
			}
		}
	})
}
