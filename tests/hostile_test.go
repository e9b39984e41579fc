package tests

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"callbook/tests/harness"

	"callbook/db/dbtest"
)

// TestAbsentVariables leaves variables out: the fields they stand for are left out, not null.
func TestAbsentVariables(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCall(input: {id: "c", name: "n", subject: "keep", tags: ["keep"], description: "keep", attachments: [{name: "keep"}], callDurationInSeconds: 1}) { call { id } } }`, nil)
		response := server.Post(`mutation($n: String, $s: String, $t: [String!], $d: String, $a: [AttachmentInput!], $c: Int, $x: String) {
			updateCall(id: "c", input: {name: $n, subject: $s, tags: $t, description: $d, attachments: $a, callDurationInSeconds: $c, callPurpose: $x}) { ...F } }
			fragment F on UpdateCallPayload { call { name subject tags description callPurpose attachments { name } callDurationInSeconds } }`, vars{"n": "new", "x": nil})
		want := vars{"name": "new", "subject": "keep", "tags": []any{"keep"}, "description": "keep", "callPurpose": nil, "attachments": []any{vars{"name": "keep"}}, "callDurationInSeconds": 1.0}
		if got := response.At("data", "updateCall", "call"); !harness.Matches(want, got) {
			t.Errorf("%v", response)
		}
		const list = `query($d: OrderDirection, $n: NullOrder, $f: StringFilter) { ...Q } fragment Q on Query { calls(orderBy: [{field: NAME, direction: $d, nulls: $n}], filter: {ownerId: $f}) { totalCount } }`
		for _, variables := range []vars{{}, {"d": "DESC"}, {}} { // the document is shared: what one request leaves out, another gives
			if response := server.Post(list, variables); response.At("data", "calls", "totalCount") != 1.0 {
				t.Errorf("%v: %v", variables, response)
			}
		}
	})
}

// TestEscapes writes characters beyond the first plane in every form; half a pair is refused everywhere.
func TestEscapes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for i, literal := range []string{`x\uD83D\uDE00y`, `x\u{1F600}y`, `x😀y`} {
			response := server.Post(fmt.Sprintf(`mutation { saveCall(input: {id: "e%d", name: "%s"}) { call { name } } } # \uD83D`, i, literal), nil)
			if response.At("data", "saveCall", "call", "name") != "x😀y" {
				t.Errorf("%s: %v", literal, response)
			}
		}
		kept := server.Post(`mutation { saveCall(input: {id: "k", name: "\\uD83D \u0041 \" {[(", description: """\uD83D "{[( \""" x"""}) { call { name description } } }`, nil)
		if kept.At("data", "saveCall", "call", "name") != `\uD83D A " {[(` || kept.At("data", "saveCall", "call", "description") != `\uD83D "{[( """ x` {
			t.Errorf("%v", kept)
		}
		for _, body := range []string{
			`{"query": "mutation($i: ID!) { saveCall(input: {id: $i}) { created } }", "variables": {"i": "a\ud800"}}`,
			`{"query": "mutation($i: ID!) { saveCall(input: {id: $i}) { created } }", "variables": {"i": "a\udc00\ud800"}}`,
			`{"query": "mutation { saveCall(input: {id: \"a\\ud800b\"}) { created } }"}`,
			`{"query": "mutation { saveCall(input: {id: \"a\\u{d800}\"}) { created } }"}`,
		} {
			response := server.Do("POST", "/graphql", body, "Content-Type", "application/json").JSON()
			if code, _ := response.FirstError(); code != "BAD_USER_INPUT" || response["data"] != nil {
				t.Errorf("%s: %v", body, response)
			}
		}
		if n := server.Post(`{ calls { totalCount } }`, nil).At("data", "calls", "totalCount"); n != 4.0 {
			t.Errorf("%v calls", n)
		}
	})
}

// TestHeavyRequests sends what is large or deep: each is refused, or done, quickly, and the server answers at once after it.
func TestHeavyRequests(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		empty := make([]any, 300_000)
		for i := range empty {
			empty[i] = vars{}
		}
		tags := make([]string, 100)
		for i := range tags {
			tags[i] = fmt.Sprint("t", i)
		}
		for name, c := range map[string]struct {
			query     string
			variables any
			code      any
		}{
			"200,000 tags":         {`mutation($t: [String!]) { saveCall(input: {id: "h", tags: $t}) { created } }`, vars{"t": harness.Numbers(200_000)}, "LIMIT_EXCEEDED"},
			"300,000 empty terms":  {`query($f: CallFilter) { calls(filter: $f) { totalCount } }`, vars{"f": vars{"and": empty}}, "LIMIT_EXCEEDED"},
			"a literal 7,000 deep": {`{ calls(filter: ` + strings.Repeat("{not: ", 7000) + "{}" + strings.Repeat("}", 7000) + `) { totalCount } }`, nil, "LIMIT_EXCEEDED"},
			"variables 500 deep":   {`query($f: CallFilter) { calls(filter: $f) { totalCount } }`, vars{"f": nested(500)}, "LIMIT_EXCEEDED"},
			"21 lists":             {`query($f: CallFilter) { calls(filter: $f) { totalCount } }`, vars{"f": vars{"and": lists(21)}}, "LIMIT_EXCEEDED"},
			"20 lists of 100":      {`query($f: CallFilter) { calls(filter: $f) { totalCount } }`, vars{"f": vars{"and": lists(20), "tags": nil}}, nil},
			"all of 100 tags":      {`query($t: [String!]) { calls(filter: {tags: {hasAll: $t}, attachments: {isEmpty: true}}) { totalCount } }`, vars{"t": tags}, nil},
			"an id of 5 MB":        {`mutation($i: [ID!]!) { deleteCalls(select: {ids: $i}, policy: VALID_ROWS) { results { errors { message } } } }`, vars{"i": []string{strings.Repeat("x", 5<<20)}}, nil},
			"an enum of 5 MB":      {`query($d: CallDataset!) { calls(dataset: $d) { totalCount } }`, vars{"d": strings.Repeat("x", 5<<20)}, "GRAPHQL_VALIDATION_FAILED"},
			"10,000 bad durations": {`query($d: [String!]) { calls(filter: {callDuration: {in: $d}}) { totalCount } }`, vars{"d": harness.Numbers(10_000)}, "BAD_USER_INPUT"},
		} {
			start := time.Now()
			response := server.Post(c.query, c.variables)
			if took := time.Since(start); took > harness.Slowness*4*time.Second {
				t.Errorf("%s took %v", name, took)
			}
			if code, _ := response.FirstError(); code != c.code {
				t.Errorf("%s: %v, not %v", name, code, c.code)
			}
			if size := len(fmt.Sprint(response)); size > 100_000 {
				t.Errorf("%s answers %d bytes", name, size)
			}
		}
	})
}

func lists(n int) (list []any) {
	for i := range n {
		list = append(list, vars{"tags": vars{"hasAny": []any{fmt.Sprint(i), "x"}}})
	}
	return list
}

// TestLongSearch searches long texts that repeat themselves, which drives naive matching to its worst.
func TestLongSearch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		long := strings.Repeat("a", 32000)
		for i := range 10 {
			server.Post(`mutation($i: ID!, $d: String) { saveCall(input: {id: $i, description: $d}) { created } }`, vars{"i": fmt.Sprint(i), "d": long})
		}
		start := time.Now()
		response := server.Post(`query($s: String) { calls(filter: {description: {contains: $s}}) { totalCount } }`, vars{"s": strings.Repeat("a", 999) + "b"})
		if took := time.Since(start); took > harness.Slowness*2*time.Second || response.At("data", "calls", "totalCount") != 0.0 {
			t.Errorf("%v: %v", took, response)
		}
	})
}

// TestLongCursors walks rows whose sort keys are as long as they can be.
func TestLongCursors(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for i, c := range []string{"<", "\u2028", "\x01"} {
			server.Post(`mutation($i: ID!, $s: String, $p: String, $o: String, $n: String) { createCall(input: {id: $i, name: $n, subject: $s, callAgenda: $s, callPurpose: $p, callResult: $p, ownerId: $o, ownerType: $o, ownerSubtype: $o}) { call { id } } }`,
				vars{"i": strings.Repeat("i", 99) + fmt.Sprint(i), "s": strings.Repeat(c, 255), "p": strings.Repeat(c, 60), "o": strings.Repeat(c, 100), "n": strings.Repeat(c, 200)})
		}
		const walk = `query($a: String) { calls(first: 1, after: $a, orderBy: [{field: NAME}, {field: SUBJECT}, {field: CALL_AGENDA}, {field: CALL_PURPOSE}, {field: CALL_RESULT}, {field: OWNER_ID}, {field: OWNER_TYPE}, {field: OWNER_SUBTYPE}]) { nodes { id } pageInfo { endCursor hasNextPage } } }`
		var after any
		for n := range 3 {
			page := server.Post(walk, vars{"a": after})
			after = page.At("data", "calls", "pageInfo", "endCursor")
			if page["errors"] != nil || page.At("data", "calls", "pageInfo", "hasNextPage") != (n < 2) {
				t.Fatalf("page %d: %v", n, page)
			}
		}
	})
}

// TestClientGone lets clients with an idempotency key go at every statement and come back: each thing is done once.
func TestClientGone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for n := range 6 {
			body := fmt.Sprintf(`{"query": "mutation { createCall(input: {name: \"gone %d\"}) { call { id tags notes { id } } } }"}`, n)
			ctx, cancel := context.WithCancel(context.Background())
			r := httptest.NewRequestWithContext(ctx, "POST", "http://localhost/graphql", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Idempotency-Key", fmt.Sprint("gone ", n))
			from := server.Statements()
			go func() {
				for server.Statements() < from+int64(n)+1 && ctx.Err() == nil {
					<-time.After(50 * time.Microsecond)
				}
				cancel()
			}()
			server.ServeHTTP(httptest.NewRecorder(), r)
			cancel()
			postWithKey(server, fmt.Sprint("gone ", n), body)
			count := server.Post(`query($n: String) { calls(filter: {name: {eq: $n}}) { totalCount } }`, vars{"n": fmt.Sprint("gone ", n)})
			if count.At("data", "calls", "totalCount") != 1.0 {
				t.Errorf("gone at statement %d: %v", n+1, count)
			}
		}
	})
}

// TestLaterDeliveries gives deliveries that must not erase what is there.
func TestLaterDeliveries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		deliver := func(input string) map[string]any {
			response := server.Post(`mutation { saveCallRecords(inputs: [`+input+`]) { results { outcome errors { field message } callRecord { calledPhoneNumber readStatus customerPerson { phoneNumber } details { position callDetailId text } } } } }`, nil)
			if response["errors"] != nil || response.At("data", "saveCallRecords", "results", 0, "outcome") == "FAILED" {
				t.Fatal(response)
			}
			return response.At("data", "saveCallRecords", "results", 0, "callRecord").(map[string]any)
		}
		deliver(`{id: "1", calledPhoneNumber: "111", readStatus: HAS_READ}`)
		if got := deliver(`{id: "1", customerPerson: {id: "5", phoneNumber: "222"}, readStatus: NOT_READ}`); got["calledPhoneNumber"] != "111" || got["readStatus"] != "HAS_READ" {
			t.Errorf("%v", got)
		}
		if got := deliver(`{id: "1", customerPersonId: "6"}`); harness.At(got, "customerPerson", "phoneNumber") != "111" {
			t.Errorf("a new customer of a stored record: %v", got)
		}
		deliver(`{id: "2", details: [{callDetailId: "1000001", type: ROBOT, text: "a"}, {callDetailId: "1000002", type: ROBOT, text: "b"}]}`)
		if got := deliver(`{id: "2", details: [{callDetailId: "1000003", type: ROBOT, text: "c"}]}`); len(got["details"].([]any)) != 3 {
			t.Errorf("a late turn: %v", got)
		}
		if got := deliver(`{id: "3", details: [{callDetailId: "2", type: ROBOT, text: "a"}, {callDetailId: "x", type: ROBOT, text: "b"}]}`); harness.At(got, "details", 1, "position") != 2.0 {
			t.Errorf("turns without a number: %v", got)
		}
	})
}

// TestAttachmentKeys gives links with and without keys: keys that are made collide with none.
func TestAttachmentKeys(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		save := func(id, attachments string) (keys []any, version any) {
			response := server.Post(`mutation { saveCall(input: {id: "`+id+`", attachments: `+attachments+`}) { call { version attachments { id } } } }`, nil)
			if response["errors"] != nil {
				t.Fatal(response)
			}
			for _, a := range response.At("data", "saveCall", "call", "attachments").([]any) {
				keys = append(keys, harness.At(a, "id"))
			}
			return keys, response.At("data", "saveCall", "call", "version")
		}
		first, _ := save("a", `[{name: "x"}, {name: "y"}]`)
		other, _ := save("b", `[{name: "x"}]`)
		again, version := save("a", `[{name: "x"}, {name: "y"}]`)
		if first[0] == other[0] || fmt.Sprint(first) != fmt.Sprint(again) || version != 1.0 {
			t.Errorf("%v %v %v %v", first, other, again, version)
		}
		save("c", `[{id: "2", name: "A"}, {name: "C"}]`)
		save("d", `[{id: "x", name: "a"}]`)
		if keys, _ := save("d", `[{name: "a"}, {id: "x", name: "b"}]`); keys[0] == keys[1] {
			t.Errorf("%v", keys)
		}
	})
}

// TestOddDeliveries delivers what a dialer should not.
func TestOddDeliveries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		turns := make([]any, 15_000)
		for i := range turns {
			turns[i] = vars{"type": "ROBOT", "text": "x"}
		}
		response := server.Post(`mutation($d: [CallDetailInput!]) { saveCallRecords(inputs: [
			{id: "1", details: $d}
			{id: "2", startTime: "2018-08-04T03:57:33Z", endTime: "2018-08-04T03:57:32Z"}
			{id: "3", details: [{position: 1, type: ROBOT, text: "x"}, {position: 1, type: ROBOT, text: "y"}]}
			{id: "4", chatDuration: -1, chatRound: -1}
			{id: "5", customerPersonId: "1", customerPerson: {id: "2"}}
			{id: "6", details: [{position: 0, type: ROBOT, text: "x"}]}
		]) { results { outcome errors { field } callRecord { endsBeforeStart endTime } } } }`, vars{"d": turns})
		for i, want := range []any{"details", nil, "details.1.position", "chatDuration", "customerPerson.id", "details.0.position"} {
			if got := response.At("data", "saveCallRecords", "results", i, "errors", 0, "field"); got != want {
				t.Errorf("%d: %v, not %v", i, got, want)
			}
		}
		if record := response.At("data", "saveCallRecords", "results", 1, "callRecord"); harness.At(record, "endsBeforeStart") != true || harness.At(record, "endTime") != "2018-08-04T03:57:32Z" {
			t.Errorf("%v", record)
		}
	})
}
