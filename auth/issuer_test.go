package auth

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"callbook/model"
)

const (
	unavailable = "the keys to check tokens with cannot be fetched now; try again"
	unknownKey  = "the token is signed by an unknown key"
)

// issuer publishes keys over HTTP.
type issuer struct {
	*httptest.Server
	mu       sync.Mutex
	answer   http.HandlerFunc
	requests int
}

func newIssuer(t testing.TB) *issuer {
	i := &issuer{answer: answerKeys(published()...)}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		i.requests++
		answer := i.answer
		i.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) answers(answer http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.answer = answer
}

// expectRequests tells how many requests there were since it was last asked.
func (i *issuer) expectRequests(t *testing.T, want int) {
	t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.requests != want {
		t.Errorf("the endpoint was asked %d times, not %d", i.requests, want)
	}
	i.requests = 0
}

func answerKeys(keys ...jose.JSONWebKey) http.HandlerFunc {
	body := must(json.Marshal(jose.JSONWebKeySet{Keys: keys}))
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }
}

func answerStatus(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		answerKeys(published()...)(w, nil) // which must not be used
	}
}

// rotating is an issuer of ES256 keys by name, with a clock, and the verifier of its tokens.
type rotating struct {
	*issuer
	*clock
	*Tokens
	keys map[string]*ecdsa.PrivateKey
}

func newRotating(t testing.TB) *rotating {
	r := &rotating{issuer: newIssuer(t), clock: &clock{now: start}, keys: map[string]*ecdsa.PrivateKey{}}
	r.publish("a")
	o := options(r.URL)
	o.Now = r.Now
	r.Tokens = newTokens(t, o)
	return r
}

func (r *rotating) publish(names ...string) {
	var keys []jose.JSONWebKey
	for _, name := range names {
		keys = append(keys, jose.JSONWebKey{KeyID: name, Key: r.key(name).Public()})
	}
	r.answers(answerKeys(keys...))
}

func (r *rotating) key(name string) *ecdsa.PrivateKey {
	if r.keys[name] == nil {
		r.keys[name] = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	}
	return r.keys[name]
}

// token is signed by the named key; it is good for a month.
func (r *rotating) token(name string) string {
	d := edited(map[string]any{"exp": start.Add(30 * 24 * time.Hour).Unix()})
	d.signedBy(jwt.SigningMethodES256, name, r.key(name))
	return d.sign()
}

func (r *rotating) expect(t testing.TB, name string, code model.ErrorCode, message string) {
	t.Helper()
	expect(t, r.Tokens, r.token(name), code, message)
}

func (r *rotating) expectGood(t testing.TB, name string) { t.Helper(); r.expect(t, name, "", "") }

func (r *rotating) expectUnknown(t testing.TB, name string) {
	t.Helper()
	r.expect(t, name, model.ErrorCodeUnauthenticated, unknownKey)
}

func (r *rotating) expectUnavailable(t testing.TB, name string) {
	t.Helper()
	r.expect(t, name, model.ErrorCodeUnavailable, unavailable)
}

// logged answers what is logged from now on.
func logged(t *testing.T) func() string {
	var mu sync.Mutex
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(writer(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return log.Write(p)
	}), nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return log.String()
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }
