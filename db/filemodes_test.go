//go:build unix

package db_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
)

// TestFileModes (S10) makes a database under a umask that lets others read, and looks at its files; then at what is
// said of a file that others may read already.
func TestFileModes(t *testing.T) {
	path := t.TempDir() + "/modes.db"
	old := syscall.Umask(0o022)
	e := dbtest.NewEnv(t, "sqlite", "sqlite:"+path)
	err := createCall(e.Ctx, e.DB, "a")
	syscall.Umask(old)
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s: got the mode %04o, want 0600", "modes.db"+suffix, mode)
		}
	}
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	for _, mode := range []os.FileMode{0o600, 0o644} {
		log.Reset()
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		d, err := db.Open(e.Ctx, db.Options{DSN: e.DSN})
		if err != nil {
			t.Fatal(err)
		}
		d.Close()
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("the mode of a file of %04o: got %v, %v, want it as it was", mode, info.Mode().Perm(), err)
		}
		isTold := strings.Contains(log.String(), fmt.Sprintf("mode=%04o", mode))
		if want := mode != 0o600; isTold != want {
			t.Errorf("the log of opening a file of %04o: got %q, want a warning: %t", mode, log.String(), want)
		}
	}
}
