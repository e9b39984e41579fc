package cli

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestOutageLog (F8) logs as an outage does: of a thousand warnings in a second two lines are left, which count all of
// them, and no error is left out.
func TestOutageLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(newLimitedLog(slog.NewTextHandler(&out, nil)))
		for range 500 {
			log.Warn("the database is not available", "requestId", "a")
			log.With("who", "b").Warn("the database is not available")
			log.Error("internal error")
		}
		log.Warn("something else")
		<-time.After(3 * warningInterval)
		synctest.Wait()
		text := out.String()
		if n := strings.Count(text, "internal error"); n != 500 {
			t.Errorf("errors: got %d lines, want 500", n)
		}
		if n := strings.Count(text, "something else"); n != 1 {
			t.Errorf("another warning: got %d lines, want 1", n)
		}
		if n := strings.Count(text, "not available"); n != 2 || !strings.Contains(text, "who=b leftOut=998") {
			t.Errorf("warnings: got %d lines, want 2, the second with leftOut=998:\n%.2000s", n,
				text[strings.LastIndex(text, "level=WARN"):])
		}
		log.Warn("the database is not available", "requestId", "c")
		if !strings.Contains(out.String(), "requestId=c") {
			t.Error("a warning after a quiet time: got no line, want one at once")
		}
		<-time.After(2 * warningInterval)
	})
}
