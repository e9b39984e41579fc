package randomops

import (
	"math"
	"testing"

	"callbook/tests/harness"
	"callbook/web"
)

// vars are the variables of an operation, or any other object of generic JSON.
type vars = harness.Vars

// anyPrice has a server run random operations whatever they may cost.
func anyPrice(o *web.Options) { o.Limits.Cost = math.MaxInt32 }

func TestMain(m *testing.M) { harness.Main(m) }
