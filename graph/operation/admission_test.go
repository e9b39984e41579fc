package operation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"callbook/db/dbtest"
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

// TestHeavyOperations has a tenant run as many heavy operations as it may: its next one is refused, by any of its
// credentials; a small one of it, and a heavy one of another tenant, are done.
func TestHeavyOperations(t *testing.T) {
	p, env := newPipeline(t, func(o *Options) { o.Limits.Waiting = 0 })
	const heavy, small = "{calls(first:1000){nodes{description}}}", "{calls(first:10){nodes{id}}}"
	release, err := p.heavy.Acquire(env.Ctx, fmt.Sprint(env.Actor.TenantID), int64(max(2, runtime.GOMAXPROCS(0))/2))
	if err != nil {
		t.Fatal(err)
	}
	other := env.Actor
	other.Credential = "another"
	stranger, _ := dbtest.NewTenant(env.Ctx)
	for name, c := range map[string]struct {
		ctx    context.Context
		text   string
		isFull bool
	}{
		"a heavy one":                       {env.Ctx, heavy, true},
		"a heavy one of another credential": {model.WithActor(env.Ctx, other), heavy, true},
		"a heavy one of another tenant":     {stranger, heavy, false},
		"a small one":                       {env.Ctx, small, false},
	} {
		_, refused := execute(c.ctx, p, request(c.text))
		if isFull := refused != nil && refused.Status == http.StatusServiceUnavailable; isFull != c.isFull {
			t.Errorf("%s while the tenant's places are taken: %+v, want it refused: %t", name, refused, c.isFull)
		}
	}
	release()
	for range 10 {
		if _, refused := execute(env.Ctx, p, request(heavy)); refused != nil {
			t.Errorf("a heavy operation when places are free: %+v, want an answer", refused)
		}
	}
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
