package dbtest

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// sqlite is the SQLite databases that the tests of a package share, one after the other: there are as many as tests use
// at once, so that none waits for the write lock of another.
type sqlite struct {
	mu     sync.Mutex
	folder string
	made   int
	free   []string // paths
}

// lease returns the path of a database that no other test uses until this one ends.
func (s *sqlite) lease(t testing.TB) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	path, err := s.take()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.free = append(s.free, path)
	})
	return path
}

// take returns the path of a database that is free, or of one that is still to be made.
func (s *sqlite) take() (path string, err error) {
	if last := len(s.free) - 1; last >= 0 {
		path, s.free = s.free[last], s.free[:last]
		return path, nil
	}
	if s.folder == "" {
		if s.folder, err = os.MkdirTemp(temp, "callbook-test-"); err != nil {
			return "", err
		}
	}
	s.made++
	return fmt.Sprintf("%s/shared%d.db", s.folder, s.made), nil
}

func (s *sqlite) remove() {
	if s.folder != "" {
		os.RemoveAll(s.folder)
	}
}
