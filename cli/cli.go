// Package cli is the command line: one file a command, and the only place that reads flags and prints.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // the machine may have no time zones

	"github.com/alecthomas/kong"

	"callbook/model"
)

const version = "0.1.0"

// localAdministrator is who commands act as, and who every request acts as where no credential is configured.
var localAdministrator = model.NewActor(1, "local", []model.Role{model.RoleAdmin}, nil)

// commands is the command line. Flags win over the environment, the environment over defaults.
type commands struct {
	Serve   serveCommand   `cmd:"" default:"withargs" help:"Serve GraphQL (the default)."`
	Load    loadCommand    `cmd:"" help:"${help_load}"`
	Key     keyCommand     `cmd:"" help:"Create, list and revoke API keys."`
	Query   queryCommand   `cmd:"" help:"Save, list, delete and run saved queries."`
	Migrate migrateCommand `cmd:"" help:"Bring the database's schema up to date, or show where it stands."`
	Version versionCommand `cmd:"" help:"Print the version."`

	logFlags
}

// Console is where a command talks to people.
type Console struct {
	In  io.Reader
	Out io.Writer // results
	Err io.Writer // messages, progress, the log
}

// Schema is the text of schema.graphqls, which serve shows to clients.
type Schema string

// Main runs the command that the process was started with, and returns its exit code. SIGINT and SIGTERM end it; a
// second signal ends the process at once.
func Main(schema Schema) int {
	tuneMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return Run(ctx, schema, os.Args[1:], Console{os.Stdin, os.Stdout, os.Stderr})
}

// exitCode is an error without a message: what was wrong has been printed.
type exitCode int

// The exit codes beside 0.
const (
	exitFailed    exitCode = 1
	exitWrongLine exitCode = 2 // the command line is wrong
	exitWarned    exitCode = 3 // all is done, but something was left out
)

// Error returns nothing.
func (exitCode) Error() string { return "" }

// Run runs a command until it ends, or ctx does, and returns its exit code: 0, or an exitCode.
func Run(ctx context.Context, schema Schema, args []string, c Console) (code int) {
	var parsed commands
	exited := -1
	options := parserOptions(c.Out, c.Err, func(code int) { exited = code })
	options = append(options, kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(c), kong.Bind(schema))
	parser := kong.Must(&parsed, options...)
	command, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		fmt.Fprintf(c.Err, "callbook: %v; see callbook --help\n", err)
		return int(exitWrongLine)
	}
	parsed.setLog(c.Err)
	if err := command.Run(); err != nil {
		if code, isCode := errors.AsType[exitCode](err); isCode && err.Error() == "" {
			return int(code)
		}
		fmt.Fprintf(c.Err, "callbook: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
		return int(exitFailed)
	}
	return 0
}

// parserOptions returns the parser's options: its texts, and where it writes and exits for --help.
func parserOptions(out, messages io.Writer, exit func(int)) []kong.Option {
	return []kong.Option{
		kong.Name("callbook"), kong.Description("Phone calls over GraphQL."), kong.Writers(out, messages), kong.Exit(exit),
		flagTexts, logTexts, serveTexts, jwtTexts, loadTexts, keyTexts, limitTexts(),
	}
}
