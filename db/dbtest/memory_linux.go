package dbtest

import (
	"os"
	"path/filepath"
	"syscall"
)

const (
	memory       = "/dev/shm"                        // a folder whose files are in memory
	memoryNeeded = 2 << 30                           // bytes that must be free: tests take some hundred million
	memoryKind   = 0x01021994                        // the magic number of the file system tmpfs
	memoryLocks  = memory + "/callbook-memory-*/own" // locked by processes for as long as they need the folder
)

// UseMemory has temporary files of this process in memory until it calls remove, where there is enough of it, and
// TMPDIR does not say where they belong. On a disk they take twice the time: databases make and delete files by the
// thousand. What a process left that was killed is removed by the next one that calls UseMemory.
func UseMemory() (remove func()) {
	removeAbandoned()
	folder, own := makeInMemory()
	if folder == "" {
		return func() {}
	}
	temp = folder
	_ = os.Setenv("TMPDIR", folder) // for t.TempDir, and for other programs
	return func() {
		os.RemoveAll(folder)
		own.Close()
	}
}

// makeInMemory makes a folder in memory, and a file there that this process locks; "" where it cannot.
func makeInMemory() (folder string, own *os.File) {
	var free syscall.Statfs_t
	if os.Getenv("TMPDIR") != "" || checksPlans() || syscall.Statfs(memory, &free) != nil || free.Type != memoryKind ||
		free.Bavail*uint64(free.Bsize) < memoryNeeded {
		return "", nil
	}
	folder, err := os.MkdirTemp(memory, "callbook-memory-")
	if err != nil {
		return "", nil
	}
	if own, err = os.Create(filepath.Join(folder, "own")); err == nil {
		err = syscall.Flock(int(own.Fd()), syscall.LOCK_EX)
	}
	if err == nil {
		err = os.Chmod(folder, 0o711) // PostgreSQL runs as somebody else where this is root
	}
	if err != nil { // removed by another process before it was locked, for one
		os.RemoveAll(folder)
		return "", nil
	}
	return folder, own
}

// removeAbandoned removes the folders of processes that are gone.
func removeAbandoned() {
	paths, _ := filepath.Glob(memoryLocks)
	for _, path := range paths {
		own, err := os.Open(path)
		if err != nil {
			continue
		}
		if syscall.Flock(int(own.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.RemoveAll(filepath.Dir(path))
		}
		own.Close()
	}
}
