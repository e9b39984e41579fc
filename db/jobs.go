package db

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

const (
	// MaxJobs is how many jobs are answered at once at the most.
	MaxJobs = 100
	// maxJobsADay is how many jobs a tenant starts in 24 hours at the most: one a minute is more than people start.
	maxJobsADay = 1000
	// maxRowsADay is how many rows the jobs of a tenant read in 24 hours at the most: the whole of fifty million rows.
	maxRowsADay = 50_000_000
)

// StartJob stores a job of the actor's credential, which some process will run. It returns LIMIT_EXCEEDED where the
// tenant has started too many jobs within a day, or they have read too many rows. It takes two statements.
func (d *DB) StartJob(ctx context.Context, kind model.JobKind, input any) (*model.Job, error) {
	text, err := json.Marshal(input)
	if err != nil {
		return nil, err
	}
	return once(ctx, d, func(ctx context.Context) (job *model.Job, err error) {
		err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
			if err := s.checkJobQuota(ctx); err != nil {
				return err
			}
			job = s.newJob(ctx, kind, string(text))
			s.keep(func() *keptResult { return keptOne(job.ID, model.RowOutcomeCreated) })
			_, err := insertInto(s, []*model.Job{job}).Exec(ctx)
			return err
		})
		if err == nil {
			d.tellJobs()
		}
		return job, err
	}, d.keptJob)
}

// newJob returns a job of the actor's credential that waits.
func (s scope) newJob(ctx context.Context, kind model.JobKind, input string) *model.Job {
	return &model.Job{ID: newFileID(), Kind: kind, State: model.JobStateWaiting, Input: input,
		Starter: model.JobStarter(ctx), Credential: credentialOf(s.actor), CreatedBy: s.actor.Name, CreatedAt: s.now,
		ExpiresAt: s.now.Add(FileLife), DueAt: s.now}
}

// keptJob returns the job that a step was about, as it is now.
func (d *DB) keptJob(ctx context.Context, kept *keptResult) (*model.Job, error) {
	job, err := d.Job(ctx, kept.row().Key)
	if job == nil && err == nil {
		err = erased("job")
	}
	return job, err
}

func (s scope) checkJobQuota(ctx context.Context) error {
	jobs, rows, err := s.jobsOfDay(ctx)
	switch {
	case err != nil:
		return err
	case jobs >= maxJobsADay:
		return model.LimitExceeded("", "the tenant has started %d jobs within 24 hours; at most %d", jobs, maxJobsADay)
	case rows >= maxRowsADay:
		return model.LimitExceeded("", "the tenant's jobs have read %d rows within 24 hours; at most %d", rows, maxRowsADay)
	}
	return nil
}

// jobsOfDay returns how many jobs the tenant has started within 24 hours, and how many rows they have read.
func (s scope) jobsOfDay(ctx context.Context) (jobs, rows int64, err error) {
	err = s.selectAny((*model.Job)(nil)).ColumnExpr("COUNT(*), CAST(COALESCE(SUM(rows_read), 0) AS BIGINT)").
		Where("job.created_at > ?", s.now.Add(-24*time.Hour)).Scan(ctx, &jobs, &rows)
	return jobs, rows, err
}

// RowsLeftToday returns how many rows the jobs of the actor's tenant may still read, of those of 24 hours. It takes one
// statement.
func (d *DB) RowsLeftToday(ctx context.Context) (int64, error) {
	s, err := d.read(ctx)
	if err != nil {
		return 0, err
	}
	_, rows, err := s.jobsOfDay(ctx)
	return max(0, maxRowsADay-rows), err
}

// Job returns a job that the actor's credential has started, or asked for after somebody else had started it, for
// administrators any of the tenant; nil where there is none. It takes one statement.
func (d *DB) Job(ctx context.Context, id string) (*model.Job, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var jobs []*model.Job
	err = s.myJobs(&jobs).Where("job.id = ?", id).Scan(ctx)
	return firstRow(jobs), err
}

// myJobs is mine for jobs, with those that the actor's credential has asked for after somebody else had started them.
func (s scope) myJobs(rows any) *bun.SelectQuery {
	if s.actor.May(model.PermissionAdmin) && !s.actor.OwnOnly {
		return s.selectAny(rows)
	}
	own := credentialOf(s.actor)
	shared := s.selectAny((*model.JobSharer)(nil)).Column("job_id").Where("job_sharer.credential = ?", own)
	return s.selectAny(rows).Where("(job.credential = ? OR job.id IN (?))", own, shared)
}

// ownJob returns a job that the actor's credential has started, for administrators any of the tenant.
func (s scope) ownJob(ctx context.Context, id string) (*model.Job, error) {
	var jobs []*model.Job
	err := s.mine(&jobs).Where("job.id = ?", id).Scan(ctx)
	return firstRow(jobs), err
}

// Jobs returns jobs as Job does, the latest first, of some kinds and in some states where they are given. It returns
// BAD_USER_INPUT and LIMIT_EXCEEDED for first. It takes one statement.
func (d *DB) Jobs(ctx context.Context, filter *model.JobFilter, first int) ([]*model.Job, error) {
	if err := CheckFirst(first, MaxJobs); err != nil {
		return nil, err
	}
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	jobs := []*model.Job{}
	q := s.myJobs(&jobs).OrderExpr("job.created_at DESC, job.id DESC").Limit(int64(first))
	if filter != nil {
		if filter.Kinds != nil {
			q.Where("job.kind IN (?)", bun.List(append(slices.Clone(filter.Kinds), "")))
		}
		if filter.States != nil {
			q.Where("job.state IN (?)", bun.List(append(slices.Clone(filter.States), "")))
		}
	}
	return jobs, q.Scan(ctx)
}

// CancelJob cancels a job of the actor's credential, or for administrators any of the tenant, and returns it as it is
// then; one that has ended stays as it is. The process that runs it notices within half a second. It returns NOT_FOUND
// where there is none. What it was asked to do is forgotten, and a file that it had begun is dropped. It takes two
// statements, and one for the file.
func (d *DB) CancelJob(ctx context.Context, id string) (*model.Job, error) {
	return once(ctx, d, func(ctx context.Context) (job *model.Job, err error) {
		err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
			if job, err = s.ownJob(ctx, id); err != nil {
				return err
			}
			if job == nil {
				return model.NotFound("id", "there is no job with the id %s", text.Quote(id))
			}
			s.keep(func() *keptResult { return keptOne(id, model.RowOutcomeUpdated) })
			if job.HasEnded() {
				return nil
			}
			job.State, job.EndedAt, job.ExpiresAt = model.JobStateCancelled, &s.now, s.now.Add(FileLife)
			_, err := s.update((*model.Job)(nil)).
				Set("state = ?, ended_at = ?, expires_at = ?", job.State, job.EndedAt, job.ExpiresAt).Set(forgetJobInput).
				Where("id = ? AND ended_at IS NULL", id).Exec(ctx)
			if file := job.OpenFileID(); file != "" && err == nil {
				err = s.dropFile(ctx, file, job.Credential)
			}
			return err
		})
		if err == nil {
			d.tellJobs()
			d.background.sweepSoon()
		}
		return job, err
	}, d.keptJob)
}

// forgetJobInput is for jobs that end: their input may have telephone numbers in its filter, and nobody reads it again.
const forgetJobInput = "input = '{}', position = ''"

// tellJobs tells the process's own runner that there is something new.
func (d *DB) tellJobs() {
	select {
	case d.jobsChanged <- struct{}{}:
	default: // it knows
	}
}

// JobsChanged holds an element when a job was started or cancelled by this process.
func (d *DB) JobsChanged() <-chan struct{} { return d.jobsChanged }

// Now returns the time by the database's clock.
func (d *DB) Now() time.Time { return model.Canonical(d.now()) }
