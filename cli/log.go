package cli

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/alecthomas/kong"

	"callbook/auth"
	"callbook/db"
)

// logFlags are the flags of the log, for all commands.
type logFlags struct {
	LogFormat string `enum:"text,json" default:"text" env:"CALLBOOK_LOG_FORMAT" help:"Form of the log: ${enum}."`
	LogLevel  string `enum:"debug,info,warn,error" default:"info" env:"CALLBOOK_LOG_LEVEL" help:"${help_log_level}"`
}

var logTexts = kong.Vars{"help_log_level": "Least level logged, audit lines aside: debug, info, warn, error."}

// setLog sends the log, and audit lines of every level, to w. Of warnings that repeat, the log has one a second.
func (f logFlags) setLog(w io.Writer) {
	var level slog.Level
	_ = level.UnmarshalText([]byte(f.LogLevel)) // kong has checked it
	options := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		slog.SetDefault(slog.New(newLimitedLog(slog.NewJSONHandler(w, options))))
		auth.SetAuditLog(slog.New(slog.NewJSONHandler(w, nil)))
		return
	}
	slog.SetDefault(slog.New(newLimitedLog(slog.NewTextHandler(w, options))))
	auth.SetAuditLog(slog.New(slog.NewTextHandler(w, nil)))
}

// auditFlag says where audit lines go, for commands that do what the audit log tells.
type auditFlag struct {
	AuditLog string `env:"CALLBOOK_AUDIT_LOG" placeholder:"FILE" help:"${help_audit_log}"`
}

// open is openAuditLog for the flag.
func (f auditFlag) open() (closeLog func() error, err error) {
	if closeLog, err = openAuditLog(f.AuditLog); err != nil {
		return nil, fmt.Errorf("--audit-log: %w", err)
	}
	return closeLog, nil
}

// openAuditLog sends audit lines to the end of a file as JSON, if one is named. The file is made for its owner alone;
// one that others may read keeps its mode, and a warning is logged.
func openAuditLog(path string) (closeLog func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	db.WarnOfReaders(path)
	auth.SetAuditLog(slog.New(slog.NewJSONHandler(f, nil)))
	return f.Close, nil
}
