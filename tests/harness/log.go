package harness

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"callbook/auth"
)

// keptLines is how many lines of the log are kept for tests that fail.
const keptLines = 200

// processLog is what the process logs, audit lines too: the last lines, and all of them for those that capture.
var processLog = &logLines{captures: map[*Log]bool{}}

type logLines struct {
	mu       sync.Mutex
	count    int      // of all lines
	last     []string // the last of them
	captures map[*Log]bool
}

// Write takes one line of the log.
func (l *logLines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	l.last = append(l.last, string(line))
	if len(l.last) > keptLines {
		l.last = l.last[1:]
	}
	for capture := range l.captures {
		capture.text.Write(line)
	}
	return len(line), nil
}

// since returns the lines kept of those after the first n.
func (l *logLines) since(n int) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string{}, l.last[max(0, len(l.last)-(l.count-n)):]...)
}

// logToHarness sends the log and the audit log of the process to processLog.
func logToHarness() {
	logger := slog.New(slog.NewTextHandler(processLog, &slog.HandlerOptions{Level: slog.LevelDebug}))
	slog.SetDefault(logger)
	auth.SetAuditLog(logger)
}

// Log is what the process has logged since CaptureLog, from the level DEBUG on, audit lines too, one a line.
type Log struct{ text bytes.Buffer }

// CaptureLog keeps what the process logs until the test ends. It is no less the log of tests that run at the same time.
func CaptureLog(t testing.TB) *Log {
	t.Helper()
	l := &Log{}
	processLog.mu.Lock()
	defer processLog.mu.Unlock()
	processLog.captures[l] = true
	t.Cleanup(func() {
		processLog.mu.Lock()
		defer processLog.mu.Unlock()
		delete(processLog.captures, l)
	})
	return l
}

// String returns what was logged so far.
func (l *Log) String() string {
	processLog.mu.Lock()
	defer processLog.mu.Unlock()
	return l.text.String()
}

// showLogOnFailure shows, if the test fails, what was logged since: warnings and errors, and with -v all of the last
// lines, audit lines too.
func showLogOnFailure(t testing.TB) {
	processLog.mu.Lock()
	start := processLog.count
	processLog.mu.Unlock()
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		var shown strings.Builder
		for _, line := range processLog.since(start) {
			isTrouble := strings.Contains(line, "level=WARN") || strings.Contains(line, "level=ERROR")
			if isTrouble && !strings.Contains(line, "msg=audit") || testing.Verbose() {
				shown.WriteString(line)
			}
		}
		if shown.Len() > 0 {
			t.Logf("logged meanwhile:\n%s", shown.String())
		}
	})
}
