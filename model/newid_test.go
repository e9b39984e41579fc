package model

import (
	"sync"
	"testing"
)

// TestNewID takes keys from several goroutines: each is greater than those before it.
func TestNewID(t *testing.T) {
	const goroutines, keys = 4, 1000
	var mu sync.Mutex
	seen := map[int64]bool{}
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			last := int64(0)
			for range keys {
				id := NewID()
				if id <= last {
					t.Errorf("NewID() = %d after %d, want more", id, last)
				}
				last = id
				mu.Lock()
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != goroutines*keys {
		t.Errorf("%d keys differ, want %d", len(seen), goroutines*keys)
	}
}
