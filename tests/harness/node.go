package harness

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// FindNode returns the path of Node, which is to run modules of a folder. Where Node or the modules are missing, what
// needs them is skipped, or fails under REQUIRE_CLIENTS=1.
func FindNode(t testing.TB, folder, what string) string {
	t.Helper()
	missing := t.Skipf
	if os.Getenv("REQUIRE_CLIENTS") == "1" {
		missing = t.Fatalf
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing("no %s: node is not on PATH", what)
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules")); err != nil {
		missing("no %s: run npm ci in %s", what, folder)
	}
	return node
}
