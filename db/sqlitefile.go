package db

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
)

// databaseFileMode is the mode of files that are made: theirs is personal data. SQLite gives the files beside it the
// same.
const databaseFileMode = 0o600

// errFileReplaced says that what is written would be lost: the server has another file open than its path names.
var errFileReplaced = errors.New("the database's file was deleted or replaced while it is open; restart the server")

// databaseFile is the file that SQLite has open.
type databaseFile struct {
	path   string
	opened fs.FileInfo
}

// makeDatabaseFile makes an empty file for the database, for its owner alone, where there is none.
func makeDatabaseFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, databaseFileMode)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// openDatabaseFile remembers which file a path names now.
func openDatabaseFile(path string) (*databaseFile, error) {
	opened, err := os.Stat(path)
	return &databaseFile{path, opened}, err
}

// check returns errFileReplaced where the path names no file any more, or another one. It asks the file system, which
// takes about a microsecond.
func (f *databaseFile) check() error {
	there, err := os.Stat(f.path)
	if err == nil && os.SameFile(f.opened, there) {
		return nil
	}
	return errFileReplaced
}

// warnOfReaders logs a warning for each of the database's files that users other than its owner may read. Their modes
// are the operator's to change.
func (f *databaseFile) warnOfReaders() {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		WarnOfReaders(f.path + suffix)
	}
}

// WarnOfReaders logs a warning where a file may be read or written by others than its owner.
func WarnOfReaders(path string) {
	const others = 0o077
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || !info.Mode().IsRegular() || info.Mode().Perm()&others == 0 {
		return
	}
	slog.Warn("other users of the machine may read the file, which has personal data; chmod 600 ends that",
		"file", path, "mode", fmt.Sprintf("%04o", info.Mode().Perm()))
}

// checkSpace returns an error where the database's folder takes no more files, or its disk is full.
func (f *databaseFile) checkSpace() (err error) {
	const size = 256 << 10
	probe, err := os.CreateTemp(filepath.Dir(f.path), ".callbook-probe-*")
	if err != nil {
		return err
	}
	_, err = probe.Write(make([]byte, size))
	return errors.Join(err, probe.Sync(), probe.Close(), os.Remove(probe.Name()))
}
