package web

import (
	"net/http"
	"strconv"
	"time"

	"callbook/auth"
	"callbook/db"
	"callbook/graph"
	"callbook/graph/operation"
	"callbook/jobs"
	"callbook/limiter"
	"callbook/model"
)

const (
	// mostExports is how many exports read the database at once in a process, mostExportsEach those of one credential.
	mostExports, mostExportsEach = 4, 2
	maxExportsWaiting            = 20
	exportWaitTime               = 30 * time.Second
)

// exports serves exports of rows as files: GET /export/calls.csv and so on.
type exports struct {
	db          *db.DB
	pipeline    *operation.Pipeline
	spoolFolder string
	reading     *limiter.Shared
}

func newExports(d *db.DB, p *operation.Pipeline, spoolFolder string) *exports {
	limits := func(size int64) limiter.Options {
		return limiter.Options{Size: size, Waiting: maxExportsWaiting, WaitTime: exportWaitTime}
	}
	return &exports{d, p, spoolFolder, limiter.NewShared(limits(mostExports), limits(mostExportsEach))}
}

// exportOperation is the operation that an export is: it is checked, priced and permitted as exportLink.
const exportOperation = "query Export($input: ExportInput!) { exportLink(input: $input) { url } }"

// ServeHTTP reads the rows to a temporary file, and responds with that: the client may read it slowly.
func (x *exports) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "private, no-store")
	input, isKnown, err := jobs.ReadAddress(r.PathValue("name"), r.URL.Query())
	if !isKnown {
		err = model.NotFound("", "there is no such export; there are calls and call-records, with .csv, .ndjson and .xlsx")
	}
	if err != nil {
		refuseFile(w, r, x.db, err)
		return
	}
	asked := &graph.AskedExport{}
	if !x.ask(w, r, input, asked) {
		return
	}
	spool, err := x.spool(r, asked)
	if err != nil {
		refuseFile(w, r, x.db, err)
		return
	}
	defer func() { _ = spool.Close() }()
	auth.Audit(r.Context(), "exported", asked.Actor, "entity", asked.Input.Entity, "rows", spool.Rows, "sha256",
		spool.SHA256, "requestId", graph.RequestID(r.Context()))
	w.Header().Set("X-Row-Count", strconv.FormatInt(spool.Rows, 10))
	sendFile(w, r, fileToSend{spool.Name, spool.ContentType, spool.SHA256, spool})
}

// ask runs the operation that an export is. Where it fails it responds with its errors, and returns false.
func (x *exports) ask(w http.ResponseWriter, r *http.Request, input map[string]any, asked *graph.AskedExport) bool {
	ctx, variables := model.WithValue(r.Context(), asked), map[string]any{"input": input}
	if _, refused := execute(ctx, x.pipeline, exportOperation, variables, &struct{}{}); refused != nil {
		respondRefusal(w, refused)
		return false
	}
	return true
}

// spool reads the rows when its turn has come.
func (x *exports) spool(r *http.Request, asked *graph.AskedExport) (*jobs.Spool, error) {
	release, err := x.reading.Acquire(r.Context(), asked.Actor.CredentialKey(), 1)
	if err != nil {
		if r.Context().Err() != nil {
			return nil, err
		}
		return nil, operation.Busy("exports")
	}
	defer release()
	ctx := model.WithActor(r.Context(), asked.Actor)
	e, err := x.db.NewExport(ctx, asked.Input)
	if err != nil {
		return nil, err
	}
	return jobs.WriteSpool(ctx, e, asked.Input, x.spoolFolder, nil)
}
