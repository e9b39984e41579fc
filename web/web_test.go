package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"callbook/auth"
	"callbook/db/dbtest"
	"callbook/graph/operation"
	"callbook/tests/quiet"
)

func TestMain(m *testing.M) { quiet.Main(m) }

// newSite returns a site over a database of its own, for its administrator.
func newSite(t testing.TB, change func(*Options)) (http.Handler, *dbtest.Env) {
	t.Helper()
	env := dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/web.db")
	o := Options{
		DB: env.DB, Auth: auth.New(auth.Options{Anonymous: &env.Actor}), Limits: operation.DefaultLimits(),
		Schema: "the schema", AllowsOrigin: AllowedOrigins([]string{"https://app.example.com"}, false),
		AllowsHost: AllowedHosts(HostRules{}), Stopping: context.Background(), UnderWay: &sync.WaitGroup{},
	}
	if change != nil {
		change(&o)
	}
	site, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return site, env
}

func TestRoutes(t *testing.T) {
	bare, _ := newSite(t, nil)
	full, _ := newSite(t, func(o *Options) { o.Explorer, o.Introspection = true, true })
	for _, c := range []struct {
		method, path string
		bare, full   int
		body         string // a part of what the full site answers
	}{
		{"GET", "/healthz", 200, 200, "ok\n"},
		{"GET", "/readyz", 200, 200, "ready\n"},
		{"GET", "/", 404, 200, "<html"},
		{"GET", "/explorer/examples.json", 404, 200, "query ToDo"},
		{"GET", "/dashboard", 200, 200, "Callbook · Dashboard"},
		{"GET", "/dashboard/missing.js", 404, 404, ""},
		{"GET", "/files", 200, 200, "Callbook · Files"},
		{"GET", "/files/", 404, 404, ""},
		{"GET", "/explorer/missing.js", 404, 404, ""},
		{"GET", "/schema.graphqls", 404, 200, "the schema"},
		{"GET", "/graphql?query={viewer{name}}", 200, 200, `"name":"tester"`},
		{"PUT", "/graphql", 405, 405, "BAD_USER_INPUT"},
		{"GET", "/missing", 404, 404, ""},
		{"POST", "/healthz", 405, 405, ""},
	} {
		for name, site := range map[string]http.Handler{"bare": bare, "full": full} {
			w := httptest.NewRecorder()
			site.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), c.method, "http://localhost"+c.path, nil))
			want := c.bare
			if name == "full" {
				want = c.full
			}
			if w.Code != want {
				t.Errorf("%s %s of the %s site: status %d, want %d", c.method, c.path, name, w.Code, want)
			}
			if name == "full" && !strings.Contains(w.Body.String(), c.body) {
				t.Errorf("%s %s: the body is %.200s, want %s in it", c.method, c.path, w.Body, c.body)
			}
			if w.Header().Get("X-Request-Id") == "" || w.Header().Get("X-Frame-Options") != "DENY" {
				t.Errorf("%s %s: the headers are %v, want a request id and those of security", c.method, c.path, w.Header())
			}
		}
	}
}

func TestOtherOrigins(t *testing.T) {
	site, _ := newSite(t, nil)
	for origin, want := range map[string]string{"https://app.example.com": "https://app.example.com",
		"https://evil.example": ""} {
		r := httptest.NewRequestWithContext(t.Context(), "OPTIONS", "http://localhost/graphql", nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", "content-type")
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("a page of %s may call as %q, want %q", origin, got, want)
		}
	}
}

// TestHealth (F3) asks for health with a database that is closed, and while the server is to stop: it is alive, and not
// ready.
func TestHealth(t *testing.T) {
	draining, drain := context.WithCancel(t.Context())
	site, env := newSite(t, func(o *Options) { o.Draining = draining })
	check := func(what, path string, status int, body string) {
		t.Helper()
		w := httptest.NewRecorder()
		site.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost"+path, nil))
		if w.Code != status || w.Body.String() != body {
			t.Errorf("%s of a %s: got %d %q, want %d %q", path, what, w.Code, w.Body, status, body)
		}
	}
	check("server", "/healthz", 200, "ok\n")
	check("server", "/readyz", 200, "ready\n")
	if err := env.DB.Close(); err != nil {
		t.Fatal(err)
	}
	check("closed database", "/healthz", 200, "ok\n")
	check("closed database", "/readyz", 503, "the database cannot be used now; the log says why\n")
	drain()
	check("server that stops", "/healthz", 200, "ok\n")
	check("server that stops", "/readyz", 503, "the server is stopping\n")
}

func TestPersistedDocumentsMustFit(t *testing.T) {
	env := dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/web.db")
	_, err := New(Options{
		DB: env.DB, Limits: operation.DefaultLimits(), Documents: map[string]string{"bad": "{nope}"},
	})
	if err == nil || !strings.Contains(err.Error(), "the document bad") {
		t.Errorf("New returns %v, want an error that names the document", err)
	}
}
