package jobs

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"slices"

	"callbook/db"
	"callbook/files"
	"callbook/load"
	"callbook/model"
)

// importPhase is what an import is doing.
type importPhase string

const (
	checkingRows importPhase = "check" // before the first is written, under ALL_OR_NOTHING
	writingRows  importPhase = "write"
	writingFile  importPhase = "errors" // of the rows at fault
)

// importPosition is where an import goes on. It is stored in the transaction that writes the rows before it.
type importPosition struct {
	Phase  importPhase        `json:"phase"`
	Row    int                `json:"row"`  // the Index of the next row
	Last   int64              `json:"last"` // the number of the last row that was tried
	Counts model.ImportCounts `json:"counts"`
	Failed int64              `json:"failed"`
	FileID string             `json:"fileId"` // of the error file that is under way: see model.Job.OpenFileID
}

func (p *importPosition) written() int64 {
	return int64(p.Counts.Created + p.Counts.Updated + p.Counts.Restored)
}

// importer is an import that runs.
type importer struct {
	run    *Run
	in     ImportInput
	name   string // of the file
	spool  *os.File
	size   int64
	how    load.SourceOptions
	source *load.Source // of the rows under way
	at     importPosition
	most   int64 // the rows that may be read, of those of 24 hours
}

// importFile is the work of jobs of the kind IMPORT. The rows of a step and the position after it are written in one
// transaction, so that no row is written twice and none is left out, wherever a process ends.
func importFile(ctx context.Context, run *Run) (err error) {
	r := &importer{run: run, at: importPosition{Phase: writingRows}}
	if err := run.Input(&r.in); err != nil {
		return err
	}
	if r.in.Options.Policy == model.BatchPolicyAllOrNothing && !r.in.Options.DryRun {
		r.at.Phase = checkingRows
	}
	goesOn, err := run.Position(&r.at)
	if err != nil {
		return err
	}
	run.SetProgress(int64(r.at.Row), r.at.written(), r.at.Failed)
	if err := r.open(ctx); err != nil {
		return err
	}
	defer func() { _ = r.spool.Close() }()
	if err := r.begin(ctx, goesOn); err != nil {
		return err
	}
	if r.at.Phase == checkingRows {
		if err := r.readRows(ctx, true); err != nil {
			return err
		}
		next := importPosition{Phase: writingRows}
		if r.at.Failed > 0 {
			next = r.at
			next.Phase = writingFile
		}
		if err := r.goOn(ctx, next); err != nil {
			return err
		}
	}
	if r.at.Phase == writingRows {
		if err := r.readRows(ctx, r.in.Options.DryRun); err != nil {
			return err
		}
	}
	return r.keepErrors(ctx)
}

// open copies the file to a temporary one, which is gone when the process ends, so that it can be read at any place.
func (r *importer) open(ctx context.Context) error {
	file, err := r.run.DB.File(ctx, r.in.FileID)
	if err != nil {
		return err
	}
	if file == nil {
		return db.ErrFileErased
	}
	actor, _ := model.ActorFrom(ctx)
	if r.how, err = ImportSource(r.in.Kind, r.in.Mapping, r.in.Options, actor.TenantID); err != nil {
		return err
	}
	r.name = file.Name
	r.spool, r.size, err = spoolOf(r.run.spoolFolder, r.run.DB.OpenFile(ctx, file))
	return err
}

// spoolOf returns a temporary file with what a reader has. It returns UNAVAILABLE where the disk is full.
func spoolOf(folder string, in io.Reader) (*os.File, int64, error) {
	spool, err := os.CreateTemp(folder, "callbook-import-")
	if err != nil {
		return nil, 0, spoolError(err)
	}
	_ = os.Remove(spool.Name()) // it stays as long as it is open
	size, err := io.Copy(newSpoolWriter(spool), in)
	if err != nil {
		_ = spool.Close()
	}
	return spool, size, err
}

// begin counts the rows of a table, once, and reads how many rows may be read.
func (r *importer) begin(ctx context.Context, goesOn bool) error {
	left, err := r.run.DB.RowsLeftToday(ctx)
	if err != nil {
		return err
	}
	r.most = int64(r.at.Row) + left
	source, err := load.OpenSource(r.spool, r.size, r.name, r.how)
	if err != nil {
		return err
	}
	defer source.Close()
	if goesOn || source.Table == nil {
		return nil
	}
	rows, err := source.CountRows(ctx)
	if err != nil {
		return err
	}
	r.run.SetTotal(rows)
	return nil
}

// readRows reads the rows from the position on, and writes them, or checks them alone.
func (r *importer) readRows(ctx context.Context, isDry bool) error {
	source, err := load.OpenSource(r.spool, r.size, r.name, r.how)
	if err != nil {
		return err
	}
	defer source.Close()
	r.source = source
	loader := load.New(load.Options{Files: r.how.Files, From: r.at.Row,
		Step: func(ctx context.Context, b load.Batch) error { return r.step(ctx, b, isDry) }})
	return loader.ReadSource(ctx, source)
}

// step writes a batch. Where that takes too long, it is written in halves; a row that is too much by itself has failed.
func (r *importer) step(ctx context.Context, b load.Batch, isDry bool) error {
	if len(b.Rows)+len(b.Bad) == 0 {
		return nil
	}
	if int64(b.End) > r.most {
		return model.LimitExceeded("", "the tenant's jobs would read more rows than they may within 24 hours; %d are left",
			max(0, r.most-int64(r.at.Row)))
	}
	actor, err := r.run.Present(ctx)
	if err != nil {
		return err
	}
	err = r.write(actor, b, isDry)
	switch {
	case !db.IsStepTooLong(err):
		return err
	case len(b.Rows) > 1:
		first, second := halves(b)
		if err := r.step(ctx, first, isDry); err != nil {
			return err
		}
		return r.step(ctx, second, isDry)
	}
	if len(b.Rows) == 0 {
		return err
	}
	b.Bad = append(slices.Clone(b.Bad), load.BadRow{Row: b.Rows[0], Errors: model.AsErrors(err)})
	b.Rows = nil
	return r.write(actor, b, isDry)
}

// halves returns the two halves of a batch.
func halves(b load.Batch) (first, second load.Batch) {
	middle := len(b.Rows) / 2
	first = load.Batch{Rows: b.Rows[:middle], End: b.Rows[middle].Index}
	second = load.Batch{Rows: b.Rows[middle:], End: b.End}
	for _, bad := range b.Bad {
		if bad.Row.Index < first.End {
			first.Bad = append(first.Bad, bad)
		} else {
			second.Bad = append(second.Bad, bad)
		}
	}
	return first, second
}

// write writes a batch, with what became of its rows and the position after it.
func (r *importer) write(ctx context.Context, b load.Batch, isDry bool) error {
	var next importPosition
	job := r.run.Now()
	step := db.ImportStep{FileID: r.in.FileID, Mode: r.in.Options.Mode,
		End: func(rows []db.ImportedRow) (*model.Job, []*model.JobOutcome) {
			next = r.at
			outcomes := r.took(&next, b, rows)
			next.store(&job)
			for _, o := range outcomes {
				o.JobID = job.ID
			}
			return &job, outcomes
		}}
	var err error
	if r.in.Kind == model.ImportKindCallRecords {
		err = r.run.DB.ImportRecordStep(ctx, step, inputsOf(b.Rows, isDry, func(row *files.Row) *model.SaveCallRecordInput {
			return row.Record
		}))
	} else {
		err = r.run.DB.ImportCallStep(ctx, step, inputsOf(b.Rows, isDry, func(row *files.Row) *model.CallImport {
			return row.Call
		}))
	}
	if err == nil {
		r.at = next
		r.run.Stepped(&job)
	}
	return err
}

// inputsOf returns the inputs of rows, none in a dry run.
func inputsOf[In any](rows []files.Row, isDry bool, input func(*files.Row) *In) (inputs []*In) {
	if isDry {
		return nil
	}
	for i := range rows {
		inputs = append(inputs, input(&rows[i]))
	}
	return inputs
}

// store sets what is stored of the position in a job.
func (p *importPosition) store(job *model.Job) {
	position, err := json.Marshal(p)
	if err != nil {
		panic(err) // it is texts and numbers
	}
	counts, err := json.Marshal(p.Counts)
	if err != nil {
		panic(err) // it is numbers
	}
	job.Position, job.Counts = string(position), new(string(counts))
	job.RowsRead, job.RowsWritten, job.RowsFailed = int64(p.Row), p.written(), p.Failed
}

// goOn stores a position between rows.
func (r *importer) goOn(ctx context.Context, next importPosition) error {
	job := r.run.Now()
	next.store(&job)
	step := db.ImportStep{FileID: r.in.FileID, Mode: r.in.Options.Mode,
		End: func([]db.ImportedRow) (*model.Job, []*model.JobOutcome) { return &job, nil }}
	if err := r.run.DB.ImportCallStep(ctx, step, nil); err != nil {
		return err
	}
	r.at = next
	r.run.Stepped(&job)
	return nil
}
