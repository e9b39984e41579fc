package db

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

// undoOperation is what the history and the events of calls say of undos.
const undoOperation = "undoImport"

// StartUndo stores a job of the actor's credential that takes back what an import did, and reports whether it is new:
// an undo of the import that waits, runs or is done is returned, and shown to the actor's credential, too. From then on
// the same file can be imported again. It returns NOT_FOUND where Job would return none, BAD_USER_INPUT for a job that
// imports no calls, CONFLICT while the import waits or runs, and LIMIT_EXCEEDED as StartJob does. It takes five
// statements at the most.
func (d *DB) StartUndo(ctx context.Context, importID string) (job *model.Job, isNew bool, err error) {
	return d.startShared(ctx, func(ctx context.Context, s scope) (*model.Job, bool, error) {
		of, err := s.importToUndo(ctx, importID)
		if err != nil {
			return nil, false, err
		}
		counts := of.Imported()
		job := s.newJob(ctx, model.JobKindUndo, `{"fileId":"`+*of.SourceID+`"}`) // by which it keeps the file
		job.Fingerprint, job.SourceID, job.Undoes = new("undo "+importID), of.SourceID, &importID
		job.RowsTotal = new(int64(counts.Created + counts.Updated + counts.Restored))
		job, isNew, err := s.findOrStart(ctx, job)
		if err == nil && isNew {
			_, err = s.update((*model.Job)(nil)).Set("fingerprint = NULL").Where("id = ?", importID).Exec(ctx)
		}
		return job, isNew, err
	})
}

// importToUndo returns an import of calls that has ended.
func (s scope) importToUndo(ctx context.Context, id string) (*model.Job, error) {
	var jobs []*model.Job
	if err := s.myJobs(&jobs).Where("job.id = ?", id).Scan(ctx); err != nil {
		return nil, err
	}
	of := firstRow(jobs)
	switch {
	case of == nil:
		return nil, model.NotFound("jobId", "there is no job with the id %s", text.Quote(id))
	case of.Kind == model.JobKindUndo:
		return nil, model.BadInput("jobId", "is an undo: to have its rows again, import the file again")
	case of.Kind != model.JobKindImport:
		return nil, model.BadInput("jobId", "is no import")
	case !of.HasEnded():
		return nil, model.Conflict("jobId", "the import has not ended: wait for it, or cancel it before")
	case of.RowKind == nil || *of.RowKind != model.ImportKindCalls:
		return nil, model.BadInput("jobId", "is no import of calls: those of call records cannot be undone")
	case of.Imported() == nil || of.SourceID == nil:
		return nil, model.BadInput("jobId", "is an import of which it is not known what it wrote")
	}
	return of, nil
}

// UndoRows returns the outcomes of rows that an import has written, of which a job is the undo that this process runs,
// at most MaxImportStep of those before a row, the last first; none where the job is not this process's any more. It
// takes one statement.
func (d *DB) UndoRows(ctx context.Context, undoID string, before int64) ([]*model.JobOutcome, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	undone := s.selectAny((*model.Job)(nil)).Column("undoes").Where("job.id = ?", undoID).
		Where("job.state = ?", model.JobStateRunning).Where("job.claimed_by = ?", d.claims.process)
	var rows []*model.JobOutcome
	return rows, s.selectAny(&rows).Where("job_outcome.job_id IN (?)", undone).
		Where("job_outcome.row_number < ?", before).Where("job_outcome.version IS NOT NULL").
		Where("job_outcome.outcome IN ('CREATED', 'UPDATED', 'RESTORED')").
		OrderExpr("job_outcome.row_number DESC").Limit(MaxImportStep).Scan(ctx)
}

// UndoCallStep takes back what an import did to calls, of which no key may come twice, and stores how far the job is,
// in one transaction. Of a row it returns NOT_FOUND and CONFLICT where it is not as the import has left it. Errors of
// the step are those of ImportCallStep. It takes ten statements at the most.
func (d *DB) UndoCallStep(ctx context.Context, step ImportStep, imported []*model.JobOutcome) error {
	return runImportStep(ctx, d, step, len(imported), func(ctx context.Context, s scope) (*callOutcomes, error) {
		return s.undoCalls(ctx, imported)
	}, func(c *model.Call) int { return c.Version })
}

func (s scope) undoCalls(ctx context.Context, imported []*model.JobOutcome) (*callOutcomes, error) {
	sel := callSelection{entity: &callEntity}
	for _, o := range imported {
		sel.keys, sel.expected = append(sel.keys, *o.RowKey), append(sel.expected, new(int(*o.Version)))
	}
	var err error
	if sel.stored, err = s.lockOwnedCalls(ctx, sel.keys); err != nil {
		return nil, err
	}
	out := sel.outcomes(checkLive)
	for _, o := range out.list {
		if o.Errors != nil && o.Errors[0].Code == model.ErrorCodeConflict {
			o.Errors[0].Field = "version" // no caller has given the expected one
		}
	}
	if err := s.revertCalls(ctx, imported, &sel, out); err != nil {
		return nil, err
	}
	var gone []*model.Call
	for i, o := range imported {
		if row := out.list[i].Row; row != nil && o.Outcome != model.RowOutcomeUpdated {
			out.list[i].Outcome = model.RowOutcomeDeleted
			gone = append(gone, row)
		}
	}
	return out, s.setDeleted(ctx, undoOperation, callEntity.sorted(gone), &s.now)
}

// revertCalls sets back the locked calls that an import has updated or restored, and that have not failed.
func (s scope) revertCalls(ctx context.Context, imported []*model.JobOutcome, sel *callSelection, out *callOutcomes,
) error {
	entries, err := s.entriesOf(ctx, imported, out)
	if err != nil {
		return err
	}
	var writes []callWrite
	for i, o := range imported {
		if out.hasFailed(i) || o.Outcome == model.RowOutcomeCreated {
			continue
		}
		entry := entries[*o.RowKey]
		if entry == nil {
			out.failAt(i, model.NotFound("id", "what the call was before is not known"))
			continue
		}
		patch, err := entry.Revert()
		if err != nil {
			return err
		}
		writes = append(writes, callWrite{id: *o.RowKey, patch: &patch, mode: update})
	}
	if len(writes) == 0 {
		return nil
	}
	reverted, err := s.writeCalls(ctx, undoOperation, writes, sel.stored)
	if err != nil {
		return err
	}
	for _, o := range reverted.list {
		switch {
		case o.Errors != nil:
			out.fail(o.Key, o.Errors...)
		case o.Outcome == model.RowOutcomeUpdated:
			out.set(o.Key, o.Row, model.RowOutcomeReverted)
		}
	}
	return nil
}

// entriesOf returns by call the history entries of what an import has changed in calls that have not failed: one
// statement, none where there are no such calls.
func (s scope) entriesOf(ctx context.Context, imported []*model.JobOutcome, out *callOutcomes,
) (map[string]*model.CallHistoryEntry, error) {
	versions := map[string]int{}
	var keys []string
	var distinct []int
	for i, o := range imported {
		if !out.hasFailed(i) && o.Outcome != model.RowOutcomeCreated {
			version := int(*o.Version)
			versions[*o.RowKey], keys = version, append(keys, *o.RowKey)
			if !slices.Contains(distinct, version) {
				distinct = append(distinct, version)
			}
		}
	}
	if keys == nil {
		return nil, nil
	}
	var rows []*model.CallHistoryEntry
	err := s.selectAny(&rows).Where("call_history.call_id IN (?)", bun.List(keys)).
		Where("call_history.version IN (?)", bun.List(distinct)).Scan(ctx)
	entries := make(map[string]*model.CallHistoryEntry, len(keys))
	for _, row := range rows {
		if versions[row.CallID] == row.Version {
			entries[row.CallID] = row
		}
	}
	return entries, err
}
