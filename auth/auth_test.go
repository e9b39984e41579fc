package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"callbook/model"
)

// keyStore is a database with one API key of tenant 7.
type keyStore struct {
	mu    sync.Mutex
	key   *model.APIKey
	err   error
	reads int
	used  chan string // receives the ids whose use is noted
}

func newKeyStore(t *testing.T) (store *keyStore, text string) {
	t.Helper()
	logged(t)
	in := model.CreateAPIKeyInput{Name: "sync", Roles: []model.Role{model.RoleAnalyst}}
	key, text, errs := model.NewAPIKey(7, in, start)
	if errs != nil {
		t.Fatal(errs)
	}
	return &keyStore{key: key, used: make(chan string, 10)}, text
}

func (s *keyStore) read(ctx context.Context, id string) (*model.APIKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	actor, _ := model.ActorFrom(ctx)
	if s.err != nil || id != s.key.ID || actor.TenantID != s.key.TenantID {
		return nil, s.err
	}
	return s.key, nil
}

func (s *keyStore) noteUse(_ context.Context, id string, _ time.Time) error {
	s.used <- id
	return nil
}

func (s *keyStore) options() Options {
	return Options{Key: s.read, NoteUse: s.noteUse, Now: func() time.Time { return start }}
}

// describe returns an actor's name, or the code and message of an error.
func describe(actor model.Actor, err error) string {
	if e, ok := errors.AsType[*model.Error](err); ok {
		return fmt.Sprintf("%s: %s", e.Code, e.Message)
	}
	return actor.Name
}

// TestActor tries credentials on a server that takes API keys alone, on one that takes tokens too, and on one that
// needs none.
func TestActor(t *testing.T) {
	const (
		none    = "UNAUTHENTICATED: nobody is signed in; send an API key or a token: Authorization: Bearer …"
		two     = "UNAUTHENTICATED: two credentials came at once; send one"
		header  = "UNAUTHENTICATED: the Authorization header must be: Bearer, and a token or an API key"
		badKey  = "UNAUTHENTICATED: the API key is unknown, revoked or has ended"
		keyOnly = "UNAUTHENTICATED: this server takes API keys alone, and this is none"
	)
	store, key := newKeyStore(t)
	otherTenant := strings.Replace(key, "cbk_7_", "cbk_8_", 1)
	otherSecret := key[:len(key)-26] + strings.Repeat("A", 26)
	tokens := func(_ context.Context, token string) (model.Actor, error) {
		return model.Actor{TenantID: 7, Name: "token " + token, Kind: model.CredentialKindToken}, nil
	}
	keys, withTokens, open := store.options(), store.options(), store.options()
	withTokens.Tokens = tokens
	open.Anonymous = &model.Actor{TenantID: 1, Name: "anonymous"}
	for _, c := range []struct {
		name                  string
		options               Options
		authorization, apiKey string
		want                  string
	}{
		{"nothing", keys, "", "", none},
		{"nothing, where nothing is needed", open, "", "", "anonymous"},
		{"blanks, where nothing is needed", open, " ", " ", "anonymous"},
		{"a key in its header", keys, "", key, "sync"},
		{"a key with blanks", keys, "", " " + key + " ", "sync"},
		{"a key as a bearer", keys, "Bearer " + key, "", "sync"},
		{"a key, where nothing is needed", open, "", key, "sync"},
		{"a key, where tokens are taken", withTokens, "bearer " + key, "", "sync"},
		{"a wrong key, where nothing is needed", open, "", otherSecret, badKey},
		{"both", keys, "Bearer " + key, key, two},
		{"another secret", keys, "", otherSecret, badKey},
		{"another tenant", keys, "", otherTenant, badKey},
		{"no key", keys, "", "x", badKey},
		{"a token in the key's header", withTokens, "", "x.y.z", badKey},
		{"a token", withTokens, "Bearer x.y.z", "", "token x.y.z"},
		{"a token, where keys alone are taken", keys, "Bearer x.y.z", "", keyOnly},
		{"another scheme", keys, "Basic x", "", header},
		{"no token", withTokens, "Bearer ", "", header},
		{"a token without a scheme", withTokens, "x.y.z", "", header},
	} {
		got := describe(New(c.options).Actor(t.Context(), c.authorization, c.apiKey, "127.0.0.1"))
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestKeyCache signs in again, while the database fails, and with a key that has ended.
func TestKeyCache(t *testing.T) {
	store, key := newKeyStore(t)
	a := New(store.options())
	signIn := func() string { return describe(a.Actor(t.Context(), "", key, "")) }
	for range 3 {
		if got := signIn(); got != "sync" {
			t.Errorf("signed in as %s, want sync", got)
		}
	}
	if store.reads != 1 {
		t.Errorf("the key is read %d times within two seconds, want once", store.reads)
	}
	if id := <-store.used; id != store.key.ID || len(store.used) > 0 {
		t.Errorf("the use of %s and %d more is noted, want one of %s", id, len(store.used), store.key.ID)
	}

	store.err = errors.New("the database fails")
	a.keys.Purge() // as after two seconds
	if got := signIn(); got != "sync" {
		t.Errorf("signed in as %s while the database fails, want sync", got)
	}
	a.keys.Purge()
	a.stale.Purge() // as after a minute
	if got, want := signIn(), "UNAVAILABLE: the API key cannot be checked now; try again"; got != want {
		t.Errorf("signed in as %s while the database fails for long, want %s", got, want)
	}

	store.err, store.key.RevokedAt = nil, &start
	if got, want := signIn(), "UNAUTHENTICATED: the API key is unknown, revoked or has ended"; got != want {
		t.Errorf("signed in as %s with a revoked key, want %s", got, want)
	}
}

func TestIsValid(t *testing.T) {
	store, _ := newKeyStore(t)
	a := New(store.options())
	keyActor, past := store.key.Actor(), start.Add(-1)
	expired, unknown := keyActor, keyActor
	expired.ExpiresAt = &past
	unknown.Credential = "key 0000000000000000"
	for _, c := range []struct {
		name  string
		actor model.Actor
		want  bool
	}{
		{"a key", keyActor, true},
		{"an expired key", expired, false},
		{"a deleted key", unknown, false},
		{"a token", model.Actor{Kind: model.CredentialKindToken, Credential: "token of ann"}, true},
		{"an expired token", model.Actor{Kind: model.CredentialKindToken, ExpiresAt: &past}, false},
	} {
		if got := a.isValid(t.Context(), c.actor); got != c.want {
			t.Errorf("isValid of %s = %v, want %v", c.name, got, c.want)
		}
		ctx, cancel := context.WithCancel(model.WithActor(t.Context(), c.actor))
		if ended := a.Ended(ctx); !c.want {
			<-ended
		}
		cancel()
	}
	store.err = errors.New("the database fails")
	a.keys.Purge()
	a.stale.Purge()
	if !a.isValid(t.Context(), keyActor) {
		t.Error("isValid of a key = false while the database fails, want true")
	}
}

func TestFromHeaders(t *testing.T) {
	store, key := newKeyStore(t)
	a := New(store.options())
	for _, c := range []struct {
		name    string
		headers http.Header
		has     bool
		want    string
	}{
		{"none", http.Header{}, false,
			"UNAUTHENTICATED: nobody is signed in; send an API key or a token: Authorization: Bearer …"},
		{"Authorization", http.Header{"Authorization": {"Bearer " + key}}, true, "sync"},
		{"X-Api-Key", http.Header{"X-Api-Key": {key}}, true, "sync"},
		{"X-Api-Key twice", http.Header{"X-Api-Key": {key, key}}, true,
			"UNAUTHENTICATED: two credentials came at once; send one"},
		{"Authorization twice", http.Header{"Authorization": {"Bearer " + key, "Bearer " + key}}, true,
			"UNAUTHENTICATED: two credentials came at once; send one"},
		{"both", http.Header{"Authorization": {"Bearer " + key}, "X-Api-Key": {key}}, true,
			"UNAUTHENTICATED: two credentials came at once; send one"},
	} {
		request := &http.Request{Header: c.headers}
		if got := describe(a.FromHeaders(request)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if got := HasCredential(request); got != c.has {
			t.Errorf("%s: HasCredential = %v, want %v", c.name, got, c.has)
		}
	}
}
