package graph

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// kept holds what was used last, bounded by number and by size.
type kept[V any] struct {
	mu          sync.Mutex
	entries     *simplelru.LRU[string, weighed[V]]
	bytes, most int
}

type weighed[V any] struct {
	value V
	size  int
}

func newKept[V any](entries, bytes int) *kept[V] {
	k := &kept[V]{most: bytes}
	k.entries, _ = simplelru.NewLRU(entries, func(_ string, e weighed[V]) { k.bytes -= e.size }) // fails for sizes below 1 alone
	return k
}

func (k *kept[V]) get(key string) (V, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e, ok := k.entries.Get(key)
	return e.value, ok
}

func (k *kept[V]) add(key string, value V, size int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.entries.Remove(key)
	k.entries.Add(key, weighed[V]{value, size})
	for k.bytes += size; k.bytes > k.most; {
		k.entries.RemoveOldest()
	}
}
