package tests

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/jobs"
	"callbook/model"
	"callbook/tests/harness"
)

// manyCalls returns a table of calls.
func manyCalls(n int) string {
	var b strings.Builder
	b.WriteString("id,name,callType,description\n")
	for i := range n {
		fmt.Fprintf(&b, "call-%06d,Name %d,OUTBOUND,%s\n", i, i, strings.Repeat("text ", 20))
	}
	return b.String()
}

// importAs stores a file and starts its import, by a key of a manager.
func importAs(t *testing.T, by context.Context, d *db.DB, name, content string,
) (context.Context, *model.APIKey, *model.Job) {
	t.Helper()
	key, _, err := d.CreateAPIKey(by, model.CreateAPIKeyInput{Name: name, Roles: []model.Role{model.RoleManager}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := model.WithActor(by, key.Actor())
	file, err := d.BeginFile(ctx, db.NewFile{Kind: model.FileKindUpload, Name: "calls.csv",
		Needs: jobs.ImportPermissions})
	if err == nil {
		err = d.Receive(ctx, file, strings.NewReader(content))
	}
	if err == nil {
		err = d.FinishFile(ctx, file)
	}
	if err != nil {
		t.Fatal(err)
	}
	in := jobs.ImportInput{FileID: file.ID, Kind: model.ImportKindCalls, Options: model.ImportOptions{
		Mode: model.ImportModeUpsert, Policy: model.BatchPolicyValidRows, TimeZone: "UTC"}}
	job, _, err := d.StartImport(ctx, file.ID, in.Kind, in, in.Fingerprint(file, key.Actor()), false)
	if err != nil {
		t.Fatal(err)
	}
	return ctx, key, job
}

// jobNow returns a job as it is.
func jobNow(t *testing.T, ctx context.Context, d *db.DB, id string) *model.Job {
	t.Helper()
	job, err := d.Job(ctx, id)
	if err != nil || job == nil {
		t.Fatalf("the job: got %v, %v", job, err)
	}
	return job
}

// expectOnce checks that the first rows of a table of manyCalls are there, each once, and no other.
func expectOnce(t *testing.T, ctx context.Context, d *db.DB, id string, rows int) {
	t.Helper()
	var after int64
	for seen := 0; ; {
		page, err := d.JobOutcomes(ctx, id, nil, after, db.MaxOutcomes)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, o := range page {
			if o.Outcome != model.RowOutcomeCreated || o.RowNumber != int64(seen)+2 || o.Version == nil || *o.Version != 1 {
				t.Fatalf("row %d: got %+v, want it created, in version 1", seen+2, o)
			}
			seen, after = seen+1, o.RowNumber
			ids = append(ids, *o.RowKey)
		}
		calls, err := d.CallsByID(ctx, ids)
		if err != nil || len(calls) != len(ids) {
			t.Fatalf("calls: got %d of %d, %v", len(calls), len(ids), err)
		}
		for _, call := range calls {
			if call.Version != 1 {
				t.Errorf("%s: got version %d, want 1", call.ID, call.Version)
			}
		}
		if len(page) < db.MaxOutcomes {
			if seen != rows {
				t.Errorf("outcomes: got %d, want %d", seen, rows)
			}
			return
		}
	}
}

// killsOfJobs returns how often the process of a job is killed: as CALLBOOK_TEST_KILLS says, or twice.
func killsOfJobs(t *testing.T) int {
	t.Helper()
	text := os.Getenv("CALLBOOK_TEST_KILLS")
	if text == "" {
		return 2
	}
	kills, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return kills
}

// killWhileRunning kills (kill -9) the process of a job of so many rows at random moments, and returns the job at its
// end, to which another process has brought it.
func killWhileRunning(t *testing.T, ctx context.Context, d *db.DB, dsn, id string, rows, kills int) *model.Job {
	t.Helper()
	read := int64(0)
	for range kills {
		process, _ := harness.StartProcessOver(t, dsn, "")
		target := read + 1 + rand.Int64N(int64(rows/(kills+1)))
		harness.Eventually(t, "the job gets on", func() bool {
			now := jobNow(t, ctx, d, id)
			read = now.RowsRead
			return read >= target || now.HasEnded()
		})
		process.Kill()
	}
	_, stop := harness.StartProcessOver(t, dsn, "")
	defer stop()
	harness.Eventually(t, "the job has ended", func() bool { return jobNow(t, ctx, d, id).HasEnded() })
	return jobNow(t, ctx, d, id)
}

// TestKilledImport kills the process of an import again and again, and then those of its undo: every row goes in once,
// and is taken back once.
func TestKilledImport(t *testing.T) {
	t.Parallel()
	kills := killsOfJobs(t)
	rows := 2500 * (kills + 1)
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		d, err := db.Open(e.Ctx, db.Options{DSN: dsn}) // by the clock of the processes: files have an end
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = d.Close() }()
		ctx, _, job := importAs(t, e.Ctx, d, "importer", manyCalls(rows))
		now := killWhileRunning(t, ctx, d, dsn, job.ID, rows, kills)
		if counts := now.Imported(); now.State != model.JobStateDone || counts.Created != rows || counts.Unchanged != 0 ||
			counts.Updated != 0 || now.RowsWritten != int64(rows) {
			t.Fatalf("the job: got %s %v, %+v with %d written, want %d created", now.State, now.Error(), counts,
				now.RowsWritten, rows)
		}
		expectOnce(t, ctx, d, job.ID, rows)

		undo, _, err := d.StartUndo(ctx, job.ID)
		if err != nil {
			t.Fatal(err)
		}
		now = killWhileRunning(t, ctx, d, dsn, undo.ID, rows, kills)
		if now.State != model.JobStateDone || now.RowsWritten != int64(rows) || now.RowsFailed != 0 {
			t.Fatalf("the undo: got %s %v with %d written and %d failed, want %d written", now.State, now.Error(),
				now.RowsWritten, now.RowsFailed, rows)
		}
		expectUndoneOnce(t, ctx, d, undo.ID, rows)
	})
}

// expectUndoneOnce checks that the undo of an import of manyCalls has deleted each call once.
func expectUndoneOnce(t *testing.T, ctx context.Context, d *db.DB, id string, rows int) {
	t.Helper()
	seen := 0
	for after, more := int64(0), true; more; {
		page, err := d.JobOutcomes(ctx, id, nil, after, db.MaxOutcomes)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page {
			if o.Outcome != model.RowOutcomeDeleted || o.RowNumber != int64(seen)+2 || o.Version == nil || *o.Version != 2 {
				t.Fatalf("row %d: got %+v, want it deleted, in version 2", seen+2, o)
			}
			seen, after = seen+1, o.RowNumber
		}
		more = len(page) == db.MaxOutcomes
	}
	ids := []string{"call-000000", fmt.Sprintf("call-%06d", rows-1)}
	history, err := d.CallHistory(ctx, ids, model.PageArgs{First: new(9)})
	for call, page := range history {
		if len(page.Nodes) != 1 {
			t.Errorf("the history of %s: got %d entries, want 1", call, len(page.Nodes))
		}
	}
	if err != nil || seen != rows {
		t.Errorf("outcomes: got %d, %v, want %d", seen, err, rows)
	}
}

// TestStoppedImport cancels an import, or revokes its key, while it runs, and at its ends: what is there is what its
// outcomes say.
func TestStoppedImport(t *testing.T) {
	t.Parallel()
	const rows = 20_000
	for name, stop := range map[string]func(context.Context, *dbtest.Env, *model.APIKey, string) error{
		"cancelled": func(ctx context.Context, e *dbtest.Env, _ *model.APIKey, id string) error {
			_, err := e.DB.CancelJob(ctx, id)
			return err
		},
		"revoked": func(_ context.Context, e *dbtest.Env, key *model.APIKey, _ string) error {
			_, err := e.DB.RevokeAPIKey(e.Ctx, key.ID)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
				e := dbtest.NewEnv(t, engine, dsn)
				ctx, key, job := importAs(t, e.Ctx, e.DB, "importer", manyCalls(rows))
				runJobs(t, e.DB)
				harness.Eventually(t, "a step is written", func() bool { return jobNow(t, ctx, e.DB, job.ID).RowsWritten > 0 })
				if err := stop(ctx, e, key, job.ID); err != nil {
					t.Fatal(err)
				}
				var now *model.Job
				harness.Eventually(t, "the job has ended", func() bool {
					now = jobNow(t, ctx, e.DB, job.ID)
					return now.HasEnded() && now.ClaimedBy == nil || now.State == model.JobStateCancelled
				})
				if now.State == model.JobStateDone || name == "revoked" && now.Error() == nil {
					t.Errorf("the job: got %s %v, want it stopped", now.State, now.Error())
				}
				expectOnce(t, ctx, e.DB, job.ID, now.Imported().Created)
			})
		})
	}
	t.Run("at its ends", func(t *testing.T) {
		dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
			e := dbtest.NewEnv(t, engine, dsn)
			ctx, _, job := importAs(t, e.Ctx, e.DB, "importer", manyCalls(3))
			if now, err := e.DB.CancelJob(ctx, job.ID); err != nil || now.State != model.JobStateCancelled {
				t.Fatalf("cancelled before the first row: got %v, %v", now, err)
			}
			runJobs(t, e.DB)
			again, _, second := importAs(t, e.Ctx, e.DB, "another", manyCalls(3))
			if second.ID == job.ID {
				t.Fatal("the same file after a cancelled import: got the first job, want another one")
			}
			harness.Eventually(t, "the job has ended", func() bool { return jobNow(t, again, e.DB, second.ID).HasEnded() })
			now, err := e.DB.CancelJob(again, second.ID)
			if err != nil || now.State != model.JobStateDone {
				t.Errorf("cancelled after the last row: got %v, %v, want it done", now, err)
			}
			expectOnce(t, again, e.DB, second.ID, 3)
			expectOnce(t, ctx, e.DB, job.ID, 0)
		})
	})
}

// TestPurgeEndsOutcomes purges a call: what became of rows of imports, which has values of their files, goes, too.
func TestPurgeEndsOutcomes(t *testing.T) {
	t.Parallel()
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		server := harness.NewServer(t, e)
		runJobs(t, e.DB)
		ctx, _, job := importAs(t, e.Ctx, e.DB, "importer", manyCalls(2500))
		harness.Eventually(t, "the job has ended", func() bool { return jobNow(t, ctx, e.DB, job.ID).HasEnded() })
		server.Post(`mutation { deleteCalls(select: {ids: ["call-000001"]}) { written }
			purgeCalls(select: {ids: ["call-000001"]}) { written } }`, nil)
		harness.Eventually(t, "the outcomes are gone", func() bool {
			outcomes, err := e.DB.JobOutcomes(ctx, job.ID, nil, 0, db.MaxOutcomes)
			gone, jobErr := e.DB.Job(ctx, job.ID)
			return err == nil && jobErr == nil && len(outcomes) == 0 && gone == nil
		})
	})
}
