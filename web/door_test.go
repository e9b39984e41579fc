package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"

	"callbook/auth"
	"callbook/graph"
	"callbook/model"
	"callbook/tests/cputime"
)

// doorCase is a request of which everything but the execution of its fields is measured: the door.
type doorCase struct {
	name, query, variables string // variables is JSON, empty for none
	hasKey                 bool   // whether it comes with an API key, from a client that takes compressed responses
}

const viewerQuery = `query ($all: Boolean!) { viewer { name roles @include(if: $all) } }`

var doorCases = []doorCase{
	{name: "typename", query: `{ __typename }`},
	{name: "viewer", query: `{ viewer { name } }`},
	{name: "viewer by key", query: `{ viewer { name } }`, hasKey: true},
	{name: "variables", query: viewerQuery, variables: `{"all":true}`},
	{name: "variables by key", query: viewerQuery, variables: `{"all":true}`, hasKey: true},
}

// doors is a site under measurement.
type doors struct {
	site     http.Handler
	key      string
	ctx      context.Context // with the actor of requests without a key
	executor *executor.Executor
}

func newDoors(t testing.TB) *doors {
	t.Helper()
	d := &doors{}
	site, env := newSite(t, func(o *Options) {
		o.Auth = auth.New(auth.Options{Key: o.DB.APIKey, NoteUse: o.DB.NoteKeyUse, Anonymous: o.Auth.Anonymous})
		o.Limits.Budget = 1 << 40
		o.Gqlgen = true // as the fields alone are executed, which are subtracted
	})
	d.site, d.ctx, d.executor = site, env.Ctx, executor.New(graph.NewSchema(env.DB, nil))
	var err error
	_, d.key, err = env.DB.CreateAPIKey(env.Ctx, model.CreateAPIKeyInput{
		Name: "door", Roles: []model.Role{model.RoleAdmin},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := env.DB.CreateCall(env.Ctx, model.CreateCallInput{ID: new("call-1")}); err != nil {
		t.Fatal(err)
	}
	return d
}

// sender returns a function that sends the request of a case to a handler. The next request overwrites the response.
func (d *doors) sender(c doorCase) func(http.Handler) *written {
	body := `{"query":` + strconv.Quote(c.query) + `}`
	if c.variables != "" {
		body = body[:len(body)-1] + `,"variables":` + c.variables + `}`
	}
	headers := http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/graphql-response+json, application/json"},
	}
	if c.hasKey {
		headers.Set("Authorization", "Bearer "+d.key)
		headers.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	}
	var memory [1000]byte
	return func(handler http.Handler) *written {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "http://localhost/graphql",
			strings.NewReader(body))
		r.Header = headers
		w := &written{header: http.Header{}, body: memory[:0]}
		handler.ServeHTTP(w, r)
		return w
	}
}

// execution returns a function that executes the fields of a case by themselves.
func (d *doors) execution(t testing.TB, c doorCase) func() {
	t.Helper()
	params := &graphql.RawParams{Query: c.query}
	if c.variables != "" {
		if err := json.Unmarshal([]byte(c.variables), &params.Variables); err != nil {
			t.Fatal(err)
		}
	}
	ctx := graphql.StartOperationTrace(d.ctx)
	operation, errs := d.executor.CreateOperationContext(ctx, params)
	if errs != nil {
		t.Fatal(errs)
	}
	return func() {
		responses, ctx := d.executor.DispatchOperation(d.ctx, operation)
		if response := responses(ctx); len(response.Errors) > 0 {
			t.Fatal(response.Errors)
		}
	}
}

// bare returns a handler that reads the body of a request and writes a body of this size.
func bare(size int) http.Handler {
	body := make([]byte, size)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(size))
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write(body)
	})
}

// written is a response as net/http takes it: when its headers are written, it keeps a copy of them.
type written struct {
	header, sent http.Header
	status       int
	writes, size int
	body         []byte // the first bytes of the last write, as many as it has room for
}

func (w *written) Header() http.Header { return w.header }

func (w *written) WriteHeader(status int) { w.status, w.sent = status, w.header.Clone() }

func (w *written) Write(b []byte) (int, error) {
	w.writes++
	w.size += len(b)
	w.body = append(w.body[:0], b[:min(len(b), cap(w.body))]...)
	return len(b), nil
}

func (w *written) FlushError() error { return nil }

func (w *written) SetWriteDeadline(time.Time) error { return nil }

// parts returns what is measured of a case: the request through the site, a bare handler, and the execution of its
// fields.
func (d *doors) parts(t testing.TB, c doorCase) (site, nothing, fields func()) {
	t.Helper()
	send := d.sender(c)
	first := send(d.site)
	if first.status != http.StatusOK || !strings.HasPrefix(string(first.body), `{"data":`) || first.writes != 1 {
		t.Fatalf("%s: got %d in %d writes, %s, want 200 and data in one write", c.name, first.status, first.writes,
			first.body)
	}
	handler := bare(first.size)
	return func() { send(d.site) }, func() { send(handler) }, d.execution(t, c)
}

// BenchmarkDoor measures requests through the site, and, to be taken from that, a bare handler and the execution of
// their fields.
func BenchmarkDoor(b *testing.B) {
	d := newDoors(b)
	read := doorCase{name: "call", query: `query ($id: ID!) { call(id: $id) { id name callType callStatus } }`,
		variables: `{"id":"call-1"}`, hasKey: true}
	for _, c := range append(doorCases, read) {
		site, nothing, fields := d.parts(b, c)
		for _, part := range []struct {
			name string
			run  func()
		}{{"site", site}, {"bare", nothing}, {"fields", fields}} {
			b.Run(c.name+"/"+part.name, func(b *testing.B) {
				b.ReportAllocs()
				used := cputime.Used()
				for b.Loop() {
					part.run()
				}
				b.ReportMetric(float64(cputime.Used()-used)/float64(b.N), "cpu-ns/op")
			})
		}
	}
}
