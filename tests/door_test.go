package tests

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"callbook/auth"
	"callbook/db/dbtest"
	"callbook/graph/operation"
	"callbook/model"
	"callbook/web"
)

// door is the real site with its real sign-in, behind a real listener.
type door struct {
	t    *testing.T
	env  *dbtest.Env
	site web.Options
	url  string
}

// openDoor serves a test's database to whoever has credentials of its tenant. change may change what is served.
func openDoor(t *testing.T, e *dbtest.Env, change func(*web.Options)) *door {
	t.Helper()
	stopping, stop := context.WithCancel(context.Background())
	o := web.Options{
		DB:            e.DB,
		Auth:          auth.New(auth.Options{Key: e.DB.APIKey, NoteUse: e.DB.NoteKeyUse}),
		Limits:        operation.DefaultLimits(),
		Schema:        string(schemaText),
		Introspection: true,
		Suggestions:   true,
		Explorer:      true,
		Stopping:      stopping,
		UnderWay:      new(sync.WaitGroup),
		AllowsOrigin:  web.AllowedOrigins([]string{"https://app.example.com"}, false),
		AllowsHost:    web.AllowedHosts(web.HostRules{}),
	}
	if change != nil {
		change(&o)
	}
	handler, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		stop()
		server.Close()
	})
	return &door{t, e, o, server.URL}
}

// key makes an API key of the test's tenant and answers its text.
func (d *door) key(name string, roles ...model.Role) string {
	d.t.Helper()
	_, text, err := d.env.DB.CreateAPIKey(d.env.Ctx, model.CreateAPIKeyInput{Name: name, Roles: roles})
	if err != nil {
		d.t.Fatal(err)
	}
	return text
}

// answer is what a request was answered.
type answer struct {
	status int
	header http.Header
	body   string
}

// send sends a request; headers come in pairs of name and value.
func (d *door) send(method, target, body string, headers ...string) answer {
	d.t.Helper()
	r, err := http.NewRequest(method, d.url+target, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Add(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

// post sends an operation as JSON.
func (d *door) post(query string, headers ...string) answer {
	d.t.Helper()
	return d.send("POST", "/graphql", `{"query":`+string(marshalText(query))+`}`, append([]string{"Content-Type", "application/json"}, headers...)...)
}

// json is the answer as generic JSON.
func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	return decode(t, &http.Response{Body: io.NopCloser(strings.NewReader(a.body))})
}

// code is the code of the first error.
func (a answer) code(t *testing.T) any {
	t.Helper()
	code, _ := failure(a.json(t))
	return code
}

// capturedLog is what is logged, audit lines too, while a test runs.
type capturedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *capturedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *capturedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func captureLog(t *testing.T) *capturedLog {
	l := &capturedLog{}
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug})))
	auth.SetAuditLog(slog.Default())
	t.Cleanup(func() {
		slog.SetDefault(before)
		auth.SetAuditLog(nil)
	})
	return l
}
