package tests

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/jobs"
	"callbook/model"
	"callbook/tests/harness"
)

// runJobs runs jobs over a database until the test ends.
func runJobs(t *testing.T, d *db.DB) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		jobs.NewRunner(jobs.Options{DB: d}).Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

// TestJobProgress subscribes to an export until it is done, reads its file by its link, and looks at it as others.
func TestJobProgress(t *testing.T) {
	t.Parallel()
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		server := harness.Listen(t, e, nil)
		as := []string{"X-Api-Key", server.Key("exporter", model.RoleManager)}
		server.Send(exportRows, as...)
		made := server.Send(`mutation { startExport(input: {entity: CALLS, columns: ["id"], locale: EN}) {
			job { jobId state kind createdBy } } }`, as...).JSON()
		id, _ := made.At("data", "startExport", "job", "jobId").(string)
		if state := made.At("data", "startExport", "job", "state"); state != "WAITING" || id == "" {
			t.Fatalf("startExport: got %v, want a job that waits", made)
		}
		query := `subscription { jobProgress(id: "` + id + `") {
			state progress { rowsRead rowsTotal } file { url bytes sha256 } } }`
		next := server.Events(query, as...)
		if event, data := next(); event != "next" || !strings.Contains(data, "WAITING") {
			t.Errorf("the first event: got %s %s, want the job that waits", event, data)
		}
		runJobs(t, e.DB)
		var last string
		for event, data := next(); event == "next"; event, data = next() {
			last = data
		}
		if !strings.Contains(last, `"DONE"`) || !strings.Contains(last, `"rowsTotal":3`) {
			t.Errorf("the last event: got %s, want the job done, with 3 rows", last)
		}
		job := server.Send(`{ job(id: "`+id+`") { file { url } error { code message } } jobs { jobId } }`, as...).JSON()
		url, _ := job.At("data", "job", "file", "url").(string)
		if file := server.Do("GET", url, ""); file.Status != 200 || file.Body != "\ufeffKey\na\nb\nc\n" {
			t.Errorf("the file: got %d %q of %v, want three keys", file.Status, file.Body, job)
		}
		other := []string{"X-Api-Key", server.Key("other", model.RoleManager)}
		hidden := server.Send(`{ job(id: "`+id+`") { jobId } jobs { jobId } }`, other...).JSON()
		if hidden.At("data", "job") != nil || len(harness.List(hidden, "data", "jobs")) != 0 {
			t.Errorf("as another credential: got %v, want nothing", hidden)
		}
		if refused := server.Send(`mutation { cancelJob(id: "`+id+`") { job { jobId } } }`, other...); refused.Code() !=
			"NOT_FOUND" {
			t.Errorf("cancelled by another credential: got %s, want NOT_FOUND", refused.Body)
		}
	})
}

// TestUploadFile stores a file by one request.
func TestUploadFile(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		got := sendWithKey(server, `mutation($file: Upload!) { uploadFile(file: $file) { name bytes sha256 url } }`)
		url, _ := got.At("data", "uploadFile", "url").(string)
		if url == "" || got.At("data", "uploadFile", "bytes") != float64(len(onceFile)) {
			t.Fatalf("got %v, want a file of %d bytes", got, len(onceFile))
		}
		if file := server.Do("GET", url, ""); file.Body != onceFile {
			t.Errorf("the file: got %d %q, want what was sent", file.Status, file.Body)
		}
		again := sendWithKey(server, `mutation($file: Upload!) { uploadFile(file: $file) { name bytes sha256 url } }`)
		if fmt.Sprint(again) != fmt.Sprint(got) {
			t.Errorf("a repeat: got %v, want %v", again, got)
		}
	})
}

// TestKilledExport kills the process of an export (kill -9): the next one makes the file, with every row once.
func TestKilledExport(t *testing.T) {
	t.Parallel()
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		want := []string{"id,description"}
		var inputs []*model.CreateCallInput
		text := strings.Repeat("long", 400)
		for i := range 3000 {
			in := &model.CreateCallInput{ID: new(fmt.Sprintf("call-%05d", i))}
			in.Description = graphql.OmittableOf(&text)
			inputs = append(inputs, in)
			want = append(want, *in.ID+","+text)
		}
		for part := range slices.Chunk(inputs, 1000) {
			if _, err := e.DB.CreateCalls(e.Ctx, part, db.Batch{}); err != nil {
				t.Fatal(err)
			}
		}
		key, _, err := e.DB.CreateAPIKey(e.Ctx, model.CreateAPIKeyInput{Name: "x", Roles: []model.Role{model.RoleManager}})
		if err != nil {
			t.Fatal(err)
		}
		ctx := model.WithActor(e.Ctx, key.Actor())
		process, _ := harness.StartProcessOver(t, dsn, "")
		job, err := e.DB.StartJob(ctx, model.JobKindExport, model.ExportInput{Entity: model.ExportEntityCalls,
			Dataset: model.CallDatasetDefault, Format: model.ExportFormatCSV, TimeZone: "UTC",
			Columns:     []string{"id", "description"},
			CallOrderBy: []*model.CallOrder{{Field: model.CallOrderFieldID, Direction: model.OrderDirectionAsc}}})
		if err != nil {
			t.Fatal(err)
		}
		now := func() *model.Job {
			is, err := e.DB.Job(ctx, job.ID)
			if err != nil || is == nil {
				t.Fatalf("the job: got %v, %v", is, err)
			}
			return is
		}
		harness.Eventually(t, "the job runs", func() bool { return now().State != model.JobStateWaiting })
		process.Kill()
		_, stop := harness.StartProcessOver(t, dsn, "")
		defer stop()
		harness.Eventually(t, "the job has ended", func() bool { return now().HasEnded() })
		if is := now(); is.State != model.JobStateDone || is.FileID == nil {
			t.Fatalf("the job: got %s %v, want it done", is.State, is.Error())
		}
		file, err := e.DB.File(ctx, *now().FileID)
		if err != nil || file == nil {
			t.Fatalf("the file: got %v, %v", file, err)
		}
		got, err := io.ReadAll(e.DB.OpenFile(ctx, file))
		lines := strings.Split(strings.ReplaceAll(string(got), `"`, ""), "\n")
		if err != nil || !slices.Equal(lines[:len(lines)-1], want) {
			t.Errorf("the file: got %d lines, %v, want %d", len(lines)-1, err, len(want))
		}
	})
}
