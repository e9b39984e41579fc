package web

import (
	"io"
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
	maxExportsWaiting = 20
	exportWaitTime    = 30 * time.Second
)

// Shares of exports: those that read the database, those whose temporary files are there, and the bytes of temporary
// files that clients read.
var (
	exportsReading = share{all: 4, tenant: 3, each: 2}
	exportsOpen    = share{all: 80, tenant: 40, each: 20}
	exportBytes    = share{all: 16 << 30, tenant: 8 << 30, each: 4 << 30}
)

// exports serves exports of rows as files: GET /export/calls.csv and so on.
type exports struct {
	db          *db.DB
	pipeline    *operation.Pipeline
	spoolFolder string
	reading     *turns
	open        *turns
	bytes       *turns
}

func newExports(d *db.DB, p *operation.Pipeline, spoolFolder string) *exports {
	waits, none := limiter.Options{Waiting: maxExportsWaiting, WaitTime: exportWaitTime}, limiter.Options{}
	return &exports{d, p, spoolFolder, newTurns(exportsReading, waits), newTurns(exportsOpen, none),
		newTurns(exportBytes, none)}
}

// exportOperation is the operation that an export is: it is checked, priced and permitted as exportLink.
const exportOperation = "query Export($input: ExportInput!) { exportLink(input: $input) { url } }"

// ServeHTTP reads the rows to a temporary file, and responds with that: the client may read it slowly. HEAD reads no
// rows. There are no ranges: each request reads the rows as they are then.
func (x *exports) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "private, no-store")
	input, isKnown, err := jobs.ReadAddress(r.PathValue("name"), r.URL.Query())
	if !isKnown {
		err = model.NotFound("", "there is no such export; there are calls and call-records, with .csv, .ndjson, .xlsx "+
			"and .parquet")
	}
	if err != nil {
		refuseFile(w, r, x.db, err)
		return
	}
	asked := &graph.AskedExport{}
	if !x.ask(w, r, input, asked) {
		return
	}
	w.Header().Set("Accept-Ranges", "none")
	if r.Method == http.MethodHead {
		name, contentType := jobs.ExportFile(asked.Input)
		fileToSend{name: name, contentType: contentType}.describe(w.Header())
		return
	}
	if err := x.respond(w, r, asked); err != nil {
		refuseFile(w, r, x.db, err)
	}
}

// respond sends the rows. It returns an error where nothing was sent.
func (x *exports) respond(w http.ResponseWriter, r *http.Request, asked *graph.AskedExport) error {
	release, err := x.open.take(r.Context(), asked.Actor, 1)
	if err != nil {
		return operation.Busy("exports")
	}
	defer release()
	spool, err := x.spool(r, asked)
	if err != nil {
		return err
	}
	defer func() { _ = spool.Close() }()
	if release, err = x.bytes.take(r.Context(), asked.Actor, spool.Bytes); err != nil {
		return operation.Busy("large exports")
	}
	defer release()
	auth.AuditExport(r.Context(), asked.Actor, jobs.Exported(asked.Input), int(spool.Rows), spool.Bytes,
		jobs.ExportFilter(asked.Input), "sha256", spool.SHA256, "requestId", graph.RequestID(r.Context()))
	w.Header().Set("X-Row-Count", strconv.FormatInt(spool.Rows, 10))
	w.Header().Set("Content-Length", strconv.FormatInt(spool.Bytes, 10))
	fileToSend{spool.Name, spool.ContentType, spool.SHA256, spool}.describe(w.Header())
	sendPaced(w, func(w http.ResponseWriter) { _, _ = io.Copy(w, spool) }) // else the client is gone
	return nil
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
	release, err := x.reading.take(r.Context(), asked.Actor, 1)
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
