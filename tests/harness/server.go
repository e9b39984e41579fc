package harness

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"callbook/auth"
	"callbook/db"
	"callbook/db/dbtest"
	"callbook/demo"
	"callbook/graph/operation"
	"callbook/model"
	"callbook/web"
)

// AllowedOrigin is the one foreign origin whose pages may call a server of Listen.
const AllowedOrigin = "https://app.example.com"

// Server is a server under test, and the client that calls it.
type Server struct {
	Handler http.Handler // the site, where it is in this process and not behind a listener
	URL     string       // where it listens, without a path; "" for a Handler

	t          testing.TB
	env        *dbtest.Env
	ctx        context.Context // what requests to a Handler act under
	statements *atomic.Int64   // of all requests to a Handler
}

// NewServer returns the site over a test's database, in the test's process. Requests act as the test's actor, without a
// credential and without a limit on what they may cost.
func NewServer(t testing.TB, e *dbtest.Env) *Server {
	t.Helper()
	return NewServerOf(t, e, os.Getenv("CALLBOOK_EXECUTOR"))
}

// NewServerOf is NewServer with an executor, as the flag --executor names it, and with other changes.
func NewServerOf(t testing.TB, e *dbtest.Env, executor string, changes ...func(*web.Options)) *Server {
	t.Helper()
	showLogOnFailure(t)
	s := &Server{t: t, env: e}
	s.ctx, s.statements = db.CountStatements(e.Ctx)
	s.Handler = newSite(t, e, func(o *web.Options) {
		o.Limits.Budget = 1 << 40
		o.Gqlgen = executor == "gqlgen"
		o.Identify = func(next http.Handler) http.Handler { return next } // ServeHTTP puts the actor into the context
		for _, change := range changes {
			change(o)
		}
	})
	return s
}

// NewSampleServer is NewServer over the sample of --demo.
func NewSampleServer(t testing.TB, e *dbtest.Env) *Server {
	t.Helper()
	if err := demo.Fill(e.Ctx, e.DB, e.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	return NewServer(t, e)
}

// Listen serves a test's database on a listener until the test ends, with real sign-in. change may change what is
// served; nil is no change.
func Listen(t testing.TB, e *dbtest.Env, change func(*web.Options)) *Server {
	t.Helper()
	showLogOnFailure(t)
	stopping, stop := context.WithCancel(context.Background())
	server := httptest.NewServer(newSite(t, e, func(o *web.Options) {
		o.Auth = auth.New(auth.Options{Key: e.DB.APIKey, NoteUse: e.DB.NoteKeyUse})
		o.Stopping = stopping
		o.AllowsOrigin = web.AllowedOrigins([]string{AllowedOrigin}, false)
		if change != nil {
			change(o)
		}
	}))
	t.Cleanup(func() {
		stop()
		server.Close()
	})
	return &Server{t: t, env: e, URL: server.URL}
}

// ListenAnonymous is Listen where requests without a credential act as the test's actor.
func ListenAnonymous(t testing.TB, e *dbtest.Env, change func(*web.Options)) *Server {
	t.Helper()
	actor, _ := model.ActorFrom(e.Ctx)
	return Listen(t, e, func(o *web.Options) {
		o.Auth = auth.New(auth.Options{Key: e.DB.APIKey, NoteUse: e.DB.NoteKeyUse, Anonymous: &actor})
		if change != nil {
			change(o)
		}
	})
}

// Connect returns a client of a server that listens at a URL: see Serve.
func Connect(t testing.TB, url string) *Server { return &Server{t: t, URL: url} }

func newSite(t testing.TB, e *dbtest.Env, change func(*web.Options)) http.Handler {
	t.Helper()
	o := web.Options{
		DB:            e.DB,
		Auth:          auth.New(auth.Options{}),
		Limits:        operation.DefaultLimits(),
		Schema:        string(Schema()),
		Introspection: true,
		Suggestions:   true,
		Explorer:      true,
		Gqlgen:        os.Getenv("CALLBOOK_EXECUTOR") == "gqlgen", // as of the command serve, which tests run, too
		Stopping:      context.Background(),
		UnderWay:      new(sync.WaitGroup),
		AllowsOrigin:  web.AllowedOrigins(nil, false),
		AllowsHost:    web.AllowedHosts(web.HostRules{}),
	}
	change(&o)
	handler, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

// With returns the same server for a test within the test, whose failures are then its own.
func (s *Server) With(t testing.TB) *Server {
	other := *s
	other.t = t
	return &other
}

// As returns the same server with another actor. It is for servers of NewServer; others know actors by credentials.
func (s *Server) As(actor model.Actor) *Server {
	other := *s
	other.ctx = model.WithActor(s.ctx, actor)
	return &other
}

// AsRoles is As with an actor of the server's tenant that has a name and roles.
func (s *Server) AsRoles(name string, roles ...model.Role) *Server {
	return s.As(s.Actor(name, roles...))
}

// Actor returns an actor of the server's tenant with a name and roles.
func (s *Server) Actor(name string, roles ...model.Role) model.Actor {
	owner, _ := model.ActorFrom(s.env.Ctx)
	return model.NewActor(owner.TenantID, name, roles, nil)
}

// Key creates an API key of the server's tenant and returns its text.
func (s *Server) Key(name string, roles ...model.Role) string {
	s.t.Helper()
	_, text, err := s.env.DB.CreateAPIKey(s.env.Ctx, model.CreateAPIKeyInput{Name: name, Roles: roles})
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// Statements returns how many SQL statements all requests to a server of NewServer have taken so far.
func (s *Server) Statements() int64 { return s.statements.Load() }

// Post sends an operation with its variables and returns the response.
func (s *Server) Post(query string, variables any) Response {
	s.t.Helper()
	return s.Do("POST", "/graphql", Body(query, variables), "Content-Type", "application/json").JSON()
}

// Send sends an operation; headers come in pairs of name and value.
func (s *Server) Send(query string, headers ...string) Answer {
	s.t.Helper()
	body := `{"query":` + JSON(query) + `}`
	return s.Do("POST", "/graphql", body, append([]string{"Content-Type", "application/json"}, headers...)...)
}

// Do sends a request; headers come in pairs of name and value, and Host is one of them.
func (s *Server) Do(method, target, body string, headers ...string) Answer {
	s.t.Helper()
	if s.Handler != nil {
		r := httptest.NewRequest(method, "http://localhost"+target, strings.NewReader(body))
		setHeaders(r, headers)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return Answer{s.t, w.Code, w.Header(), w.Body.String()}
	}
	r, err := http.NewRequest(method, s.URL+target, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	setHeaders(r, headers)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return Answer{s.t, response.StatusCode, response.Header, string(text)}
}

// ServeHTTP gives a request to a server of NewServer, as its actor.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Handler.ServeHTTP(w, r.WithContext(merged{r.Context(), s.ctx}))
}

func setHeaders(r *http.Request, pairs []string) {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] == "Host" {
			r.Host = pairs[i+1]
		}
		r.Header.Add(pairs[i], pairs[i+1])
	}
}

// merged takes values from the test where the request has none.
type merged struct {
	context.Context
	values context.Context
}

// Value returns the request's value, else the test's.
func (m merged) Value(key any) any {
	if v := m.Context.Value(key); v != nil {
		return v
	}
	return m.values.Value(key)
}
