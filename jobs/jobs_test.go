package jobs_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"callbook/auth"
	"callbook/db"
	"callbook/db/dbtest"
	"callbook/jobs"
	"callbook/model"
)

func TestMain(m *testing.M) {
	auth.SetAuditLog(slog.New(slog.DiscardHandler))
	dbtest.Main(m)
}

// eventually waits, for a minute at most, until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(time.Minute); !holds(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("not in time: %s", what)
		}
	}
}

// run runs jobs over a database until the test ends, or stop is called.
func run(t *testing.T, d *db.DB, kinds map[model.JobKind]jobs.Kind) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		jobs.NewRunner(jobs.Options{DB: d, Kinds: kinds}).Run(ctx)
	}()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)
	return stop
}

// alone opens a database of the test's own, so that runners of other tests take none of its jobs, on all engines at
// once.
func alone(t *testing.T, test func(t *testing.T, e *dbtest.Env)) {
	t.Helper()
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		t.Parallel()
		test(t, dbtest.NewEnv(t, engine, dsn))
	})
}

func jobNow(t *testing.T, e *dbtest.Env, id string) *model.Job {
	t.Helper()
	job, err := e.DB.Job(e.Ctx, id)
	if err != nil || job == nil {
		t.Fatalf("the job: got %v, %v, want one", job, err)
	}
	return job
}

var export = model.ExportInput{Entity: model.ExportEntityCalls, Dataset: model.CallDatasetDefault,
	Format: model.ExportFormatCSV, TimeZone: "UTC", Columns: []string{"id"}}

func start(t *testing.T, ctx context.Context, d *db.DB) *model.Job {
	t.Helper()
	job, err := d.StartJob(ctx, model.JobKindExport, export)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// TestExportJob runs an export, and reads its file; a filter with an empty list stays one.
func TestExportJob(t *testing.T) {
	t.Parallel()
	alone(t, func(t *testing.T, e *dbtest.Env) {
		for _, id := range []string{"a", "b"} {
			if _, err := e.DB.CreateCall(e.Ctx, model.CreateCallInput{ID: &id}); err != nil {
				t.Fatal(err)
			}
		}
		run(t, e.DB, nil)
		none := export
		none.CallFilter = &model.CallFilter{ID: &model.IDFilter{In: []string{}}}
		for want, in := range map[string]model.ExportInput{"id\na\nb\n": export, "id\n": none} {
			job, err := e.DB.StartJob(e.Ctx, model.JobKindExport, in)
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, "the job is done", func() bool { return jobNow(t, e, job.ID).HasEnded() })
			job = jobNow(t, e, job.ID)
			if job.State != model.JobStateDone || job.FileID == nil {
				t.Fatalf("the job: got %s, %v, want it done", job.State, job.Error())
			}
			file, err := e.DB.File(e.Ctx, *job.FileID)
			if err != nil || file == nil {
				t.Fatalf("its file: got %v, %v", file, err)
			}
			if text, err := io.ReadAll(e.DB.OpenFile(e.Ctx, file)); string(text) != want || err != nil {
				t.Errorf("its file: got %q, %v, want %q", text, err, want)
			}
			if rows := int64(strings.Count(want, "\n") - 1); job.RowsWritten != rows || *job.RowsTotal != rows {
				t.Errorf("its rows: got %d of %d, want %d", job.RowsWritten, *job.RowsTotal, rows)
			}
		}
	})
}

// waits is a kind of job that stores a position, says so, and waits until it is to end.
func waits(positions chan<- int) map[model.JobKind]jobs.Kind {
	return map[model.JobKind]jobs.Kind{model.JobKindExport: {
		Needs: func(*model.Job) ([]model.Permission, error) { return []model.Permission{model.PermissionExport}, nil },
		Work: func(ctx context.Context, run *jobs.Run) error {
			var position int
			if _, err := run.Position(&position); err != nil {
				return err
			}
			if err := run.Save(ctx, position+1); err != nil {
				return err
			}
			positions <- position
			<-ctx.Done()
			return ctx.Err()
		},
	}}
}

// TestCancelJob cancels a job that runs: it stops, and stays cancelled.
func TestCancelJob(t *testing.T) {
	t.Parallel()
	alone(t, func(t *testing.T, e *dbtest.Env) {
		positions := make(chan int, 10)
		stop := run(t, e.DB, waits(positions))
		job := start(t, e.Ctx, e.DB)
		<-positions
		if cancelled, err := e.DB.CancelJob(e.Ctx, job.ID); err != nil || cancelled.State != model.JobStateCancelled {
			t.Fatalf("got %v, %v, want it cancelled", cancelled, err)
		}
		next := start(t, e.Ctx, e.DB)
		<-positions
		stop() // it hands back what runs, and waits for what was cancelled
		if is := jobNow(t, e, job.ID); is.State != model.JobStateCancelled {
			t.Errorf("the job: got %s, want CANCELLED", is.State)
		}
		if is := jobNow(t, e, next.ID); is.State != model.JobStateWaiting || is.ClaimedBy != nil {
			t.Errorf("the next one, after the runner has stopped: got %s, want WAITING", is.State)
		}
		run(t, e.DB, waits(positions))
		if position := <-positions; position != 1 {
			t.Errorf("the next one goes on at %d, want 1", position)
		}
	})
}

// TestLostJob has the process of a job go without a word: another one takes the job over, from its position.
func TestLostJob(t *testing.T) {
	t.Parallel()
	alone(t, func(t *testing.T, e *dbtest.Env) {
		dying, err := db.Open(e.Ctx, db.Options{DSN: e.DSN, Now: e.Clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		job := start(t, e.Ctx, e.DB)
		claimed, err := db.NewJobQueue(dying, func(string) bool { return true }).Next(context.Background())
		if err != nil || claimed == nil || claimed.ID != job.ID {
			t.Fatalf("got %v, %v, want the job", claimed, err)
		}
		claimed.Position = "7"
		if err := errors.Join(dying.SaveJob(e.Ctx, claimed), dying.Close()); err != nil {
			t.Fatal(err)
		}
		positions := make(chan int, 10)
		run(t, e.DB, waits(positions))
		if position := <-positions; position != 7 {
			t.Errorf("the job goes on at %d, want 7", position)
		}
	})
}

// TestRightsOfJob revokes the key of a job that runs: it stops and says why.
func TestRightsOfJob(t *testing.T) {
	t.Parallel()
	alone(t, func(t *testing.T, e *dbtest.Env) {
		key, _, err := e.DB.CreateAPIKey(e.Ctx, model.CreateAPIKeyInput{Name: "x", Roles: []model.Role{model.RoleAnalyst}})
		if err != nil {
			t.Fatal(err)
		}
		positions := make(chan int, 10)
		run(t, e.DB, waits(positions))
		job := start(t, model.WithActor(e.Ctx, key.Actor()), e.DB)
		<-positions
		if _, err := e.DB.RevokeAPIKey(e.Ctx, key.ID); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the job has ended", func() bool { return jobNow(t, e, job.ID).HasEnded() })
		is := jobNow(t, e, job.ID)
		if is.State != model.JobStateFailed || is.Error().Code != model.ErrorCodeUnauthenticated {
			t.Errorf("got %s, %v, want FAILED, UNAUTHENTICATED", is.State, is.Error())
		}
	})
}

// TestTurnsOfTenants has one tenant start many jobs and another one: the other's is the second that runs.
func TestTurnsOfTenants(t *testing.T) {
	t.Parallel()
	alone(t, func(t *testing.T, e *dbtest.Env) {
		for range 5 {
			start(t, e.Ctx, e.DB)
		}
		other, _ := dbtest.NewTenant(context.Background())
		start(t, other, e.DB)
		queue := db.NewJobQueue(e.DB, func(string) bool { return true })
		var tenants []int64
		for range 3 {
			job, err := queue.Next(context.Background())
			if err != nil || job == nil {
				t.Fatalf("got %v, %v, want a job", job, err)
			}
			tenants = append(tenants, job.TenantID)
		}
		if tenants[0] == tenants[1] {
			t.Errorf("tenants in turn: got %v, want two at first", tenants)
		}
	})
}

// TestJobsOnce has several processes claim the same jobs: each runs once.
func TestJobsOnce(t *testing.T) {
	t.Parallel()
	alone(t, func(t *testing.T, e *dbtest.Env) {
		second, err := db.Open(e.Ctx, db.Options{DSN: e.DSN, Now: e.Clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { second.Close() })
		var runs atomic.Int64
		kinds := map[model.JobKind]jobs.Kind{model.JobKindExport: {
			Needs: func(*model.Job) ([]model.Permission, error) { return nil, nil },
			Work:  func(context.Context, *jobs.Run) error { runs.Add(1); return nil },
		}}
		const n = 20
		for range n {
			start(t, e.Ctx, e.DB)
		}
		run(t, e.DB, kinds)
		run(t, second, kinds)
		eventually(t, "all jobs are done", func() bool {
			all, err := e.DB.Jobs(e.Ctx, &model.JobFilter{States: []model.JobState{model.JobStateDone}}, db.MaxJobs)
			return err == nil && len(all) == n
		})
		if got := runs.Load(); got != n {
			t.Errorf("runs: got %d, want %d", got, n)
		}
	})
}

// TestFileFolder stores files in a folder, and sweeps them when their time is over.
func TestFileFolder(t *testing.T) {
	t.Parallel()
	alone(t, func(t *testing.T, e *dbtest.Env) {
		folder := t.TempDir()
		d, err := db.Open(e.Ctx, db.Options{DSN: e.DSN, Now: e.Clock.Now, Files: folder})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		file, err := d.BeginFile(e.Ctx, db.NewFile{Kind: model.FileKindUpload, Name: "x"})
		text := strings.Repeat("0123456789", 300_000)
		if err == nil {
			err = errors.Join(d.Receive(e.Ctx, file, strings.NewReader(text)), d.FinishFile(e.Ctx, file))
		}
		got, readErr := io.ReadAll(d.OpenFile(e.Ctx, file))
		if err != nil || readErr != nil || string(got) != text {
			t.Errorf("got %d bytes, %v, %v, want %d", len(got), err, readErr, len(text))
		}
	})
}

// TestRetriedJob has a job fail by an error of the server: it waits and is tried again, five times at the most, and
// forgets its input then.
func TestRetriedJob(t *testing.T) {
	t.Parallel()
	alone(t, func(t *testing.T, e *dbtest.Env) {
		var attempts atomic.Int64
		run(t, e.DB, map[model.JobKind]jobs.Kind{model.JobKindExport: {
			Needs: func(*model.Job) ([]model.Permission, error) { return nil, nil },
			Work: func(context.Context, *jobs.Run) error {
				attempts.Add(1)
				return errors.New("the connection is lost")
			},
		}})
		job := start(t, e.Ctx, e.DB)
		for n := int64(1); n < 5; n++ {
			eventually(t, "the job waits again", func() bool {
				return attempts.Load() == n && jobNow(t, e, job.ID).State == model.JobStateWaiting
			})
			e.Clock.Set(e.Clock.Now().Add(time.Minute))
		}
		eventually(t, "the job has ended", func() bool { return jobNow(t, e, job.ID).HasEnded() })
		is := jobNow(t, e, job.ID)
		if is.State != model.JobStateFailed || is.Error().Code != model.ErrorCodeInternal || attempts.Load() != 5 ||
			is.Input != "{}" {
			t.Errorf("got %s, %v after %d attempts, with the input %s; want FAILED, INTERNAL after 5", is.State, is.Error(),
				attempts.Load(), is.Input)
		}
	})
}

// TestCancelDropsFile cancels a job whose process has gone with an open file: the file is gone, and the input.
func TestCancelDropsFile(t *testing.T) {
	t.Parallel()
	alone(t, func(t *testing.T, e *dbtest.Env) {
		job := start(t, e.Ctx, e.DB)
		claimed, err := db.NewJobQueue(e.DB, func(string) bool { return true }).Next(context.Background())
		if err != nil || claimed == nil {
			t.Fatalf("got %v, %v, want the job", claimed, err)
		}
		file, err := e.DB.BeginFile(e.Ctx, db.NewFile{Kind: model.FileKindExport, Name: "x"})
		if err != nil {
			t.Fatal(err)
		}
		claimed.Position = `{"fileId": "` + file.ID + `"}`
		if err := e.DB.SaveJob(e.Ctx, claimed); err != nil {
			t.Fatal(err)
		}
		if _, err := e.DB.CancelJob(e.Ctx, job.ID); err != nil {
			t.Fatal(err)
		}
		if file, err = e.DB.File(e.Ctx, file.ID); file != nil || err != nil {
			t.Errorf("the file: got %v, %v, want none", file, err)
		}
		if is := jobNow(t, e, job.ID); is.Input != "{}" {
			t.Errorf("the input: got %s, want none", is.Input)
		}
	})
}
