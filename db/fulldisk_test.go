//go:build linux

package db_test

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"callbook/db/dbtest"
)

// TestFullDisk (F5) fills the disk that a database is on: writes are not available, reads are, and the server is not
// ready until there is space again. It needs a disk of its own, which only root can mount.
func TestFullDisk(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=8m"); err != nil {
		t.Skip("no disk of its own: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	e := dbtest.NewEnv(t, "sqlite", "sqlite:"+folder+"/full.db")
	if err := createCall(e.Ctx, e.DB, "before"); err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(folder, "filler")
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for page := make([]byte, 4096); err == nil; {
		_, err = f.Write(page)
	}
	_ = f.Close()
	err = nil
	for n := 0; err == nil && n < 1000; n++ {
		err = createCall(e.Ctx, e.DB, fmt.Sprint("full", n))
	}
	checkUndone(t, e.DB, "a write to a full disk", err)
	checkReady(t, e.DB, "a full disk", false)
	if call, err := e.DB.Call(e.Ctx, "before", false); err != nil || call == nil {
		t.Errorf("a read while the disk is full: got %v, %v, want the call", call, err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	checkReady(t, e.DB, "a disk with space again", true)
	if err := createCall(e.Ctx, e.DB, "after"); err != nil {
		t.Errorf("a write to a disk with space again: got %v, want no error", err)
	}
}
