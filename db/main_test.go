package db_test

import (
	"testing"

	"callbook/db/dbtest"
)

// TestMain runs the tests of the package. Those that take long are parallel; the others, some of which count
// allocations, run before them, one after the other.
func TestMain(m *testing.M) { dbtest.Main(m) }
