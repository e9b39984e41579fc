package auth

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestRecent also holds that the cache starts no goroutine: a bubble waits in vain for one that does not end.
func TestRecent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const maxAge = time.Minute
		r := newRecent[int, string](maxAge)
		expect := func(when string, key int, want string) {
			t.Helper()
			if got, isKnown := r.Get(key); got != want || isKnown != (want != "") {
				t.Errorf("%d %s: got %q, %v, want %q", key, when, got, isKnown, want)
			}
		}
		r.Add(1, "a")
		<-time.After(maxAge / 2)
		r.Add(2, "b")
		expect("within its time", 1, "a")
		<-time.After(maxAge/2 + 1)
		expect("after its time, though it was used within it", 1, "")
		expect("within its time", 2, "b")
		r.Add(1, "c")
		expect("added again", 1, "c")

		r.Add(3, "d")
		for key := range maxKnownKeys - 1 {
			r.Add(-1-key, "another")
		}
		expect("after as many others as there is room for", 2, "")
		expect("used last before as many others as there is room beside it", 3, "d")
		r.Purge()
		expect("after all were forgotten", 3, "")
	})
}
