package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/term"

	"callbook/db"
	"callbook/files"
	"callbook/model"
)

type loadCmd struct {
	dbFlag
	zoneFlag
	tenantFlag
	Files  []string `arg:"" optional:"" name:"file" help:"JSON files in the wire form of either source document: objects, arrays, envelopes or one value a line. - or none: standard input."`
	Kind   string   `enum:"auto,call,record" default:"auto" help:"What the rows are: ${enum}."`
	DryRun bool     `help:"Check the rows and write nothing."`
}

const (
	maxShownErrors = 1000
	analyzeAfter   = 1000 // rows written
)

var errRowsFailed = errors.New("")

// Run loads the files. It answers an error, without words of its own, where any row failed.
func (l loadCmd) Run(ctx context.Context, c console) (err error) {
	location, err := l.location()
	if err != nil {
		return err
	}
	if len(l.Files) == 0 {
		l.Files = []string{"-"}
	}
	if err := checkFiles(l.Files); err != nil {
		return err
	}
	actor := local
	actor.TenantID = int64(l.Tenant)
	loader := &loader{console: c, dryRun: l.DryRun, started: time.Now(), options: files.Options{Location: location, TenantID: int64(l.Tenant)}}
	loader.OnError = func(row db.LoadRow, errs model.Errors) {
		loader.tell(row.Line, files.Row{Call: row.Call, Record: row.Record}.WireErrors(errs))
	}
	loader.OnBatch = func() { loader.progress.report(loader.total()) }
	if l.Kind != "auto" {
		loader.options.Kind = files.Kind(l.Kind)
	}
	if !l.DryRun {
		if loader.DB, err = db.Open(ctx, db.Options{DSN: l.DB}); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, loader.DB.Close()) }()
	}
	for _, name := range l.Files {
		if err = loader.file(model.WithActor(ctx, actor), name); err != nil {
			break
		}
	}
	if err == nil && loader.written() >= analyzeAfter {
		err = loader.DB.Analyze(ctx)
	}
	loader.summarize()
	if err == nil && loader.Failed > 0 {
		return errRowsFailed
	}
	return err
}

// checkFiles finds a file that cannot be read before anything is written.
func checkFiles(names []string) error {
	for _, name := range names {
		if name == "-" {
			continue
		}
		info, err := os.Stat(name)
		if err == nil && info.IsDir() {
			err = fmt.Errorf("%s is a folder, not a file", name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// loader reads files, hands their rows to the database's loader, and talks about it.
type loader struct {
	db.Loader
	console  console
	dryRun   bool
	options  files.Options
	started  time.Time
	name     string // of the file under way
	progress *progress
	ignored  map[string]int
}

func (l *loader) file(ctx context.Context, name string) error {
	in, size, err := l.open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	l.progress = newProgress(l.console.err, l.name, size)
	defer l.progress.finish()
	options := l.options
	options.Lines = strings.EqualFold(filepath.Ext(name), ".jsonl") || strings.EqualFold(filepath.Ext(name), ".ndjson")
	err = files.ReadJSON(io.TeeReader(interruptible{ctx, in}, l.progress), options, func(row files.Row) error { return l.add(ctx, row) })
	if ctx.Err() != nil {
		return errors.New("interrupted; the rows counted above are saved")
	}
	var failed *saveError
	if errors.As(err, &failed) {
		return err
	}
	if flushErr := l.Flush(ctx); flushErr != nil {
		return flushErr
	}
	if err != nil {
		l.Fail(db.LoadRow{}, model.Errors{model.BadInput("", "%v; what follows was not read", err)})
	}
	return nil
}

func (l *loader) open(name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		l.name = "standard input"
		if f, ok := l.console.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			fmt.Fprintln(l.console.err, "Reading standard input; end with Ctrl-D.")
		}
		return io.NopCloser(l.console.in), -1, nil
	}
	l.name = name
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// interruptible ends a read that waits, on a terminal or a pipe, when ctx ends.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i interruptible) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	buffer := make([]byte, len(p)) // the read may outlive the call
	go func() {
		n, err := i.r.Read(buffer)
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return copy(p, buffer[:r.n]), r.err
	case <-i.ctx.Done():
		return 0, i.ctx.Err()
	}
}

// saveError is a failure of the database, which ends the load.
type saveError struct{ error }

func (l *loader) add(ctx context.Context, row files.Row) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, name := range row.Ignored {
		if l.ignored == nil {
			l.ignored = map[string]int{}
		}
		l.ignored[name]++
	}
	loaded := db.LoadRow{Line: row.Line, Call: row.Call, Record: row.Record}
	if errs := row.Check(); len(errs) > 0 {
		l.Failed++
		l.tell(row.Line, errs) // they have the wire's names already
		return nil
	}
	if err := l.Add(ctx, loaded); err != nil {
		return &saveError{err}
	}
	return nil
}

func (l *loader) total() int { return l.Calls + l.Records + l.Failed }

func (l *loader) written() int {
	return l.Outcomes[model.RowOutcomeCreated] + l.Outcomes[model.RowOutcomeUpdated]
}

// tell tells of a bad row: file, line, field and reason.
func (l *loader) tell(line int, errs model.Errors) {
	if l.Failed > maxShownErrors {
		return
	}
	l.progress.clear()
	for _, err := range errs {
		where := l.name
		if line > 0 {
			where = fmt.Sprintf("%s:%d", l.name, line)
		}
		fmt.Fprintf(l.console.err, "%s: %v\n", where, err)
	}
	if l.Failed == maxShownErrors {
		fmt.Fprintln(l.console.err, "… further bad rows are counted but not shown")
	}
}

func (l *loader) summarize() {
	verb := "loaded"
	if l.dryRun {
		verb = "checked, nothing written"
	}
	var parts []string
	for _, part := range []struct {
		n    int
		name string
	}{{l.Calls, "call"}, {l.Records, "call record"}, {l.Turns, "turn"}} {
		if part.n > 0 {
			parts = append(parts, count(part.n, part.name))
		}
	}
	if parts == nil {
		parts = []string{"nothing"}
	}
	fmt.Fprintf(l.console.out, "%s: %s", verb, strings.Join(parts, ", "))
	if !l.dryRun {
		fmt.Fprintf(l.console.out, " (%s created, %s updated, %s unchanged)", humanize.Comma(int64(l.Outcomes[model.RowOutcomeCreated])),
			humanize.Comma(int64(l.Outcomes[model.RowOutcomeUpdated])), humanize.Comma(int64(l.Outcomes[model.RowOutcomeUnchanged])))
	}
	fmt.Fprintf(l.console.out, "; %s; %.1f s\n", count(l.Failed, "bad row"), time.Since(l.started).Seconds())
	for _, name := range slices.Sorted(maps.Keys(l.ignored)) {
		fmt.Fprintf(l.console.err, "note: field %s means nothing here and was left out of %s\n", name, count(l.ignored[name], "row"))
	}
}

// count says how many there are of something.
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return humanize.Comma(int64(n)) + " " + one + "s"
}
