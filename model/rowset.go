package model

import "sync"

// RowSet holds rows that were read together, and what has been loaded for all of them at once since. Each row points
// to its set. So the number of SQL statements does not depend on the number of rows, and nobody waits to collect
// keys, as a data loader does. It may be used concurrently.
type RowSet[T any] struct {
	Rows []*T

	mu     sync.Mutex
	loaded map[string]loadedValue // by name
}

type loadedValue struct {
	value any
	err   error
}

// Prime stores a value that is known already under a name, so that Load returns it.
func (s *RowSet[T]) Prime(name string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store(name, loadedValue{value: value})
}

func (s *RowSet[T]) store(name string, value loadedValue) {
	if s.loaded == nil {
		s.loaded = map[string]loadedValue{}
	}
	s.loaded[name] = value
}

// Load returns what load returns for all rows of the set, its error included. It calls load once for each name, however
// many rows ask; callers with the same name must pass the same V.
func Load[T, V any](s *RowSet[T], name string, load func(rows []*T) (V, error)) (V, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.loaded[name]
	if !ok {
		known.value, known.err = load(s.Rows)
		s.store(name, known)
	}
	value, _ := known.value.(V)
	return value, known.err
}
