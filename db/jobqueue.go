package db

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

// jobLost is how long a running job shows no heartbeat until another process takes it over: ClaimJob. Heartbeats are
// shown each half second.
const jobLost = 3 * time.Second

// ErrJobTaken says that a job is not the caller's any more: it was cancelled, or another process has taken it over.
var ErrJobTaken = errors.New("db: the job was cancelled or taken over")

// JobQueue claims jobs of all tenants for this process. It belongs to one goroutine.
type JobQueue struct {
	db *DB
	// runs reports whether this process runs a job that it has claimed.
	runs  func(id string) bool
	beats map[string]jobBeat // of jobs that others run, by key
}

// jobBeat is the last heartbeat that was seen of a job.
type jobBeat struct {
	heartbeat int64
	seenAt    time.Time
}

// NewJobQueue returns a queue over a database. runs reports whether this process runs a job.
func NewJobQueue(d *DB, runs func(id string) bool) *JobQueue {
	return &JobQueue{db: d, runs: runs, beats: map[string]jobBeat{}}
}

// Next claims the job that is due next, and returns it as its tenant's; nil where there is none. Tenants that have
// fewer jobs running come first, and within a tenant the older jobs. A job whose process shows no heartbeat any more is
// taken over. It takes one statement, and two where it claims a job.
func (q *JobQueue) Next(ctx context.Context) (*model.Job, error) {
	const few = 8 // others may be faster for some
	jobs, err := q.db.queuedJobs(ctx, few)
	if err != nil {
		return nil, err
	}
	running := map[string]jobBeat{}
	for _, job := range jobs {
		if job.State == model.JobStateRunning && !q.isLost(job, running) {
			continue
		}
		claimed, err := q.claim(ctx, job)
		if claimed != nil || err != nil {
			return claimed, err
		}
	}
	q.beats = running
	return nil, nil
}

// isLost reports whether the process that runs a job has shown no heartbeat for jobLost. Clocks of processes are not
// compared.
func (q *JobQueue) isLost(job *model.Job, running map[string]jobBeat) bool {
	if job.ClaimedBy != nil && *job.ClaimedBy == q.db.claims.process && q.runs(job.ID) {
		return false
	}
	beat, known := q.beats[job.ID]
	if !known || beat.heartbeat != job.Heartbeat {
		beat = jobBeat{job.Heartbeat, time.Now()}
	}
	running[job.ID] = beat
	return time.Since(beat.seenAt) >= jobLost
}

// claim claims a job that waits, or that nobody runs any more, unless somebody else is faster: then it returns nil.
func (q *JobQueue) claim(ctx context.Context, job *model.Job) (claimed *model.Job, err error) {
	ctx = model.WithActor(ctx, jobActor(job.TenantID))
	err = q.db.writeShort(ctx, func(ctx context.Context, s scope) error {
		claimed = nil
		n, err := s.execReady(ctx, writeShape{name: "claimJob"}, func() string {
			return "UPDATE jobs SET state = 'RUNNING', claimed_by = $3, heartbeat = heartbeat + 1, started_at = $4," +
				" progressed_at = $4, attempts = attempts + 1 WHERE tenant_id = $1 AND id = $2 AND heartbeat = $5" +
				" AND state IN ('WAITING', 'RUNNING')"
		}, job.ID, q.db.claims.process, s.now, job.Heartbeat)
		if n == 0 || err != nil {
			return err
		}
		var rows []*model.Job
		err = s.selectAny(&rows).Where("job.id = ?", job.ID).Scan(ctx)
		claimed = firstRow(rows)
		return err
	})
	return claimed, err
}

// jobActor is who keeps the rows of jobs. What a job does, it does as its starter.
func jobActor(tenantID int64) model.Actor {
	return model.Actor{TenantID: tenantID, Name: "jobs", Credential: "jobs"}
}

// BeatJob shows that this process runs a job, and where progress is true stores how far it is. It returns ErrJobTaken
// where the job is not this process's any more. It takes one statement.
func (d *DB) BeatJob(ctx context.Context, job *model.Job, progress bool) error {
	return d.changeJob(ctx, job, func(s scope, q *bun.UpdateQuery) {
		if progress {
			q.Set("rows_total = ?, rows_read = ?, rows_written = ?, rows_failed = ?, progressed_at = ?",
				job.RowsTotal, job.RowsRead, job.RowsWritten, job.RowsFailed, s.now)
		}
	})
}

// SaveJob stores from where a job is to go on when its process ends, with how far it is. Errors and statements are
// those of BeatJob.
func (d *DB) SaveJob(ctx context.Context, job *model.Job) error {
	return d.changeJob(ctx, job, func(s scope, q *bun.UpdateQuery) {
		q.Set("position = ?, rows_total = ?, rows_read = ?, rows_written = ?, rows_failed = ?, progressed_at = ?",
			job.Position, job.RowsTotal, job.RowsRead, job.RowsWritten, job.RowsFailed, s.now)
	})
}

// EndJob ends a job as done, or with a failure that is not nil, and forgets what it was asked to do. Errors and
// statements are those of BeatJob.
func (d *DB) EndJob(ctx context.Context, job *model.Job, failure *model.JobFailure) error {
	return d.changeJob(ctx, job, func(s scope, q *bun.UpdateQuery) {
		job.State = model.JobStateDone
		if failure != nil {
			job.State = model.JobStateFailed
			text, err := json.Marshal(failure)
			if err != nil {
				panic(err) // it is texts
			}
			job.Failure = new(string(text))
		}
		job.EndedAt, job.ExpiresAt = &s.now, s.now.Add(FileLife)
		q.Set("state = ?, failure = ?, file_id = ?, ended_at = ?, expires_at = ?, claimed_by = NULL", job.State,
			job.Failure, job.FileID, s.now, job.ExpiresAt).Set(forgetJobInput).
			Set("rows_total = ?, rows_read = ?, rows_written = ?, rows_failed = ?, progressed_at = ?",
				job.RowsTotal, job.RowsRead, job.RowsWritten, job.RowsFailed, s.now)
	})
}

// HandBackJob has a job wait again, for another process, as if this one had not tried it. Errors and statements are
// those of BeatJob.
func (d *DB) HandBackJob(ctx context.Context, job *model.Job) error {
	return d.changeJob(ctx, job, func(_ scope, q *bun.UpdateQuery) {
		q.Set("state = ?, claimed_by = NULL, attempts = attempts - 1", model.JobStateWaiting)
	})
}

// RetryJob has a job wait again, for some time, after an attempt that an error has ended. Errors and statements are
// those of BeatJob.
func (d *DB) RetryJob(ctx context.Context, job *model.Job, wait time.Duration) error {
	return d.changeJob(ctx, job, func(s scope, q *bun.UpdateQuery) {
		q.Set("state = ?, claimed_by = NULL, due_at = ?", model.JobStateWaiting, s.now.Add(wait))
	})
}

// changeJob changes the row of a job that this process runs.
func (d *DB) changeJob(ctx context.Context, job *model.Job, set func(scope, *bun.UpdateQuery)) error {
	actor, hasActor := model.ActorFrom(ctx)
	if !hasActor {
		return errNoActor
	}
	ctx = model.WithActor(ctx, jobActor(actor.TenantID))
	return d.writeShort(ctx, func(ctx context.Context, s scope) error {
		q := s.update((*model.Job)(nil)).Set("heartbeat = heartbeat + 1").
			Where("id = ? AND state = ? AND claimed_by = ?", job.ID, model.JobStateRunning, d.claims.process)
		set(s, q)
		result, err := q.Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); n == 0 || err != nil {
			return orError(err, ErrJobTaken)
		}
		return nil
	})
}
