package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/dustin/go-humanize"
	"golang.org/x/term"

	"callbook/auth"
	"callbook/db"
	"callbook/files"
	"callbook/load"
	"callbook/model"
	"callbook/text"
)

type loadCommand struct {
	dbFlag
	auditFlag
	zoneFlag
	tenantFlag
	Files  []string `arg:"" optional:"" name:"file" help:"${help_load_files}"`
	Kind   string   `enum:"auto,call,record" default:"auto" help:"What the rows are: ${enum}."`
	DryRun bool     `help:"Check the rows and write nothing."`
	tableFlags
}

var loadTexts = kong.Vars{
	"help_load": "Load calls and call records from files: JSON, or tables (CSV, XLSX). Exits with 1 for bad rows, with " +
		"3 for warnings alone.",
	"help_load_files": "JSON files in the wire form of either source document: objects, arrays, envelopes or one value " +
		"a line. Or tables with a header: .csv, .tsv, .xlsx. - or none: standard input.",
	"help_load_mapping": "File that says which columns of tables are which fields; see --preview. Without it, the " +
		"headers do.",
	"help_load_preview": "Show the columns of the tables, what they seem to be and what is wrong with the rows, write " +
		"nothing, and print the mapping.",
	"help_load_sheet":    "Sheet of workbooks; the first that is not hidden where left out.",
	"help_load_encoding": "Encoding of CSV: UTF-8, UTF-16LE, UTF-16BE, GB18030, BIG5; found out where left out.",
	"help_load_errors": "Where rows of the one table are bad: write it again to this file, with a column that has their " +
		"errors and marks the rows that went in. Correct the file and load it.",
	"help_load_delimiter": "What separates the cells of CSV; found out where left out.",
}

const (
	maxShownRows = 1000 // with errors, and as many with warnings
	analyzeAfter = 1000 // rows written
)

// Run loads the files. It returns exitFailed where any row failed, and exitWarned where some went in without some of
// their values.
func (l loadCommand) Run(ctx context.Context, c Console) (err error) {
	location, err := l.location()
	if err != nil {
		return err
	}
	if len(l.Files) == 0 {
		l.Files = []string{"-"}
	}
	if err := l.checkFiles(); err != nil {
		return err
	}
	closeLog, err := l.auditFlag.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	report := &loadReport{console: c, dryRun: l.DryRun, isAudited: l.AuditLog != "" && !l.DryRun, started: time.Now()}
	options := load.Options{
		Files:     files.Options{Location: location, TenantID: int64(l.Tenant)},
		OnError:   report.rowFailed,
		OnWarning: report.rowWarned,
		OnBatch:   report.batchDone,
	}
	if l.Kind != "auto" {
		options.Files.Kind = files.Kind(l.Kind)
	}
	if !l.DryRun && !l.Preview {
		if options.DB, err = db.Open(ctx, db.Options{DSN: l.DB}); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, options.DB.Close()) }()
	}
	report.Loader = load.New(options)
	report.tables = l.tableFlags
	report.files = options.Files
	if l.Preview {
		return report.preview(asTenant(ctx, l.Tenant), l.Files)
	}
	err = report.loadAll(asTenant(ctx, l.Tenant), l.Files)
	report.audit(asTenant(ctx, l.Tenant), len(l.Files), err)
	if err == nil && report.Written() >= analyzeAfter {
		err = options.DB.Analyze(ctx)
	}
	report.summarize()
	if err != nil {
		return err
	}
	return report.exit()
}

// exit returns the exit code of rows that failed, or were warned of, as an error.
func (r *loadReport) exit() error {
	switch {
	case r.Failed > 0:
		return exitFailed
	case r.Warned > 0:
		return exitWarned
	}
	return nil
}

// checkFiles finds a file that cannot be read, or not be written by --errors, before anything is written.
func (l loadCommand) checkFiles() error {
	for _, name := range l.Files {
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
	return l.checkErrors(l.Files)
}

// loadReport loads files, and prints progress, bad rows and a summary.
type loadReport struct {
	*load.Loader
	console   Console
	dryRun    bool
	isAudited bool // whether the audit log is told
	started   time.Time
	name      string // of the file under way
	progress  *progress

	tables tableFlags
	files  files.Options
	table  *files.Table // under way; nil for JSON
	errors rowErrors    // for --errors
}

// loadAll loads files until one fails.
func (r *loadReport) loadAll(ctx context.Context, names []string) error {
	for _, name := range names {
		if err := r.load(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// audit tells the audit log what was loaded, where one is named; nothing of a dry run.
func (r *loadReport) audit(ctx context.Context, files int, err error) {
	if !r.isAudited {
		return
	}
	acts := &auth.Acts{}
	acts.Add(auth.Act{Event: "loaded", What: "files", Times: files, Rows: r.Written(), Failed: r.Failed,
		Uncertain: err != nil})
	actor, _ := model.ActorFrom(ctx)
	acts.Write(ctx, actor, "by", "the command line")
}

// load loads one file.
func (r *loadReport) load(ctx context.Context, name string) error {
	err := r.withFile(name, func(in io.Reader, size int64) error {
		if r.tables.isTable(name) {
			return r.withTable(ctx, in, size, func(t *openedTable) error { return r.loadTable(ctx, t) })
		}
		return r.Read(ctx, name, io.TeeReader(interruptible{ctx, in}, r.progress))
	})
	switch {
	case ctx.Err() == nil:
		return err
	case r.dryRun:
		return errors.New("interrupted")
	}
	return errors.New("interrupted; the rows counted above are saved")
}

// withFile calls read with a file and its size, and shows how far it has come.
func (r *loadReport) withFile(name string, read func(in io.Reader, size int64) error) error {
	in, size, err := r.open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	r.progress = newProgress(r.console.Err, r.name, size)
	defer r.progress.finish()
	return read(in, size)
}

// open opens a file, and returns its size; -1 for standard input.
func (r *loadReport) open(name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		r.name = "standard input"
		if f, ok := r.console.In.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			fmt.Fprintln(r.console.Err, "Reading standard input; end with Ctrl-D.")
		}
		return io.NopCloser(r.console.In), -1, nil
	}
	r.name = name
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

// rowFailed prints the errors of a bad row. Of further rows than maxShownRows it prints nothing.
func (r *loadReport) rowFailed(row *files.Row, errs model.Errors) {
	if row != nil && r.table != nil && r.tables.Errors != "" {
		r.errors.add(r.table, row, errs)
	}
	r.printRow(row, "", errs, r.Failed, "bad rows")
}

// rowWarned prints what a row went in without. Of further rows than maxShownRows it prints nothing.
func (r *loadReport) rowWarned(row *files.Row, errs model.Errors) {
	r.printRow(row, "warning: ", errs, r.Warned, "rows with warnings")
}

// printRow prints errors of the nth row of a kind, nil for the whole file: file, line, index, key, field and reason.
func (r *loadReport) printRow(row *files.Row, label string, errs model.Errors, nth int, kind string) {
	if nth > maxShownRows {
		return
	}
	r.progress.clear()
	where := r.name
	if row != nil {
		where = fmt.Sprintf("%s:%d", r.name, row.Line)
		if r.table == nil {
			label += fmt.Sprintf("row %d", row.Index)
		} else {
			if row.Sheet != "" {
				label += "sheet " + text.Quote(row.Sheet) + ", "
			}
			label += fmt.Sprintf("row %d", row.Line)
		}
		if row.ID != "" {
			label += ", id " + text.Quote(row.ID)
		}
		label += ": "
	}
	for _, err := range errs {
		fmt.Fprintf(r.console.Err, "%s: %s%v\n", where, label, err)
	}
	if nth == maxShownRows {
		fmt.Fprintf(r.console.Err, "… further %s are counted but not shown\n", kind)
	}
}

func (r *loadReport) batchDone() { r.progress.report(r.Calls + r.Records + r.Failed) }

// summarize prints what became of all rows.
func (r *loadReport) summarize() {
	verb := "loaded"
	if r.dryRun {
		verb = "checked, nothing written"
	}
	var parts []string
	for _, part := range []struct {
		n    int
		name string
	}{{r.Calls, "call"}, {r.Records, "call record"}, {r.Turns, "turn"}} {
		if part.n > 0 {
			parts = append(parts, count(part.n, part.name))
		}
	}
	if parts == nil {
		parts = []string{"nothing"}
	}
	out := r.console.Out
	fmt.Fprintf(out, "%s: %s", verb, strings.Join(parts, ", "))
	if !r.dryRun {
		fmt.Fprintf(out, " (%s created, %s updated, %s restored, %s unchanged)",
			comma(r.Outcomes[model.RowOutcomeCreated]), comma(r.Outcomes[model.RowOutcomeUpdated]),
			comma(r.Outcomes[model.RowOutcomeRestored]), comma(r.Outcomes[model.RowOutcomeUnchanged]))
	}
	fmt.Fprintf(out, "; %s, %s; %.1f s\n", count(r.Failed, "bad row"), count(r.Warned, "warning"),
		time.Since(r.started).Seconds())
	for _, name := range slices.Sorted(maps.Keys(r.Ignored)) {
		fmt.Fprintf(r.console.Err, "note: field %s means nothing here and was left out of %s\n",
			name, count(r.Ignored[name], "row"))
	}
}

func comma(n int) string { return humanize.Comma(int64(n)) }

// count returns a number with its noun: 1 row, 2,000 rows.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return comma(n) + " " + noun + "s"
}

// interruptible ends a read that waits, on a terminal or a pipe, when ctx ends.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

// Read reads as the underlying reader does, or returns the error of ctx.
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
