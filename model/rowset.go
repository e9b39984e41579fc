package model

import (
	"errors"
	"sync"
	"time"
)

// RowSet holds rows that were read together, and what has been loaded for all of them at once since. Each row points
// to its set. So the number of SQL statements does not depend on the number of rows. Unlike a data loader it knows all
// keys from the start and needs no wait to collect them. It may be used concurrently.
type RowSet[T any] struct {
	Rows []*T

	mu     sync.Mutex              // of the map alone: what has different names loads side by side
	loaded map[string]*loadedValue // by name
}

// loadedValue is what has been loaded, once.
type loadedValue struct {
	once  sync.Once
	value any
	err   error
}

// Reading says how rows were read together: what is not in their columns, and the same for all of them.
type Reading[T any] struct {
	AsOf       time.Time  // the instant at which derived values, such as the effective status of a call, are right
	Visibility Visibility // what the reader sees of personal data
	RowSet     *RowSet[T]
}

// Load returns what load returns for all rows of the set, its error included. It calls load once for each name, however
// many rows ask; callers with the same name must pass the same V.
func Load[T, V any](s *RowSet[T], name string, load func(rows []*T) (V, error)) (V, error) {
	known := s.valueOf(name)
	known.once.Do(func() {
		known.err = errNotLoaded // stays where load panics
		known.value, known.err = load(s.Rows)
	})
	value, _ := known.value.(V)
	return value, known.err
}

// Store keeps a value, which Load returns under the name from then on. It has no effect where the name is loaded.
func (s *RowSet[T]) Store(name string, value any) {
	known := s.valueOf(name)
	known.once.Do(func() { known.value = value })
}

var errNotLoaded = errors.New("model: the loading of rows ended in a panic")

// valueOf returns what has been loaded, or is to be loaded, under a name.
func (s *RowSet[T]) valueOf(name string) *loadedValue {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.loaded[name]
	if known == nil {
		known = &loadedValue{}
		if s.loaded == nil {
			s.loaded = map[string]*loadedValue{}
		}
		s.loaded[name] = known
	}
	return known
}
