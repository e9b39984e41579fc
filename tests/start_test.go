package tests

import (
	"testing"
	"time"

	"callbook/tests/harness"
)

// maxStart is how much processor time a server takes at the most from its start to its first answer, where the schema
// of its database is up to date. The aim is an answer within 300 ms.
const maxStart = harness.Slowness * time.Second

// TestStart measures how much processor time a server takes from its start to its first answer, five times at most.
func TestStart(t *testing.T) {
	dsn := "sqlite:" + t.TempDir() + "/start.db"
	if code, _, messages := harness.Run(nil, "migrate", "--db", dsn); code != 0 {
		t.Fatalf("migrate: got the exit code %d, want 0: %s", code, messages)
	}
	t.Parallel()
	best := time.Hour
	for range 5 {
		server, stop := harness.StartProcessOver(t, dsn, "")
		got := server.Post(`{"query":"{ viewer { name } }"}`)
		best = min(best, server.CPU())
		stop()
		if got.Status != 200 || got.Code != nil {
			t.Fatalf("the first answer: got %d %v, want 200", got.Status, got.Code)
		}
		if best <= maxStart {
			return
		}
	}
	t.Errorf("the first answer took %s of processor time, want %s at most", best, maxStart)
}
