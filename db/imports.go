package db

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"

	"callbook/model"
)

// MaxOutcomes is how many outcomes of an import are answered at once at the most.
const MaxOutcomes = 500

// StartImport stores a job of the actor's credential that imports a file, which some process will run, and reports
// whether it is new: where a job with the fingerprint waits, runs or is done, it returns that, and has it shown to the
// actor's credential, too. repeat starts another one at any rate. It returns LIMIT_EXCEEDED as StartJob does. It takes
// four statements at the most.
func (d *DB) StartImport(ctx context.Context, fileID string, kind model.ImportKind, input any, fingerprint string,
	repeat bool,
) (job *model.Job, isNew bool, err error) {
	text, err := json.Marshal(input)
	if err != nil {
		return nil, false, err
	}
	return d.startShared(ctx, func(ctx context.Context, s scope) (*model.Job, bool, error) {
		job := s.newJob(ctx, model.JobKindImport, string(text))
		job.Fingerprint, job.SourceID, job.RowKind = &fingerprint, &fileID, &kind
		return s.startImport(ctx, job, repeat)
	})
}

// startShared has start store a job, unless one that is the same is there, and reports whether it is new.
func (d *DB) startShared(ctx context.Context, start func(context.Context, scope) (*model.Job, bool, error),
) (job *model.Job, isNew bool, err error) {
	job, err = once(ctx, d, func(ctx context.Context) (job *model.Job, err error) {
		err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
			job, isNew, err = start(ctx, s)
			if err == nil {
				s.keep(func() *keptResult { return keptOne(job.ID, outcomeOf(isNew)) })
			}
			return err
		})
		if err == nil && isNew {
			d.tellJobs()
		}
		return job, err
	}, func(ctx context.Context, kept *keptResult) (*model.Job, error) {
		isNew = kept.row().Outcome == model.RowOutcomeCreated
		return d.keptJob(ctx, kept)
	})
	return job, isNew, err
}

func outcomeOf(isNew bool) model.RowOutcome {
	if isNew {
		return model.RowOutcomeCreated
	}
	return model.RowOutcomeUnchanged
}

func (s scope) startImport(ctx context.Context, job *model.Job, repeat bool) (*model.Job, bool, error) {
	if repeat {
		_, err := s.update((*model.Job)(nil)).Set("fingerprint = NULL").Where("fingerprint = ?", *job.Fingerprint).Exec(ctx)
		if err != nil {
			return nil, false, err
		}
		return s.insertShared(ctx, job)
	}
	return s.findOrStart(ctx, job)
}

// findOrStart stores a job, unless one with its fingerprint waits, runs or is done: then it returns that.
func (s scope) findOrStart(ctx context.Context, job *model.Job) (*model.Job, bool, error) {
	var jobs []*model.Job
	err := s.selectAny(&jobs).Where("job.fingerprint = ?", *job.Fingerprint).
		Where("job.state IN ('WAITING', 'RUNNING', 'DONE')").Scan(ctx)
	if err != nil {
		return nil, false, err
	}
	if len(jobs) > 0 {
		return jobs[0], false, s.shareJob(ctx, jobs[0])
	}
	return s.insertShared(ctx, job)
}

// insertShared stores a job with a fingerprint. It returns errRace where there is one.
func (s scope) insertShared(ctx context.Context, job *model.Job) (*model.Job, bool, error) {
	if err := s.checkJobQuota(ctx); err != nil {
		return nil, false, err
	}
	_, err := insertInto(s, []*model.Job{job}).Exec(ctx)
	if s.dialect.isDuplicate(err) { // somebody else was faster
		err = errRace
	}
	return job, true, err
}

// shareJob has a job shown to the actor's credential. It takes one statement, none for its own jobs.
func (s scope) shareJob(ctx context.Context, job *model.Job) error {
	own := credentialOf(s.actor)
	if job.Credential == own {
		return nil
	}
	sharer := &model.JobSharer{JobID: job.ID, Credential: own}
	_, err := insertInto(s, []*model.JobSharer{sharer}).On("CONFLICT DO NOTHING").Exec(ctx)
	return err
}

// JobOutcomes returns what became of rows of an import, or of an undo, that Job answers, those after a row, of some
// kinds where they are given, in the order of rows. It returns BAD_USER_INPUT and LIMIT_EXCEEDED for first. It takes
// one statement.
func (d *DB) JobOutcomes(ctx context.Context, jobID string, kinds []model.RowOutcome, after int64, first int,
) ([]*model.JobOutcome, error) {
	if err := CheckFirst(first, MaxOutcomes); err != nil {
		return nil, err
	}
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	outcomes := []*model.JobOutcome{}
	visible := s.myJobs((*model.Job)(nil)).Column("id").Where("job.id = ?", jobID)
	q := s.selectAny(&outcomes).Where("job_outcome.job_id IN (?)", visible).
		Where("job_outcome.row_number > ?", after).OrderExpr("job_outcome.row_number").Limit(int64(first))
	if kinds != nil {
		q.Where("job_outcome.outcome IN (?)", bun.List(append(slices.Clone(kinds), "")))
	}
	return outcomes, q.Scan(ctx)
}
