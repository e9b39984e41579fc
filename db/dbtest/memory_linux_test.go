package dbtest

import (
	"os"
	"path/filepath"
	"testing"
)

// TestUseMemory has a folder in memory, beside one whose process is gone: that one is removed, the other is kept until
// its owner needs it no more.
func TestUseMemory(t *testing.T) {
	before := temp
	t.Cleanup(func() { temp = before })
	t.Setenv("TMPDIR", "")
	abandoned, own := makeInMemory()
	if abandoned == "" {
		t.Skip("there is no folder in memory, or too little is free")
	}
	own.Close()
	remove := UseMemory()
	folder := os.Getenv("TMPDIR")
	if filepath.Dir(folder) != memory || os.TempDir() != folder || temp != folder {
		t.Errorf("the folder of temporary files: got %s, %s and %s, want one in %s", folder, os.TempDir(), temp, memory)
	}
	if _, err := os.Stat(abandoned); !os.IsNotExist(err) {
		t.Errorf("what a process left that is gone: got %v, want that it does not exist", err)
	}
	removeAbandoned()
	if _, err := os.Stat(folder); err != nil {
		t.Errorf("a folder in use after another process looked for remains: got %v, want the folder", err)
	}
	remove()
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("the folder after its use: got %v, want that it does not exist", err)
	}
}

// TestOwnTemporaryFolder says where temporary files belong, which is then so.
func TestOwnTemporaryFolder(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	UseMemory()()
	if got := os.TempDir(); got != folder {
		t.Errorf("the folder of temporary files: got %s, want %s", got, folder)
	}
}
