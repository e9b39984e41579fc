package jobs

import (
	"context"
	"encoding/json"
	"math"

	"callbook/db"
	"callbook/model"
)

// UndoPermissions are the permissions that undos of imports take.
var UndoPermissions = []model.Permission{model.PermissionImport, model.PermissionCallUpdate,
	model.PermissionCallDelete}

func undoNeeds(*model.Job) ([]model.Permission, error) { return UndoPermissions, nil }

// undoPosition is where an undo goes on. It is stored in the transaction that takes back the rows behind it.
type undoPosition struct {
	Row     int64 `json:"row"` // those before this row of the file are left
	Read    int64 `json:"read"`
	Written int64 `json:"written"`
	Failed  int64 `json:"failed"`
}

// undoImport is the work of jobs of the kind UNDO. It takes back the last row of the file first, and the rows of a step
// and the position after it are written in one transaction, as those of an import are.
func undoImport(ctx context.Context, run *Run) error {
	at := undoPosition{Row: math.MaxInt64}
	if _, err := run.Position(&at); err != nil {
		return err
	}
	run.SetProgress(at.Read, at.Written, at.Failed)
	for {
		rows, err := run.DB.UndoRows(ctx, run.Now().ID, at.Row)
		if err != nil {
			return err
		}
		actor, err := run.Present(ctx)
		if err != nil {
			return err
		}
		if err := undoRows(actor, run, &at, untilRepeated(rows)); len(rows) == 0 || err != nil {
			return err // the step of no rows has found that the outcomes of the import are still there
		}
	}
}

// untilRepeated returns the rows before the first whose key has come before.
func untilRepeated(rows []*model.JobOutcome) []*model.JobOutcome {
	seen := map[string]bool{}
	for i, row := range rows {
		if seen[*row.RowKey] {
			return rows[:i]
		}
		seen[*row.RowKey] = true
	}
	return rows
}

// undoRows takes back rows, and moves the position behind them. Where that takes too long, it takes back half of them;
// a row that is too much by itself has failed.
func undoRows(ctx context.Context, run *Run, at *undoPosition, rows []*model.JobOutcome) error {
	for {
		next, err := undoStep(ctx, run, *at, rows, nil)
		switch {
		case db.IsStepTooLong(err) && len(rows) > 1:
			rows = rows[:len(rows)/2]
			continue
		case db.IsStepTooLong(err) && len(rows) == 1:
			next, err = undoStep(ctx, run, *at, rows, model.AsErrors(err))
		}
		if err == nil {
			*at = next
		}
		return err
	}
}

// undoStep takes back rows, or where tooMuch is not nil says so of them, and returns the position behind them.
func undoStep(ctx context.Context, run *Run, at undoPosition, rows []*model.JobOutcome, tooMuch model.Errors,
) (next undoPosition, err error) {
	job := run.Now()
	step := db.ImportStep{FileID: *job.SourceID,
		End: func(results []db.ImportedRow) (*model.Job, []*model.JobOutcome) {
			if tooMuch != nil {
				results = []db.ImportedRow{{Outcome: model.RowOutcomeFailed, Errors: tooMuch}}
			}
			next = at
			outcomes := next.took(job.ID, rows, results)
			next.store(&job)
			return &job, outcomes
		}}
	written := rows
	if tooMuch != nil {
		written = nil
	}
	if err = run.DB.UndoCallStep(ctx, step, written); err == nil {
		run.Stepped(&job)
	}
	return next, err
}

// took moves a position behind rows, and returns what became of them.
func (p *undoPosition) took(jobID string, rows []*model.JobOutcome, results []db.ImportedRow) []*model.JobOutcome {
	outcomes := make([]*model.JobOutcome, len(rows))
	for i, row := range rows {
		result := results[i]
		o := &model.JobOutcome{JobID: jobID, RowNumber: row.RowNumber, RowKey: row.RowKey, Outcome: result.Outcome}
		if len(result.Errors) > 0 {
			p.Failed++
			o.Errors = problemsOf(result.Errors)
		} else if result.Outcome != model.RowOutcomeUnchanged {
			p.Written++
			o.Version = new(int64(result.Version))
		}
		outcomes[i] = o
		p.Read++
		p.Row = row.RowNumber
	}
	return outcomes
}

// problemsOf returns errors of a row of which there is no table, as JSON.
func problemsOf(errs model.Errors) *string {
	list := make([]model.RowProblem, len(errs))
	for i, err := range errs {
		list[i] = model.RowProblem{Code: err.Code, Field: err.Field, Message: err.Message}
	}
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // it is texts
	}
	return new(string(text))
}

// store sets what is stored of the position in a job.
func (p *undoPosition) store(job *model.Job) {
	position, err := json.Marshal(p)
	if err != nil {
		panic(err) // it is numbers
	}
	job.Position = string(position)
	job.RowsRead, job.RowsWritten, job.RowsFailed = p.Read, p.Written, p.Failed
}
