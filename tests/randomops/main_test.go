package randomops

import (
	"testing"

	"callbook/tests/harness"
)

// vars are the variables of an operation, or any other object of generic JSON.
type vars = harness.Vars

func TestMain(m *testing.M) { harness.Main(m) }
