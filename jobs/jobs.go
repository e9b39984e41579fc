// Package jobs runs work that goes on after the request that started it: a runner for each process, which claims jobs
// from the database's queue, and the kinds of jobs. It also writes exports, and signs links to files.
package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"callbook/auth"
	"callbook/db"
	"callbook/model"
)

const (
	// DefaultRunning is how many jobs a process runs at once: they are to leave processors to requests.
	DefaultRunning = 2
	pollInterval   = time.Second            // between two looks for jobs of other processes
	beatInterval   = 500 * time.Millisecond // between two heartbeats; every other one stores the progress
	endTimeout     = 10 * time.Second       // for storing how a job has ended
	// maxAttempts is how often a job is begun that errors of the server, or the end of its process, have ended.
	maxAttempts = 5
	// firstRetryWait is the wait after the first of them; each further one is twice as long.
	firstRetryWait = 2 * time.Second
)

var (
	errStopping   = errors.New("jobs: the process stops")
	errRightsLost = errors.New("jobs: the starter's rights are lost")
)

// Kind is a kind of job.
type Kind struct {
	// Needs returns the permissions that the starter must have as long as the job runs.
	Needs func(*model.Job) ([]model.Permission, error)
	// Work does the job, from run.Position. Its context acts for the starter; it ends when the job is cancelled, when the
	// starter's rights are lost, and when the process stops: then Work returns soon, with any error.
	Work func(ctx context.Context, run *Run) error
}

// Run is a job that runs. Methods may be called by one goroutine.
type Run struct {
	DB *db.DB

	spoolFolder string
	present     func(context.Context) (model.Actor, error)
	mu          sync.Mutex // guards job
	job         *model.Job
	read        atomic.Int64
	written     atomic.Int64
	failed      atomic.Int64
	total       atomic.Int64 // -1 where it is not known
}

// Input reads the job's input.
func (r *Run) Input(into any) error { return json.Unmarshal([]byte(r.job.Input), into) }

// Position reads from where the job goes on, as Save has stored it, and reports whether it does.
func (r *Run) Position(into any) (goesOn bool, err error) {
	if r.job.Position == "" {
		return false, nil
	}
	return true, json.Unmarshal([]byte(r.job.Position), into)
}

// SetTotal says how many rows there are in all.
func (r *Run) SetTotal(rows int64) { r.total.Store(rows) }

// SetProgress says how many rows have been read, written and refused. It is stored once a second.
func (r *Run) SetProgress(read, written, failed int64) {
	r.read.Store(read)
	r.written.Store(written)
	r.failed.Store(failed)
}

// Save stores from where the job is to go on when its process ends, with its progress. It returns db.ErrJobTaken where
// the job is not this process's any more. It takes one statement.
func (r *Run) Save(ctx context.Context, position any) error {
	text, err := json.Marshal(position)
	if err != nil {
		return err
	}
	return r.change(func(job *model.Job) error {
		job.Position = string(text)
		return r.DB.SaveJob(ctx, job)
	})
}

// Present returns the context with the job's starter as its rights are now. It returns an error where they are lost.
func (r *Run) Present(ctx context.Context) (context.Context, error) {
	actor, err := r.present(ctx)
	if err != nil && model.AsErrors(err) != nil {
		err = errors.Join(errRightsLost, err)
	}
	return model.WithActor(ctx, actor), err
}

// Now returns a copy of the job.
func (r *Run) Now() model.Job {
	r.mu.Lock()
	defer r.mu.Unlock()
	return *r.job
}

// Stepped notes what a transaction has stored of the job: its position, its progress, and its counts.
func (r *Run) Stepped(job *model.Job) {
	r.SetProgress(job.RowsRead, job.RowsWritten, job.RowsFailed)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.job.Position, r.job.Counts, r.job.Attempts = job.Position, job.Counts, 1
}

// Done says which file the job has made.
func (r *Run) Done(file *model.StoredFile) { r.job.FileID = &file.ID }

// change calls fn with the job and its progress.
func (r *Run) change(fn func(*model.Job) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.job.RowsRead, r.job.RowsWritten, r.job.RowsFailed = r.read.Load(), r.written.Load(), r.failed.Load()
	if total := r.total.Load(); total >= 0 {
		r.job.RowsTotal = &total
	}
	return fn(r.job)
}

// Options say how jobs are run.
type Options struct {
	DB *db.DB
	// Running is how many run at once in this process; DefaultRunning where 0.
	Running int
	// SpoolFolder is where temporary files are; the system's where empty.
	SpoolFolder string
	// Kinds are the kinds of jobs; Kinds() where nil.
	Kinds map[model.JobKind]Kind
}

// Runner runs the jobs of a database in this process.
type Runner struct {
	Options
	queue *db.JobQueue
	ended chan string
	under map[string]bool // keys of the jobs that run
	work  sync.WaitGroup
}

// Kinds returns all kinds of jobs.
func Kinds() map[model.JobKind]Kind {
	return map[model.JobKind]Kind{
		model.JobKindExport: {Needs: exportNeeds, Work: exportRows},
		model.JobKindImport: {Needs: importNeeds, Work: importFile},
		model.JobKindUndo:   {Needs: undoNeeds, Work: undoImport},
	}
}

// NewRunner returns a runner.
func NewRunner(o Options) *Runner {
	if o.Running <= 0 {
		o.Running = DefaultRunning
	}
	if o.Kinds == nil {
		o.Kinds = Kinds()
	}
	r := &Runner{Options: o, ended: make(chan string), under: map[string]bool{}}
	r.queue = db.NewJobQueue(o.DB, func(id string) bool { return r.under[id] })
	return r
}

// Run runs jobs until ctx ends. Then it hands those that run back to the queue, for other processes, and returns.
func (r *Runner) Run(ctx context.Context) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for ctx.Err() == nil {
		r.startJobs(ctx)
		select {
		case id := <-r.ended:
			delete(r.under, id)
		case <-tick.C:
		case <-r.DB.JobsChanged():
		case <-ctx.Done():
		}
	}
	go func() {
		r.work.Wait()
		close(r.ended)
	}()
	for id := range r.ended {
		delete(r.under, id)
	}
}

// startJobs claims jobs while there is room for them.
func (r *Runner) startJobs(ctx context.Context) {
	for len(r.under) < r.Running && ctx.Err() == nil {
		job, err := r.queue.Next(ctx)
		if err != nil && ctx.Err() == nil {
			slog.Warn("the queue of jobs cannot be read; the next look tries again", "error", err)
		}
		if job == nil || err != nil {
			return
		}
		r.under[job.ID] = true
		r.work.Go(func() {
			r.runJob(ctx, job)
			r.ended <- job.ID
		})
	}
}

// runJob runs a job to its end, or hands it back.
func (r *Runner) runJob(stopping context.Context, job *model.Job) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(stopping))
	defer cancel(nil)
	defer context.AfterFunc(stopping, func() { cancel(errStopping) })()
	run := &Run{DB: r.DB, spoolFolder: r.SpoolFolder, job: job}
	run.present = func(ctx context.Context) (model.Actor, error) { return r.rightsOf(ctx, job) }
	run.total.Store(-1)
	run.SetProgress(job.RowsRead, job.RowsWritten, job.RowsFailed)
	actor, err := r.rightsOf(ctx, job)
	ctx = model.WithActor(ctx, actor)
	switch {
	case job.Attempts > maxAttempts:
		err = &model.Error{Code: model.ErrorCodeInternal, Message: "the job was given up: the processes that ran it ended"}
	case err == nil:
		err = r.doWithBeats(ctx, cancel, run)
	}
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	r.end(ctx, run, actor, err)
}

// doWithBeats calls the work of the job's kind, and shows meanwhile that it runs. It cancels ctx at the end.
func (r *Runner) doWithBeats(ctx context.Context, cancel context.CancelCauseFunc, run *Run) error {
	beats := make(chan struct{})
	go func() {
		defer close(beats)
		r.beat(ctx, cancel, run)
	}()
	err := r.do(ctx, run)
	cancel(nil)
	<-beats
	return err
}

// do calls the work of the job's kind.
func (r *Runner) do(ctx context.Context, run *Run) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return r.Kinds[run.job.Kind].Work(ctx, run)
}

// rightsOf returns the starter of a job with its present rights. It returns UNAUTHENTICATED where the credential has
// ended, and FORBIDDEN where it lacks what the kind of job needs.
func (r *Runner) rightsOf(ctx context.Context, job *model.Job) (model.Actor, error) {
	nobody := model.Actor{TenantID: job.TenantID, Credential: job.Credential, Name: job.CreatedBy}
	var rights model.CredentialRights
	if err := json.Unmarshal([]byte(job.Starter), &rights); err != nil {
		return nobody, err
	}
	actor, err := r.DB.PresentActor(ctx, job.TenantID, rights)
	if err != nil {
		return nobody, err
	}
	kind, isKnown := r.Kinds[job.Kind]
	if !isKnown {
		return nobody, fmt.Errorf("jobs: the kind %s is not known", job.Kind)
	}
	needs, err := kind.Needs(job)
	if err != nil {
		return nobody, err
	}
	for _, p := range needs {
		if !actor.May(p) {
			return nobody, model.Forbidden("", "the job takes the permission %s, which %s lacks", p, actor.Name)
		}
	}
	return actor.For(needs, nil), nil
}

// beat shows that the job runs, stores its progress, and looks after its starter's rights, until ctx ends. It cancels
// the job where it is not this process's any more, or the rights are lost.
func (r *Runner) beat(ctx context.Context, cancel context.CancelCauseFunc, run *Run) {
	tick := time.NewTicker(beatInterval)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		isSecond := n%2 == 0
		err := run.change(func(job *model.Job) error { return r.DB.BeatJob(ctx, job, isSecond) })
		if errors.Is(err, db.ErrJobTaken) {
			cancel(err)
			return
		}
		if !isSecond {
			continue
		}
		if _, err := r.rightsOf(ctx, run.job); model.AsErrors(err) != nil {
			cancel(errors.Join(errRightsLost, err))
			return
		}
	}
}

// end stores how a job has ended. Where the process stops, or cannot store it, the job is there for others.
func (r *Runner) end(ctx context.Context, run *Run, actor model.Actor, err error) {
	ctx, cancel := context.WithTimeout(model.WithActor(context.WithoutCancel(ctx), actor), endTimeout)
	defer cancel()
	job := run.job
	if err != nil && job.OpenFileID() != "" {
		_ = r.DB.DropFile(ctx, job.OpenFileID()) // else it goes when its time is over
	}
	switch {
	case errors.Is(err, db.ErrJobTaken):
		slog.Info("a job was cancelled, or another process has taken it over", "job", job.ID)
		return
	case errors.Is(err, errStopping):
		err = run.change(func(job *model.Job) error { return r.DB.HandBackJob(ctx, job) })
	case isOfServer(err) && job.Attempts < maxAttempts:
		wait := firstRetryWait << max(0, job.Attempts-1)
		slog.Warn("a job is tried again", "job", job.ID, "attempt", job.Attempts, "in", wait, "error", err)
		err = run.change(func(job *model.Job) error { return r.DB.RetryJob(ctx, job, wait) })
	default:
		failure := failureOf(err, job)
		err = run.change(func(job *model.Job) error { return r.DB.EndJob(ctx, job, failure) })
		details := []any{"job", job.ID, "kind", job.Kind, "rows", job.RowsWritten}
		if failure != nil {
			details = append(details, "failure", failure.Message)
		}
		auth.Audit(ctx, "job ended", actor, details...)
	}
	if errors.Is(err, db.ErrJobTaken) && job.FileID != nil {
		_ = r.DB.DropFile(ctx, *job.FileID) // that of a job which was cancelled before its end was stored
	} else if err != nil && !errors.Is(err, db.ErrJobTaken) {
		slog.Warn("how a job ended is not stored; it will run again", "job", job.ID, "error", err)
	}
}

// isOfServer reports whether an error is the server's, such as a lost connection, so that another attempt may succeed.
func isOfServer(err error) bool {
	if err == nil || errors.Is(err, errRightsLost) {
		return false
	}
	known := model.AsErrors(err)
	return known == nil || known[0].Code == model.ErrorCodeUnavailable
}

// failureOf returns what is shown of an error, nil for none.
func failureOf(err error, job *model.Job) *model.JobFailure {
	if err == nil {
		return nil
	}
	if known := model.AsErrors(err); known != nil {
		message := known[0].Error()
		if errors.Is(err, errRightsLost) {
			message = "the job was stopped: " + message
		}
		return &model.JobFailure{Code: known[0].Code, Message: message}
	}
	slog.Error("a job has failed", "job", job.ID, "kind", job.Kind, "error", err)
	return &model.JobFailure{Code: model.ErrorCodeInternal,
		Message: "internal error; the server's log has the details under the job's id " + job.ID}
}
