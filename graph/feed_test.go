package graph

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"callbook/limiter"
)

// TestFeed begins events that nobody wants, ends events twice, and leaves in the middle: every permit comes back.
func TestFeed(t *testing.T) { synctest.Test(t, testFeed) }

func testFeed(t *testing.T) {
	permits := limiter.New(limiter.Options{Size: 2, Waiting: limiter.Unbounded})
	mustBeFree := func(after string) {
		t.Helper()
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if permits.Acquire(ended, 2) != nil {
			t.Fatalf("after %s a permit is held, want none", after)
		}
		permits.Release(2)
	}
	feed := NewFeed(permits)
	feed.Want()
	if !feed.begin(t.Context()) {
		t.Fatal("a wanted event does not begin")
	}
	early, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if feed.begin(early) {
		t.Error("an event begins that nobody wants")
	}
	feed.Rendered()
	feed.Rendered()
	feed.Want()
	feed.Want()
	if !feed.begin(t.Context()) {
		t.Error("the next event does not begin when the last is rendered")
	}
	feed.Rendered()
	mustBeFree("all events are rendered")
	feed.Want()
	gone, leave := context.WithCancel(t.Context())
	leave()
	if permits.Acquire(t.Context(), 2) != nil {
		t.Fatal("permits cannot be acquired")
	}
	if feed.begin(gone) {
		t.Error("an event begins when its client has gone")
	}
	permits.Release(2)
	mustBeFree("a client has gone")
}
