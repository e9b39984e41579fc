package limiter_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"callbook/limiter"
)

func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Options{Size: 2, Waiting: 1, WaitTime: time.Second})
		ctx := t.Context()
		if err := l.Acquire(ctx, 2); err != nil {
			t.Fatalf("an empty limiter answers %v", err)
		}
		waited := make(chan error, 1)
		go func() { waited <- l.Acquire(ctx, 1) }()
		synctest.Wait()
		began := time.Now()
		if err := l.Acquire(ctx, 1); !errors.Is(err, limiter.ErrFull) || time.Since(began) != 0 {
			t.Errorf("with a full queue: %v after %s, want ErrFull at once", err, time.Since(began))
		}
		if err := <-waited; !errors.Is(err, limiter.ErrFull) || time.Since(began) != time.Second {
			t.Errorf("the wait ended with %v after %s, want ErrFull after 1s", err, time.Since(began))
		}
		go func() { waited <- l.Acquire(ctx, 1) }()
		synctest.Wait()
		l.Release(2)
		if err := <-waited; err != nil {
			t.Errorf("after a release, who waits gets %v", err)
		}
	})
}

func TestLimiterWithoutWaitTime(t *testing.T) {
	l := limiter.New(limiter.Options{Size: 1, Waiting: limiter.Unbounded})
	if err := l.Acquire(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Acquire(ended, 1); !errors.Is(err, limiter.ErrFull) {
		t.Errorf("with an ended context: %v, want ErrFull", err)
	}
}

func TestShared(t *testing.T) {
	s := limiter.NewShared(limiter.Options{Size: 3}, limiter.Options{Size: 2})
	var releases []func()
	acquire := func(key string, want error) {
		t.Helper()
		release, err := s.Acquire(t.Context(), key, 1)
		if !errors.Is(err, want) {
			t.Errorf("key %q: %v, want %v", key, err, want)
		}
		if err == nil {
			releases = append(releases, release)
		}
	}
	acquire("a", nil)
	acquire("a", nil)
	acquire("a", limiter.ErrKeyFull)
	acquire("", nil)
	acquire("b", limiter.ErrFull)
	acquire("", limiter.ErrFull)
	for _, release := range releases {
		release()
	}
	acquire("b", nil)
	acquire("b", nil)
	acquire("a", nil)
}

// TestKeyedUnderLoad holds and gives back from many goroutines: no key ever has more than its size.
func TestKeyedUnderLoad(t *testing.T) {
	k := limiter.NewKeyed(limiter.Options{Size: 3, Waiting: limiter.Unbounded})
	var mu sync.Mutex
	held := map[string]int{}
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			key := string(rune('a' + i%4))
			for range 100 {
				release, err := k.Acquire(t.Context(), key, 1)
				if err != nil {
					t.Errorf("key %s: %v", key, err)
					return
				}
				mu.Lock()
				held[key]++
				if held[key] > 3 {
					t.Errorf("key %s is held %d times, want at most 3", key, held[key])
				}
				held[key]--
				mu.Unlock()
				release()
			}
		})
	}
	all.Wait()
}
