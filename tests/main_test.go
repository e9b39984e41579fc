package tests

import (
	"os"
	"testing"

	"callbook/tests/harness"
)

// vars are the variables of an operation, or any other object of generic JSON.
type vars = harness.Vars

func TestMain(m *testing.M) {
	if dsn := os.Getenv(deliverUntilKilledTo); dsn != "" {
		deliverUntilKilled(dsn)
	}
	harness.Main(m)
}
