package db

import (
	"context"
	"errors"
	"strconv"

	"callbook/model"
)

// MaxImportStep is how many rows a step of an import has at the most: it is to hold locks for a fraction of a second.
const MaxImportStep = 500

// ErrFileErased says that the file of an import was erased or dropped while that, or its undo, ran: NOT_FOUND.
var ErrFileErased error = model.NotFound("fileId", "the file of the import was erased meanwhile")

// IsStepTooLong reports whether a step of an import failed because it was too much at once: fewer rows may do.
func IsStepTooLong(err error) bool {
	errs := model.AsErrors(err)
	return errors.Is(err, errLockTime) || errs != nil && errs[0].Code == model.ErrorCodeLimitExceeded
}

// ImportedRow is what became of a row of a step.
type ImportedRow struct {
	Key     string
	Version int // 0 where nothing is there
	Outcome model.RowOutcome
	Errors  model.Errors
}

// ImportStep is a step of a job that imports, or undoes an import. What End makes of the rows' outcomes is stored in
// their transaction: the job with how far it is, and outcomes of rows. End may be called several times.
type ImportStep struct {
	FileID string // that is read, and must be there still
	Mode   model.ImportMode
	End    func([]ImportedRow) (*model.Job, []*model.JobOutcome)
}

// ImportCallStep writes calls, at most MaxImportStep, as ImportCalls does, and stores how far the job is, in one
// transaction. It returns ErrJobTaken where the job is not this process's any more, ErrFileErased, and LIMIT_EXCEEDED
// where the step takes too long: then nothing of it is written. It takes two statements more than ImportCalls.
func (d *DB) ImportCallStep(ctx context.Context, step ImportStep, calls []*model.CallImport) error {
	writes := importWrites(step.Mode, calls)
	return runImportStep(ctx, d, step, len(calls), func(ctx context.Context, s scope) (*callOutcomes, error) {
		return s.lockAndWriteCalls(ctx, "load", writes)
	}, func(c *model.Call) int { return c.Version })
}

// ImportRecordStep is ImportCallStep for call records, which are written as SaveCallRecords does.
func (d *DB) ImportRecordStep(ctx context.Context, step ImportStep, records []*model.SaveCallRecordInput) error {
	keys := make([]int64, len(records))
	for i, in := range records {
		keys[i] = in.ID
	}
	return runImportStep(ctx, d, step, len(records), func(ctx context.Context, s scope) (*recordOutcomes, error) {
		out := newOutcomes[int64, model.CallRecord](keys)
		return out, s.saveRecords(ctx, writeModes[step.Mode], records, out)
	}, func(r *model.CallRecord) int { return r.Version })
}

// runImportStep runs a step of so many rows.
func runImportStep[K string | int64, T any](ctx context.Context, d *DB, step ImportStep, count int,
	work func(context.Context, scope) (*outcomes[K, T], error), version func(*T) int,
) error {
	return d.writeLimited(ctx, Batch{Policy: model.BatchPolicyValidRows}, count, func(ctx context.Context, s scope) error {
		var rows []ImportedRow
		if count > 0 {
			out, err := work(ctx, s)
			if err != nil {
				return err
			}
			rows = importedRows(out, version)
		}
		job, outcomes := step.End(rows)
		if err := s.storeImportStep(ctx, d.claims.process, job, step.FileID); err != nil {
			return err
		}
		return insertRows(ctx, s, outcomes)
	})
}

func importedRows[K string | int64, T any](out *outcomes[K, T], version func(*T) int) []ImportedRow {
	rows := make([]ImportedRow, len(out.list))
	for i, o := range out.list {
		rows[i] = ImportedRow{Outcome: o.Outcome, Errors: o.Errors}
		switch key := any(o.Key).(type) {
		case string:
			rows[i].Key = key
		case int64:
			rows[i].Key = strconv.FormatInt(key, 10)
		}
		if o.Row != nil {
			rows[i].Version = version(o.Row)
		}
	}
	return rows
}

// storeImportStep stores how far a job is that this process runs, as long as its file is there. A job that gets on has
// not failed: its attempts begin anew.
func (s scope) storeImportStep(ctx context.Context, process string, job *model.Job, fileID string) error {
	file := s.selectAny((*model.StoredFile)(nil)).ColumnExpr("1").Where("file.id = ?", fileID).
		Where("file.state = ?", model.FileStateReady)
	result, err := s.update((*model.Job)(nil)).Set("heartbeat = heartbeat + 1, attempts = 1").
		Set("position = ?, imported = ?, rows_total = ?, rows_read = ?, rows_written = ?, rows_failed = ?, progressed_at = ?",
			job.Position, job.Counts, job.RowsTotal, job.RowsRead, job.RowsWritten, job.RowsFailed, s.now).
		Where("id = ? AND state = ? AND claimed_by = ?", job.ID, model.JobStateRunning, process).
		Where("EXISTS (?)", file).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); n > 0 || err != nil {
		return err
	}
	if isThere, err := file.Exists(ctx); err != nil || !isThere {
		return orError(err, ErrFileErased)
	}
	return ErrJobTaken
}
