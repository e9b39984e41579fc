package model

import "sync"

// Siblings are the rows that one statement fetched together, and what was loaded for all of them at once since.
// They keep the number of statements independent of the number of rows, without waiting as a data loader does.
type Siblings[T any] struct {
	Rows []*T

	mu     sync.Mutex
	loaded map[string]loaded
}

type loaded struct {
	value any
	err   error
}

// Put keeps a value that is known already, so that ForAll need not load it.
func (s *Siblings[T]) Put(name string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loaded == nil {
		s.loaded = map[string]loaded{}
	}
	s.loaded[name] = loaded{value: value}
}

// ForAll answers what load answers for all the rows. It calls load once for each name, however many rows ask.
func ForAll[T, V any](s *Siblings[T], name string, load func(rows []*T) (V, error)) (V, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, ok := s.loaded[name]
	if !ok {
		l.value, l.err = load(s.Rows)
		if s.loaded == nil {
			s.loaded = map[string]loaded{}
		}
		s.loaded[name] = l
	}
	value, _ := l.value.(V)
	return value, l.err
}
