package jobs

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"

	"callbook/db"
	"callbook/files"
	"callbook/files/sheet"
	"callbook/load"
	"callbook/model"
)

// took moves a position behind a batch, and returns the outcomes of its rows that are kept: of those that failed, that
// were warned of, and that have changed something. rows are those that were written; there are none in a dry run.
func (r *importer) took(at *importPosition, b load.Batch, rows []db.ImportedRow) (kept []*model.JobOutcome) {
	for i := range b.Bad {
		bad := &b.Bad[i]
		kept = append(kept, r.failed(at, &bad.Row, bad.Errors))
	}
	for i := range b.Rows {
		row, is := &b.Rows[i], db.ImportedRow{Outcome: model.RowOutcomeUnchanged}
		if rows != nil {
			is = rows[i]
			at.count(is.Outcome)
		}
		if len(is.Errors) > 0 {
			kept = append(kept, r.failed(at, row, row.WireErrors(is.Errors)))
			continue
		}
		if len(row.Warnings) > 0 && at.Phase != checkingRows { // it is told when the row is written
			at.Counts.Warned++
		} else if is.Outcome == model.RowOutcomeUnchanged {
			at.Last = max(at.Last, r.source.RowNumber(row))
			continue
		}
		o := r.outcome(at, row, is.Outcome)
		o.Warnings = problems(r.source, row, row.Warnings)
		if is.Version > 0 {
			o.Version = new(int64(is.Version))
		}
		kept = append(kept, o)
	}
	at.Row = b.End
	return kept
}

// count counts the outcome of a row that was written.
func (p *importPosition) count(outcome model.RowOutcome) {
	switch outcome {
	case model.RowOutcomeCreated:
		p.Counts.Created++
	case model.RowOutcomeUpdated:
		p.Counts.Updated++
	case model.RowOutcomeRestored:
		p.Counts.Restored++
	case model.RowOutcomeUnchanged:
		p.Counts.Unchanged++
	}
}

func (r *importer) outcome(at *importPosition, row *files.Row, outcome model.RowOutcome) *model.JobOutcome {
	o := &model.JobOutcome{RowNumber: r.source.RowNumber(row), Outcome: outcome}
	if row.ID != "" {
		o.RowKey = &row.ID
	}
	at.Last = max(at.Last, o.RowNumber)
	return o
}

// failed counts a row that failed, and returns its outcome.
func (r *importer) failed(at *importPosition, row *files.Row, errs model.Errors) *model.JobOutcome {
	at.Failed++
	o := r.outcome(at, row, model.RowOutcomeFailed)
	o.Errors = problems(r.source, row, errs)
	return o
}

// problems returns errors of a row as JSON, nil for none.
func problems(source *load.Source, row *files.Row, errs model.Errors) *string {
	if len(errs) == 0 {
		return nil
	}
	text, err := json.Marshal(source.Problems(row, errs))
	if err != nil {
		panic(err) // it is texts and numbers
	}
	return new(string(text))
}

// keepErrors stores the table with what is wrong with its rows, where some have failed: see sheet.WriteErrors. Of JSON
// in the wire form, and of a table of several sheets, there is none.
func (r *importer) keepErrors(ctx context.Context) error {
	if r.at.Failed == 0 {
		return nil
	}
	if r.at.FileID != "" { // of a process that has ended
		if err := r.run.DB.DropFile(ctx, r.at.FileID); err != nil {
			return err
		}
	}
	source, err := load.OpenSource(r.spool, r.size, r.name, r.how)
	if err != nil {
		return err
	}
	defer source.Close()
	if source.Table == nil || len(source.Reader.Further) > 0 {
		return nil
	}
	spool, err := r.writeErrors(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = spool.file.Close() }()
	if err := r.run.DB.CheckFileRoom(ctx, spool.bytes); err != nil {
		return err
	}
	file, err := r.run.DB.BeginFile(ctx, db.NewFile{Kind: model.FileKindErrors, Name: errorsName(r.name),
		ContentType: source.Reader.Format.ContentType(), Needs: ImportPermissions})
	if err != nil {
		return err
	}
	next := r.at
	next.Phase, next.FileID = writingFile, file.ID
	if err := r.goOn(ctx, next); err != nil {
		_ = r.run.DB.DropFile(context.WithoutCancel(ctx), file.ID) // else it goes when its time is over
		return err
	}
	if err := r.run.DB.Receive(ctx, file, spool.file); err != nil {
		return err
	}
	if err := r.run.DB.FinishFile(ctx, file); err != nil {
		return err
	}
	r.run.Done(file)
	return nil
}

// errorsName returns the name of the table with errors of a file.
func errorsName(name string) string {
	ending := filepath.Ext(name)
	base := []rune(strings.TrimSuffix(name, ending))
	return string(base[:min(len(base), 150)]) + "-errors" + ending
}

// writeErrors writes the table with errors to a temporary file. Rows that went in are marked as done.
func (r *importer) writeErrors(ctx context.Context) (*spoolWriter, error) {
	file, _, err := spoolOf(r.run.spoolFolder, strings.NewReader(""))
	if err != nil {
		return nil, err
	}
	spool := newSpoolWriter(file)
	options := sheet.ErrorOptions{Options: r.how.Sheet, Locale: model.LocaleEn}
	if r.at.written()+int64(r.at.Counts.Unchanged) > 0 {
		options.Through = int(r.at.Last)
	}
	err = sheet.WriteErrors(spool, r.spool, r.size, options, r.rowErrors(ctx))
	if err == nil {
		_, err = file.Seek(0, 0)
	}
	if err != nil {
		_ = file.Close()
	}
	return spool, err
}

// rowErrors yields what is wrong with the rows that failed, in their order, a page at a time.
func (r *importer) rowErrors(ctx context.Context) func(func(sheet.RowError, error) bool) {
	id := r.run.Now().ID
	return func(yield func(sheet.RowError, error) bool) {
		kinds := []model.RowOutcome{model.RowOutcomeFailed}
		for after := int64(0); ; {
			page, err := r.run.DB.JobOutcomes(ctx, id, kinds, after, db.MaxOutcomes)
			if err != nil {
				yield(sheet.RowError{}, err)
				return
			}
			for _, o := range page {
				after = o.RowNumber
				for _, problem := range o.Problems() {
					err := sheet.RowError{Row: int(o.RowNumber), Column: problem.Column, Message: problem.Message}
					if !yield(err, nil) {
						return
					}
				}
			}
			if len(page) < db.MaxOutcomes {
				return
			}
		}
	}
}
