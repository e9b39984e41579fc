package transport

import "sync"

const (
	maxMemoEntries = 200
	maxMemoKey     = 200 // bytes
)

// memo remembers what was made of texts that come again and again, such as headers. It keeps the first of them that are
// short. The zero value is empty. It may be used concurrently.
type memo[V any] struct {
	mu    sync.RWMutex
	known map[string]V
}

// get returns what parse makes of a text.
func (m *memo[V]) get(text string, parse func(string) V) V {
	m.mu.RLock()
	value, ok := m.known[text]
	m.mu.RUnlock()
	if ok {
		return value
	}
	value = parse(text)
	if len(text) > maxMemoKey {
		return value
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		m.known = map[string]V{}
	}
	if len(m.known) < maxMemoEntries {
		m.known[text] = value
	}
	return value
}
