package auth

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
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
	return func(w http.ResponseWriter, _ *http.Request) { w.Write(body) }
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

func TestKeysAreCached(t *testing.T) {
	r := newRotating(t)
	for range 10 {
		r.expectGood(t, "a")
	}
	r.add(freshFor - time.Second)
	r.expectGood(t, "a")
	r.expectRequests(t, 1)
	r.add(time.Second)
	r.expectGood(t, "a") // by the old keys
	r.settle()
	r.expectRequests(t, 1)
	r.publish("b")
	r.add(freshFor)
	r.expectGood(t, "a")
	r.settle()
	r.expectGood(t, "b")
	r.expectUnknown(t, "a") // no longer published
}

func TestRotation(t *testing.T) {
	r := newRotating(t)
	r.expectGood(t, "a")
	r.publish("a", "b")
	r.expectGood(t, "b") // at once
	r.expectGood(t, "a")
	r.expectRequests(t, 2)
	r.publish("b", "c")
	r.add(unknownPause - time.Second)
	r.expectUnknown(t, "c")
	r.expectRequests(t, 0)
	r.add(time.Second)
	r.expectGood(t, "c")
	r.expectUnknown(t, "a")
	r.expectRequests(t, 1)
}

func TestNoKeyOfTheAlgorithm(t *testing.T) {
	r := newRotating(t)
	d := newDraft()
	delete(d.header, "kid")
	expect(t, r.Tokens, d.sign(), model.ErrorCodeUnauthenticated, unknownKey)
}

func TestFloodOfUnknownKeys(t *testing.T) {
	r := newRotating(t)
	good := r.token("a")
	bad := make([]string, 200)
	for i := range bad {
		d := newDraft()
		d.signedBy(jwt.SigningMethodES256, fmt.Sprint("made up ", i), r.key("mine"))
		bad[i] = d.sign()
	}
	for range 3 {
		var all sync.WaitGroup
		for _, token := range bad {
			all.Go(func() { expect(t, r.Tokens, token, model.ErrorCodeUnauthenticated, unknownKey) })
			all.Go(func() { expect(t, r.Tokens, good, "", "") })
		}
		all.Wait()
	}
	r.expectRequests(t, 2) // the first, and one for all of these
	r.add(unknownPause)
	expect(t, r.Tokens, bad[0], model.ErrorCodeUnauthenticated, unknownKey)
	r.expectRequests(t, 1)
}

func TestEndpointDownAtFirst(t *testing.T) {
	log := logged(t)
	i := newIssuer(t)
	i.answers(answerStatus(503))
	c := &clock{now: start}
	o := options(i.URL + "/jwks?token=hush")
	o.Now = c.Now
	tokens := newTokens(t, o)
	good := newDraft().sign()
	expect(t, tokens, good, model.ErrorCodeUnavailable, unavailable)
	i.expectRequests(t, 1) // it is not asked for every token
	i.answers(answerKeys(published()...))
	c.add(failurePause)
	expect(t, tokens, good, "", "")
	i.expectRequests(t, 1)
	other := newDraft()
	other.header["kid"] = "other"
	expect(t, tokens, other.sign(), model.ErrorCodeUnauthenticated, unknownKey) // now that the keys are known
	host := strings.TrimPrefix(i.URL, "http://")
	if line := log(); strings.Count(line, "\n") != 1 || !strings.Contains(line, `level=WARN msg="the keys of tokens could not be fetched" error="the answer is 503, not 200" host=`+host+"\n") {
		t.Errorf("logs %q", line)
	}
}

func TestEndpointGoesDown(t *testing.T) {
	log := logged(t)
	r := newRotating(t)
	r.Close() // connections are refused
	r.expectUnavailable(t, "b")
	r.expectGood(t, "a")
	r.add(freshFor)
	r.expectGood(t, "a")
	r.settle()
	r.expectUnavailable(t, "b") // it may have been published since
	r.expectGood(t, "a")
	r.add(usableFor - freshFor - time.Second)
	r.expectGood(t, "a")
	r.settle()
	r.add(time.Second)
	r.expectUnavailable(t, "a") // it may have been withdrawn since
	if text := log(); !strings.Contains(text, "refused") || strings.Contains(text, "http://") || strings.Contains(text, "eyJ") {
		t.Errorf("logs %q", text)
	}
}

func TestBadAnswers(t *testing.T) {
	elsewhere := newIssuer(t)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"garbage":   {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "the answer is no JWK set"},
		"nothing":   {func(http.ResponseWriter, *http.Request) {}, "the answer is no JWK set"},
		"null":      {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "null") }, "the answer is no JWK set"},
		"no keys":   {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") }, "the answer is no JWK set"},
		"one key":   {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":{}}`) }, "the answer is no JWK set"},
		"not found": {answerStatus(404), "the answer is 404, not 200"},
		"created":   {answerStatus(201), "the answer is 201, not 200"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) },
			"the answer is 302, not 200"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"keys":[]}`)
		}, "unexpected EOF"},
		"10 MB": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"keys":[]}`, strings.Repeat(" ", 10<<20))
		}, "the answer is longer than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			log := logged(t)
			r := newRotating(t)
			r.answers(c.answer)
			r.add(freshFor)
			r.expectGood(t, "a")
			r.settle()
			r.expectGood(t, "a") // the old keys are kept
			if line := log(); strings.Count(line, "\n") != 1 || !strings.Contains(line, `error="`+c.want+`"`) {
				t.Errorf("logs %q", line)
			}
		})
	}
	elsewhere.expectRequests(t, 0)
}

// TestAnswerWithoutEnd holds that a long answer is not read to its end: this one has none.
func TestAnswerWithoutEnd(t *testing.T) {
	log := logged(t)
	i := newIssuer(t)
	taken := make(chan int, 1)
	i.answers(func(w http.ResponseWriter, _ *http.Request) {
		total := 0
		for err := error(nil); err == nil; {
			var n int
			n, err = w.Write(make([]byte, 1<<16))
			total += n
		}
		taken <- total
	})
	expect(t, newTokens(t, options(i.URL)), newDraft().sign(), model.ErrorCodeUnavailable, unavailable)
	if n := <-taken; n > 32<<20 { // most of it on its way, in buffers
		t.Errorf("%d bytes were taken", n)
	}
	if line := log(); !strings.Contains(line, "the answer is longer than 1048576 bytes") {
		t.Errorf("logs %q", line)
	}
}

func TestWithdrawnKeys(t *testing.T) {
	log := logged(t)
	r := newRotating(t)
	r.publish()
	r.answers(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":[]}`) })
	r.add(freshFor)
	r.expectGood(t, "a")
	r.settle()
	r.expectUnknown(t, "a")
	if line := log(); !strings.Contains(line, "no key of tokens can be used; RS256, ES256 and EdDSA keys can, RSA from 2048 bits") {
		t.Errorf("logs %q", line)
	}
}

func TestSlowEndpoint(t *testing.T) {
	r := newRotating(t)
	entered, release := make(chan struct{}, 1), make(chan struct{})
	r.answers(func(http.ResponseWriter, *http.Request) { entered <- struct{}{}; <-release })
	defer close(release)
	r.add(freshFor)
	r.expectGood(t, "a")
	<-entered
	r.expectGood(t, "a")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Verify(gone, r.token("b")); err != errNoKeys {
		t.Errorf("who has gone is answered %v", err)
	}
	r.Tokens.keys.mu.Lock()
	defer r.Tokens.keys.mu.Unlock()
	if r.Tokens.keys.fetching == nil {
		t.Error("something waited until the fetch gave up")
	}
	r.expectRequests(t, 2)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestFetchTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &keySet{url: "https://id.example.com/jwks", client: newClient(), now: time.Now, life: t.Context()}
		s.client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		began := time.Now()
		if _, err := s.find(t.Context(), "a", es256); err != errNoKeys || time.Since(began) != 5*time.Second {
			t.Errorf("answers %v after %s", err, time.Since(began))
		}
	})
}

func TestEndOfLife(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	i := newIssuer(t)
	tokens, err := NewTokens(ctx, options(i.URL))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, tokens, newDraft().sign(), model.ErrorCodeUnavailable, unavailable)
	i.expectRequests(t, 0)
}

func TestKeysInUseWhileTheyRotate(t *testing.T) {
	r := newRotating(t)
	tokens := []string{r.token("a"), r.token("b")}
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			for range 20 {
				expect(t, r.Tokens, tokens[0], "", "")
				if _, err := r.Verify(t.Context(), tokens[1]); err != nil && err != errUnknownKey {
					t.Error(err)
				}
				r.add(time.Second)
			}
		})
		if n == 10 {
			r.publish("a", "b")
		}
	}
	all.Wait()
	r.add(unknownPause)
	r.expectGood(t, "b")
}

func TestParseKeys(t *testing.T) {
	point := `"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"`
	for name, c := range map[string]struct {
		key  string
		want bool
	}{
		"plain":             {`{` + point + `}`, true},
		"to verify":         {`{` + point + `,"key_ops":["sign","verify"]}`, true},
		"to derive":         {`{` + point + `,"key_ops":["deriveKey"]}`, false},
		"for nothing":       {`{` + point + `,"key_ops":[]}`, false},
		"operations, wrong": {`{` + point + `,"key_ops":"verify"}`, false},
		"of another use":    {`{` + point + `,"use":"tls"}`, false},
		"of another kind":   {`{"kty":"AKP","alg":"ML-DSA-44"}`, false},
		"of no kind":        {`{}`, false},
		"no object":         {`1`, false},
		"null":              {`null`, false},
		"short":             {`{"kty":"OKP","crv":"Ed25519","x":"11qY"}`, false},
		"off the curve":     {`{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("A", 43) + `","y":"` + strings.Repeat("A", 43) + `"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := parseKeys([]byte(`{"keys":[` + c.key + `,{` + point + `,"kid":"next"}]}`))
			if err != nil || len(keys) == 0 || keys[len(keys)-1].id != "next" || (len(keys) == 2) != c.want {
				t.Errorf("reads %+v, %v", keys, err)
			}
		})
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add(must(json.Marshal(jose.JSONWebKeySet{Keys: published()})))
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","x5c":["AA=="],"x5u":":"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		keys, _ := parseKeys(body)
		for _, k := range keys {
			if k.alg != rs256 && k.alg != es256 && k.alg != edDSA {
				t.Errorf("reads %+v", k)
			}
		}
	})
}
