// Package quiet keeps what the program logs out of the output of unit tests. Black-box tests have tests/harness for it.
package quiet

import (
	"log/slog"
	"testing"

	"callbook/auth"
)

// Main runs a package's tests; what they log is discarded, the audit log too. Call it from TestMain.
func Main(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	auth.SetAuditLog(slog.New(slog.DiscardHandler))
	m.Run()
}
