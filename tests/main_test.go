package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"callbook/auth"
	"callbook/cli"
	"callbook/db"
	"callbook/db/dbtest"
	"callbook/graph/operation"
	"callbook/model"
	"callbook/web"
)

// schemaText is the text of schema.graphqls.
var schemaText = func() cli.Schema {
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		panic(err)
	}
	return cli.Schema(text)
}()

// localAdministrator is who commands act as.
var localAdministrator = model.NewActor(1, "local", []model.Role{model.RoleAdmin}, nil)

func TestMain(m *testing.M) {
	if dsn := os.Getenv("CALLBOOK_TEST_DELIVER"); dsn != "" {
		deliverUntilKilled(dsn)
	}
	if args := os.Getenv("CALLBOOK_TEST_SERVE"); args != "" {
		serveForAttack(args)
	}
	dbtest.Main(m)
}

// testServer is the real handler over a test's database, for the test's tenant.
type testServer struct {
	http.Handler
	ctx        context.Context // what requests act under
	statements *atomic.Int64   // of all requests so far
}

func newTestServer(e *dbtest.Env) *testServer {
	s := &testServer{}
	s.ctx, s.statements = db.CountStatements(e.Ctx)
	identify := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(merged{r.Context(), s.ctx}))
		})
	}
	s.Handler = newSite(e, identify)
	return s
}

// newSite is the real handler, without limits on what a test may spend.
func newSite(e *dbtest.Env, identify func(http.Handler) http.Handler) http.Handler {
	limits := operation.DefaultLimits()
	limits.Budget = 1 << 40
	handler, err := web.New(web.Options{
		DB:            e.DB,
		Auth:          auth.New(auth.Options{}),
		Limits:        limits,
		Schema:        string(schemaText),
		Introspection: true,
		Suggestions:   true,
		Explorer:      true,
		Stopping:      context.Background(),
		UnderWay:      new(sync.WaitGroup),
		Identify:      identify,
		AllowsOrigin:  web.AllowedOrigins(nil, false),
		AllowsHost:    web.AllowedHosts(web.HostRules{}),
	})
	if err != nil {
		panic(err) // without persisted documents nothing can be wrong
	}
	return handler
}

// as is the same server for another actor.
func (s *testServer) as(actor model.Actor) *testServer {
	other := &testServer{Handler: s.Handler, statements: s.statements}
	other.ctx = model.WithActor(s.ctx, actor)
	inner := s.Handler
	other.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		before := s.ctx
		s.ctx = other.ctx
		defer func() { s.ctx = before }()
		inner.ServeHTTP(w, r)
	})
	return other
}

// merged takes values from the test where the request has none.
type merged struct {
	context.Context
	values context.Context
}

func (m merged) Value(key any) any {
	if v := m.Context.Value(key); v != nil {
		return v
	}
	return m.values.Value(key)
}

func (s *testServer) do(method, target, contentType, body string) *http.Response {
	r := httptest.NewRequest(method, "http://localhost"+target, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

// post sends an operation and answers the response as generic JSON.
func (s *testServer) post(t testing.TB, query string, variables any) map[string]any {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, s.do("POST", "/graphql", "application/json", string(body)))
}

func decode(t testing.TB, response *http.Response) (out map[string]any) {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&out); err != nil {
		t.Fatalf("%v in %.300q", err, body)
	}
	return out
}

// at walks into generic JSON: at(v, "data", "calls", "nodes", 0, "id").
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := v.(map[string]any)
			v = object[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

// failure is the code and the field of a response's first error.
func failure(response map[string]any) (code, field any) {
	extensions := at(response, "errors", 0, "extensions")
	return at(extensions, "code"), at(extensions, "field")
}

// contentionTime is how long tests let clients contend: a moment, or CALLBOOK_CONTENTION.
func contentionTime() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("CALLBOOK_CONTENTION")); err == nil {
		return d
	}
	return time.Second
}
