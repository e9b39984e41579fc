// Package load reads calls and call records from files into the database. The command load, the mutations importCalls
// and importCallRecords, and the jobs that import share it.
package load

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"callbook/db"
	"callbook/files"
	"callbook/model"
)

// A batch of rows is written in one transaction, or in few, with at most this many rows, turns, or bytes of the file:
// beyond turns and bytes it goes by one row at the most.
const (
	maxBatchRows  = 500
	maxBatchTurns = 10000
	maxBatchBytes = 4 << 20
)

// Options say where rows go, and what is called for them.
type Options struct {
	DB      *db.DB           // nil: rows are checked and counted, and nothing is written
	Mode    model.ImportMode // UPSERT where empty
	Files   files.Options    // how files are read; Read sets Lines by the file's name
	OnBatch func()           // is called after each batch; may be nil
	// OnError is called for each bad row, with the fields' names in the wire form; row is nil for errors of no row.
	OnError func(row *files.Row, errs model.Errors)
	// OnWarning is called for each row that went in, or would, without some of its values; errs say without which.
	OnWarning func(row *files.Row, errs model.Errors)
	// Step, where it is not nil, writes instead of the loader, and tells of errors and warnings itself: it is called for
	// each batch.
	Step func(ctx context.Context, b Batch) error
	// From is how many rows at the beginning are left out.
	From int
}

// Batch are rows of a file, of those that follow the batch before.
type Batch struct {
	Rows []files.Row // that are to be written
	Bad  []BadRow    // that cannot be
	End  int         // the Index of the row after the batch
}

// BadRow is a row with what is wrong with it.
type BadRow struct {
	Row    files.Row
	Errors model.Errors
}

// Summary counts what became of rows.
type Summary struct {
	Calls, Records, Turns int // that went in
	Failed                int // bad rows
	Warned                int // rows that went in without some of their values
	Outcomes              map[model.RowOutcome]int
	Ignored               map[string]int // rows with a field that means nothing here, by the field's name
}

// Written returns how many rows were created, updated or restored.
func (s Summary) Written() int {
	return s.Outcomes[model.RowOutcomeCreated] + s.Outcomes[model.RowOutcomeUpdated] +
		s.Outcomes[model.RowOutcomeRestored]
}

// Loader loads files one after the other.
type Loader struct {
	Summary
	options Options

	batch []files.Row
	bad   []BadRow        // of a batch for Step
	next  int             // the Index of the row after the batch
	keys  map[rowKey]bool // of the batch; a row whose key is in the batch begins a new one
	turns int             // of the batch
	bytes int             // of its rows as they are in the file
}

// New returns a loader that has read nothing.
func New(o Options) *Loader {
	if o.Mode == "" {
		o.Mode = model.ImportModeUpsert
	}
	counts := Summary{Outcomes: map[model.RowOutcome]int{}, Ignored: map[string]int{}}
	return &Loader{options: o, keys: map[rowKey]bool{}, Summary: counts}
}

// Read loads a file. Bad rows, and text after which nothing can be read, go to OnError. Its error is the database's, or
// that of ctx; batches written before it stay.
func (l *Loader) Read(ctx context.Context, name string, in io.Reader) error {
	options := l.options.Files
	options.Lines = slices.Contains([]string{".jsonl", ".ndjson"}, strings.ToLower(filepath.Ext(name)))
	return l.readRows(ctx, func(yield func(files.Row) error) error { return files.ReadJSON(in, options, yield) })
}

// ReadTable loads the rows of a table. Bad rows, and a table that cannot be read on, go to OnError. Its error is the
// database's, or that of ctx; batches written before it stay.
func (l *Loader) ReadTable(ctx context.Context, table *files.Table) error {
	return l.readRows(ctx, table.All)
}

// readRows loads the rows that read yields.
func (l *Loader) readRows(ctx context.Context, read func(yield func(files.Row) error) error) error {
	var failure error
	err := read(func(row files.Row) error {
		failure = l.add(ctx, row)
		return failure
	})
	if failure == nil {
		failure = ctx.Err()
	}
	if failure == nil {
		failure = l.flush(ctx)
	}
	if failure != nil {
		return failure
	}
	if err != nil {
		bad := model.BadInput("", "%v; what follows was not read", err)
		if l.options.Step != nil {
			return bad
		}
		l.fail(nil, model.Errors{bad})
	}
	return nil
}

// add takes a row into the batch, and writes the batch first where it is full.
func (l *Loader) add(ctx context.Context, row files.Row) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if row.Index < l.options.From {
		return nil
	}
	for _, name := range row.Ignored {
		l.Ignored[name]++
	}
	if errs := row.Check(); len(errs) > 0 {
		return l.addBad(ctx, row, errs)
	}
	key := keyOf(&row)
	if l.keys[key] || len(l.batch) >= maxBatchRows || l.turns >= maxBatchTurns || l.bytes >= maxBatchBytes {
		if err := l.flush(ctx); err != nil {
			return err
		}
	}
	l.next = row.Index + 1
	l.keys[key] = true
	l.batch = append(l.batch, row)
	l.bytes += row.Size
	if row.Record != nil {
		l.turns += len(row.Record.Details)
	}
	return nil
}

// rowKey is the key of a call or of a record.
type rowKey struct {
	call   string
	record int64
	isCall bool
}

func keyOf(row *files.Row) rowKey {
	if row.Call != nil {
		return rowKey{row.Call.ID, 0, true}
	}
	return rowKey{"", row.Record.ID, false}
}

// addBad tells of a bad row, or takes it into the batch for Step.
func (l *Loader) addBad(ctx context.Context, row files.Row, errs model.Errors) error {
	if l.options.Step == nil {
		l.fail(&row, errs)
		return nil
	}
	if len(l.bad) >= maxBatchRows {
		if err := l.flush(ctx); err != nil {
			return err
		}
	}
	row.Call, row.Record = nil, nil
	l.bad, l.next = append(l.bad, BadRow{row, errs}), row.Index+1
	return nil
}

func (l *Loader) fail(row *files.Row, errs model.Errors) {
	l.Failed++
	l.options.OnError(row, errs)
}

// flush writes the batch.
func (l *Loader) flush(ctx context.Context) error {
	if l.options.Step == nil {
		if err := l.write(ctx); err != nil {
			return err
		}
	} else if err := l.options.Step(ctx, Batch{l.batch, l.bad, l.next}); err != nil {
		return err
	}
	clear(l.batch)
	clear(l.keys)
	clear(l.bad)
	l.batch, l.turns, l.bytes, l.bad = l.batch[:0], 0, 0, l.bad[:0]
	if l.options.OnBatch != nil {
		l.options.OnBatch()
	}
	return nil
}

// write writes the rows of the batch.
func (l *Loader) write(ctx context.Context) error {
	var calls, records []files.Row
	for _, row := range l.batch {
		if row.Call != nil {
			calls = append(calls, row)
		} else {
			records = append(records, row)
		}
	}
	calls, err := writeRows(ctx, l, calls, func(row files.Row) *model.CallImport { return row.Call },
		(*db.DB).ImportCalls)
	if err != nil {
		return err
	}
	l.Calls += len(calls)
	records, err = writeRows(ctx, l, records, func(row files.Row) *model.SaveCallRecordInput { return row.Record },
		(*db.DB).ImportCallRecords)
	if err != nil {
		return err
	}
	l.Records += len(records)
	for _, row := range records {
		l.Turns += len(row.Record.Details)
	}
	return nil
}

// writeRows writes the inputs of rows of one kind by save, and returns the rows that went in, or would.
func writeRows[In any, K string | int64, T any](
	ctx context.Context, l *Loader, rows []files.Row, input func(files.Row) *In,
	save func(*db.DB, context.Context, model.ImportMode, []*In) ([]db.Outcome[K, T], error),
) (in []files.Row, err error) {
	outcomes := make([]db.Outcome[K, T], len(rows))
	if l.options.DB != nil && len(rows) > 0 {
		inputs := make([]*In, len(rows))
		for i, row := range rows {
			inputs[i] = input(row)
		}
		if outcomes, err = save(l.options.DB, ctx, l.options.Mode, inputs); err != nil {
			return nil, err
		}
	}
	for i, o := range outcomes {
		if l.count(rows[i], o.Outcome, o.Errors) {
			in = append(in, rows[i])
		}
	}
	return in, nil
}

// count counts a row's outcome and tells of its warnings, and reports whether the row went in.
func (l *Loader) count(row files.Row, outcome model.RowOutcome, errs model.Errors) bool {
	if len(errs) > 0 {
		l.fail(&row, row.WireErrors(errs))
		return false
	}
	l.Outcomes[outcome]++
	if len(row.Warnings) > 0 {
		l.Warned++
		l.options.OnWarning(&row, row.Warnings)
	}
	return true
}
