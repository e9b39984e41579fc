package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"callbook/model"
)

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

func TestFloodOfUnmaxKnownKeys(t *testing.T) {
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
	if line := log(); strings.Count(line, "\n") != 1 ||
		!strings.Contains(line, `level=WARN msg="the keys of tokens could not be fetched" `+
			`error="the answer is 503, not 200" host=`+host+"\n") {
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
	if text := log(); !strings.Contains(text, "refused") || strings.Contains(text, "http://") ||
		strings.Contains(text, "eyJ") {
		t.Errorf("logs %q", text)
	}
}

func TestBadAnswers(t *testing.T) {
	elsewhere := newIssuer(t)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"garbage": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "the answer is no JWK set"},
		"nothing": {func(http.ResponseWriter, *http.Request) {}, "the answer is no JWK set"},
		"null":    {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "null") }, "the answer is no JWK set"},
		"no keys": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") }, "the answer is no JWK set"},
		"one key": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":{}}`) },
			"the answer is no JWK set"},
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
	if line := log(); !strings.Contains(line,
		"no key of tokens can be used; RS256, ES256 and EdDSA keys can, RSA from 2048 bits") {
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
	if _, err := r.Verify(gone, r.token("b")); !errors.Is(err, errNoKeys) {
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
		s := &keySet{url: "https://id.example.com/jwks", client: newClient(), now: time.Now, ctx: t.Context()}
		s.client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		began := time.Now()
		if _, err := s.find(t.Context(), "a", es256); !errors.Is(err, errNoKeys) || time.Since(began) != 5*time.Second {
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
				if _, err := r.Verify(t.Context(), tokens[1]); err != nil && !errors.Is(err, errUnknownKey) {
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
