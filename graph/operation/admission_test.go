package operation

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"callbook/limiter"
	"callbook/model"
)

// credential returns an actor of tenant 1 with an API key of its own.
func credential(id string) model.Actor {
	return model.Actor{TenantID: 1, Kind: model.CredentialKindAPIKey, Credential: id}
}

func TestLimitKey(t *testing.T) {
	for _, c := range []struct {
		actor model.Actor
		want  string
	}{
		{model.Actor{TenantID: 1, Kind: model.CredentialKindNone, Credential: "none"}, ""},
		{credential("k"), "1 k"},
		{model.Actor{TenantID: 2, Kind: model.CredentialKindToken, Credential: "k"}, "2 k"},
	} {
		if got := limitKey(c.actor, c.actor.CredentialKey()); got != c.want {
			t.Errorf("limitKey(%+v) = %q, want %q", c.actor, got, c.want)
		}
	}
}

func TestQuota(t *testing.T) {
	q := NewQuota("sockets", 3, 2)
	var releases []func()
	acquire := func(a model.Actor, code model.ErrorCode, message string) {
		t.Helper()
		release, err := q.Acquire(t.Context(), a)
		checkError(t, a.Credential, err, code, "")
		switch {
		case err == nil:
			releases = append(releases, release)
		case err.Message != message:
			t.Errorf("%s is refused with %q, want %q", a.Credential, err.Message, message)
		}
	}
	anonymous := model.Actor{TenantID: 1, Kind: model.CredentialKindNone, Credential: "none"}
	own := "you have 2 sockets open; at most 2"
	all := "the server is busy: too many sockets at once; try again in a moment"
	acquire(credential("a"), "", "")
	acquire(credential("a"), "", "")
	acquire(credential("a"), model.ErrorCodeLimitExceeded, own)
	acquire(credential("b"), "", "")
	acquire(credential("b"), model.ErrorCodeUnavailable, all)
	acquire(anonymous, model.ErrorCodeUnavailable, all)
	for _, release := range releases {
		release()
	}
	acquire(anonymous, "", "")
	acquire(anonymous, "", "")
	acquire(anonymous, "", "")
	acquire(anonymous, model.ErrorCodeUnavailable, all)
}

func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			limits Limits
			want   time.Duration // of the wait
		}{
			{Limits{Waiting: 1, WaitTime: time.Second}, time.Second},
			{Limits{Waiting: 0, WaitTime: time.Second}, 0},
			{Limits{Waiting: 1}, 0},
		} {
			l := limiter.New(c.limits.queue(1))
			if err := l.Acquire(t.Context(), 1); err != nil {
				t.Fatalf("%+v: an empty limiter returns %v", c.limits, err)
			}
			began := time.Now()
			err := l.Acquire(t.Context(), 1)
			if wait := time.Since(began); !errors.Is(err, limiter.ErrFull) || wait != c.want {
				t.Errorf("%+v: a full limiter returns %v after %s, want ErrFull after %s", c.limits, err, wait, c.want)
			}
		}
	})
}
