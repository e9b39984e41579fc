package tests

import (
	"os"
	"testing"

	"callbook/tests/harness"
)

// vars are the variables of an operation, or any other object of generic JSON.
type vars = harness.Vars

// TestMain runs the tests of the package. Most are parallel: Go runs them at the end, beside each other. A parallel
// test must not call harness.Run, as a command line changes where the log of the process goes, and must not measure
// what this process takes, whether time or memory.
func TestMain(m *testing.M) {
	if dsn := os.Getenv(writeUntilKilledTo); dsn != "" {
		writeUntilKilled(dsn)
	}
	if dsn := os.Getenv(deliverUntilKilledTo); dsn != "" {
		deliverUntilKilled(dsn)
	}
	harness.Main(m)
}
