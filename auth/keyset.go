package auth

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"callbook/model"
)

const (
	freshFor     = 15 * time.Minute // after which keys are fetched again; the old ones are used until then
	usableFor    = 24 * time.Hour   // how long keys are used while the endpoint is down
	unknownPause = 30 * time.Second // between fetches for unknown keys, so that forged ones do not flood the endpoint
	failurePause = 5 * time.Second  // after a fetch that failed
	fetchTimeout = 5 * time.Second
	maxJWKS      = 1 << 20 // bytes
)

// errNoKeys says that the key of a token may exist, but cannot be fetched.
var errNoKeys = &model.Error{
	Code:    model.ErrorCodeUnavailable,
	Message: "the keys to check tokens with cannot be fetched now; try again",
}

// keySet is a cache of the keys that an issuer publishes. A token waits for a fetch only where its key is not in the
// cache.
type keySet struct {
	url    string
	client *http.Client
	now    func() time.Time
	ctx    context.Context // fetches end with it, not with the request that needs them

	mu        sync.Mutex
	keys      []signingKey
	fetchedAt time.Time     // when keys were last fetched; zero where never
	failedAt  time.Time     // when the last fetch failed; zero where it did not
	forcedAt  time.Time     // when an unknown key last started a fetch
	fetching  chan struct{} // closed when the fetch under way ends; nil where there is none
}

// newKeySet returns a key set and starts the first fetch, so that an endpoint that does not answer shows in the log
// at once.
func newKeySet(ctx context.Context, address string, now func() time.Time) *keySet {
	s := &keySet{url: address, client: newClient(), now: now, ctx: ctx}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh(now(), false)
	return s
}

// newClient returns a client that follows no redirect: whoever can make the endpoint redirect must not choose the keys.
func newClient() *http.Client {
	return &http.Client{
		Timeout:       fetchTimeout, // for the whole answer
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// find returns the key of a token. It waits for a fetch where the key may be new. It returns UNAUTHENTICATED for an
// unknown key, and UNAVAILABLE where keys cannot be fetched.
func (s *keySet) find(ctx context.Context, kid, alg string) (crypto.PublicKey, error) {
	for {
		public, fetching, err := s.cached(kid, alg)
		if fetching == nil {
			return public, err
		}
		select {
		case <-fetching:
		case <-ctx.Done():
			return nil, errNoKeys
		}
	}
}

// cached returns the key of a token from the cache, or the fetch to wait for.
func (s *keySet) cached(kid, alg string) (public crypto.PublicKey, fetching <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	err = errUnknownKey
	if now.Sub(s.fetchedAt) < usableFor {
		public, err = findKey(s.keys, kid, alg)
	}
	unknown := errors.Is(err, errUnknownKey)
	s.refresh(now, unknown)
	switch {
	case !unknown:
		return public, nil, err
	case s.fetching != nil:
		return nil, s.fetching, nil
	case !s.failedAt.IsZero():
		return nil, nil, errNoKeys
	}
	return nil, nil, errUnknownKey
}

// refresh starts a fetch where one is due. The caller holds the lock.
func (s *keySet) refresh(now time.Time, unknown bool) {
	if s.fetching != nil || now.Sub(s.failedAt) < failurePause {
		return
	}
	if now.Sub(s.fetchedAt) < freshFor {
		if !unknown || now.Sub(s.forcedAt) < unknownPause {
			return
		}
		s.forcedAt = now
	}
	s.fetching = make(chan struct{})
	go s.fetch()
}

// fetch replaces the keys by those that are published now. Where it fails, it logs why and keeps them.
func (s *keySet) fetch() {
	keys, err := s.get()
	if err != nil {
		s.warn("the keys of tokens could not be fetched", "error", err)
	} else if len(keys) == 0 {
		s.warn("no key of tokens can be used; RS256, ES256 and EdDSA keys can, RSA from 2048 bits")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.failedAt = s.now()
	} else {
		s.keys, s.fetchedAt, s.failedAt = keys, s.now(), time.Time{}
	}
	close(s.fetching)
	s.fetching = nil
}

// get requests the keys from the endpoint.
func (s *keySet) get() ([]signingKey, error) {
	request, err := http.NewRequestWithContext(s.ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, errors.New("the URL is no URL") // options.go has checked it
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	response, err := s.client.Do(request)
	if err != nil {
		return nil, withoutURL(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %d, not 200", response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxJWKS+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxJWKS {
		return nil, fmt.Errorf("the answer is longer than %d bytes", maxJWKS)
	}
	return parseKeys(body)
}

// warn logs a message with the endpoint's host. The rest of its URL may hold secrets.
func (s *keySet) warn(message string, args ...any) {
	u, _ := url.Parse(s.url) // options.go has checked it
	slog.Warn(message, append(args, "host", u.Host)...)
}

// withoutURL returns an error of the HTTP client without the URL.
func withoutURL(err error) error {
	if withURL, ok := errors.AsType[*url.Error](err); ok {
		return withURL.Err
	}
	return err
}
