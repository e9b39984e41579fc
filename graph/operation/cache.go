package operation

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// sizedCache is an LRU cache bounded by the number of its entries and by their size in bytes.
type sizedCache[V any] struct {
	mu              sync.Mutex
	entries         *simplelru.LRU[string, sizedEntry[V]]
	bytes, maxBytes int
}

type sizedEntry[V any] struct {
	value V
	bytes int
}

func newSizedCache[V any](maxEntries, maxBytes int) *sizedCache[V] {
	c := &sizedCache[V]{maxBytes: maxBytes}
	// The constructor fails for sizes below 1 alone.
	c.entries, _ = simplelru.NewLRU(maxEntries, func(_ string, e sizedEntry[V]) { c.bytes -= e.bytes })
	return c
}

func (c *sizedCache[V]) get(key string) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries.Get(key)
	return e.value, ok
}

// add stores a value of so many bytes, and forgets those used longest ago where there is no room.
func (c *sizedCache[V]) add(key string, value V, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries.Remove(key)
	c.entries.Add(key, sizedEntry[V]{value, bytes})
	for c.bytes += bytes; c.bytes > c.maxBytes; {
		c.entries.RemoveOldest()
	}
}
