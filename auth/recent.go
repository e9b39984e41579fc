package auth

import (
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// recent keeps the values of the maxKnownKeys keys used last, each for a time. It may be used concurrently. It has no
// goroutine, so that one that is no longer used is just garbage.
type recent[K comparable, V any] struct {
	maxAge  time.Duration
	entries *lru.Cache[K, dated[V]]
}

type dated[V any] struct {
	value V
	since time.Time
}

func newRecent[K comparable, V any](maxAge time.Duration) *recent[K, V] {
	entries, _ := lru.New[K, dated[V]](maxKnownKeys) // fails where the size is not positive
	return &recent[K, V]{maxAge: maxAge, entries: entries}
}

// Get returns a key's value, and false where none was added within maxAge.
func (r *recent[K, V]) Get(key K) (value V, isKnown bool) {
	entry, isKnown := r.entries.Get(key)
	if !isKnown || time.Since(entry.since) > r.maxAge {
		return value, false
	}
	return entry.value, true
}

// Add adds a key's value, or replaces it.
func (r *recent[K, V]) Add(key K, value V) { r.entries.Add(key, dated[V]{value, time.Now()}) }

// Purge forgets all values.
func (r *recent[K, V]) Purge() { r.entries.Purge() }
