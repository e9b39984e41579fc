//go:build linux

package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestDiskFillsDuringBatch creates calls in batches until the disk is full: the batch that it fills in is not available
// and not done, nothing of it is stored, reads go on, and a repeat under the same idempotency key is done when there is
// space again. It needs a disk of its own, which only root can mount.
func TestDiskFillsDuringBatch(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=10m"); err != nil {
		t.Skip("no disk of its own: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	filler := filepath.Join(folder, "filler")
	if err := os.WriteFile(filler, make([]byte, 4<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	e := dbtest.NewEnv(t, "sqlite", "sqlite:"+folder+"/full.db")
	server := harness.NewServer(t, e)
	const rows = 40
	inputs := make([]vars, rows)
	for i := range inputs {
		inputs[i] = vars{"description": strings.Repeat("x", 10_000)}
	}
	body := harness.Body(`mutation($inputs: [CreateCallInput!]!) { createCalls(inputs: $inputs) { written } }`,
		vars{"inputs": inputs})
	count := func() float64 {
		total, _ := server.Post(`{ calls { totalCount } }`, nil).At("data", "calls", "totalCount").(float64)
		return total
	}
	done, refused := 0, harness.Response(nil)
	for ; refused == nil && done < 100; done++ {
		if answer := postWithKey(server, fmt.Sprint("batch ", done), body); answer["errors"] != nil {
			refused = answer
			done--
		}
	}
	code, _ := refused.FirstError()
	if got := refused.At("errors", 0, "extensions", "mayHaveBeenDone"); code != "UNAVAILABLE" || got != false {
		t.Fatalf("the batch in which the disk is full: got %v, want UNAVAILABLE, and that it was not done", refused)
	}
	if got := count(); got != float64(done*rows) {
		t.Errorf("calls after %d batches and one that filled the disk: got %v, want %d", done, got, done*rows)
	}
	if got := server.Do("GET", "/readyz", ""); got.Status != 503 {
		t.Errorf("/readyz while the disk is full: got %d, want 503", got.Status)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	again := postWithKey(server, fmt.Sprint("batch ", done), body)
	if again["errors"] != nil || again.At("data", "createCalls", "written") != float64(rows) ||
		count() != float64((done+1)*rows) {
		t.Errorf("the batch again when there is space: got %v and %v calls, want %d written and %d calls", again, count(),
			rows, (done+1)*rows)
	}
}
