package harness

import (
	"os"
	"os/exec"
	"testing"
)

// FindTool skips the test where one of these programs is not on PATH, or fails it under REQUIRE_TOOLS=1.
func FindTool(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		if os.Getenv("REQUIRE_TOOLS") == "1" {
			t.Fatalf("no %s on PATH", name)
		}
		t.Skipf("no %s on PATH", name)
	}
}
