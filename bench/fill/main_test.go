package fill_test

import (
	"testing"

	"callbook/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }
