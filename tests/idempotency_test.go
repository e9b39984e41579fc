package tests

import (
	"context"
	"fmt"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// postWithKey sends a body with an Idempotency-Key.
func postWithKey(server *harness.Server, key, body string) harness.Response {
	return server.Do("POST", "/graphql", body, "Content-Type", "application/json", "Idempotency-Key", key).JSON()
}

// TestIdempotency repeats mutations under an Idempotency-Key: in a row, at once, changed, and later.
func TestIdempotency(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		const create = `{"query": "mutation { createCall(input: {name: \"once\"}) { call { id } } }"}`
		count := func() any {
			return server.Post(`{ calls(filter: {name: {eq: "once"}}) { totalCount } }`, nil).At("data", "calls", "totalCount")
		}
		first, again := postWithKey(server, "k1", create), postWithKey(server, "k1", create)
		if id := first.At("data", "createCall", "call", "id"); id == nil ||
			again.At("data", "createCall", "call", "id") != id || count() != 1.0 {
			t.Errorf("twice under a key: got %v, then %v and %v calls, want the same answer and 1 call", first, again, count())
		}
		other := postWithKey(server, "k1", strings.Replace(create, "once", "twice", 1))
		if code, field := other.FirstError(); code != "CONFLICT" || field != "Idempotency-Key" {
			t.Errorf("another request under the key: got %v, want CONFLICT about Idempotency-Key", other)
		}
		var wg sync.WaitGroup
		var ids sync.Map
		for range 16 {
			wg.Go(func() {
				ids.Store(postWithKey(server, "k2", create).At("data", "createCall", "call", "id"), true)
			})
		}
		wg.Wait()
		distinct := 0
		ids.Range(func(any, any) bool { distinct++; return true })
		if distinct != 1 || count() != 2.0 {
			t.Errorf("16 at once: got %d answers and %v calls, want 1 answer and 2 calls", distinct, count())
		}
		invalid := `{"query": "mutation { createCall(input: {id: \"\", name: \"once\"}) { call { id } } }"}`
		for range 2 {
			if code, _ := postWithKey(server, "k3", invalid).FirstError(); code != "BAD_USER_INPUT" {
				t.Errorf("bad input under a key: got the code %v, want BAD_USER_INPUT", code)
			}
		}
		if code, field := postWithKey(server, strings.Repeat("k", 10<<10), create).FirstError(); code != "BAD_USER_INPUT" ||
			field != "Idempotency-Key" {
			t.Errorf("a key of 10 kB: got %v about %v, want BAD_USER_INPUT about Idempotency-Key", code, field)
		}
		inExtensions := strings.Replace(create, "{", `{"extensions": {"idempotencyKey": "k4"}, `, 1)
		for range 2 {
			server.Do("POST", "/graphql", inExtensions, "Content-Type", "application/json")
		}
		if count() != 3.0 {
			t.Errorf("a key in the extensions: got %v calls, want 3", count())
		}
		postWithKey(server, "q", `{"query": "{ calls { totalCount } }"}`)
		if got := postWithKey(server, "q", create); got["errors"] != nil {
			t.Errorf("the key of a query: got %v, want it free for a mutation", got)
		}
		_, stranger := dbtest.NewTenant(context.Background())
		if got := postWithKey(server.As(stranger), "k1", create); got["errors"] != nil || reflect.DeepEqual(got, first) {
			t.Errorf("another tenant's key: got %v, want it done", got)
		}
		e.Clock.Set(dbtest.Start.Add(24*time.Hour + time.Second))
		if late := postWithKey(server, "k1", create); reflect.DeepEqual(late, first) || late["errors"] != nil {
			t.Errorf("a day later: got %v, want it done again", late)
		}
	})
}

// TestIdempotencyStatements counts what an idempotency key takes: a statement to claim it, one for each root field, and
// one to keep the answer; for a repeat two.
func TestIdempotencyStatements(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for _, fields := range []int64{1, 3} {
			query := "mutation {"
			for n := range fields {
				query += fmt.Sprintf(" a%d: createCall(input: {name: \"once\"}) { call { id } }", n)
			}
			body := harness.Body(query+" }", nil)
			count := func(send func()) int64 {
				before := server.Statements()
				send()
				return server.Statements() - before
			}
			without := count(func() { server.Do("POST", "/graphql", body, "Content-Type", "application/json") })
			first := count(func() { postWithKey(server, fmt.Sprint("k", fields), body) })
			again := count(func() { postWithKey(server, fmt.Sprint("k", fields), body) })
			if first != without+fields+2 || again != 2 {
				t.Errorf("%d fields: got %d statements with a key, %d without, %d for a repeat; want %d more, and 2", fields,
					first, without, again, fields+2)
			}
		}
	})
}

// TestClientGone lets clients with an idempotency key disconnect at every statement and come back, and checks that each
// mutation is done once.
func TestClientGone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for n := range 6 {
			body := fmt.Sprintf(
				`{"query": "mutation { createCall(input: {name: \"gone %d\"}) { call { id tags notes { totalCount } } } }"}`, n)
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
			count := server.Post(`query($n: String) { calls(filter: {name: {eq: $n}}) { totalCount } }`,
				vars{"n": fmt.Sprint("gone ", n)})
			if count.At("data", "calls", "totalCount") != 1.0 {
				t.Errorf("a client gone at statement %d: got %v, want 1 call", n+1, count)
			}
		}
	})
}
