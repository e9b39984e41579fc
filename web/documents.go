package web

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"time"

	"callbook/db"
	"callbook/graph/operation"
	"callbook/limiter"
	"callbook/model"
	"callbook/report"
	"callbook/report/pdf"
)

// documents makes documents for people out of what operations answer.
type documents struct {
	db       *db.DB
	pipeline *operation.Pipeline
	drawing  *limiter.Shared // documents that are drawn at once
}

// newDocuments returns what draws as many documents at once as there are processors, and one for each credential.
func newDocuments(d *db.DB, p *operation.Pipeline) documents {
	limits := p.Limits()
	each := limiter.Options{Size: 1, Waiting: limits.Waiting, WaitTime: limits.WaitTime}
	all := each
	all.Size = int64(runtime.GOMAXPROCS(0))
	return documents{db: d, pipeline: p, drawing: limiter.NewShared(all, each)}
}

// maxSendTime is how long a client may take to read a document.
const maxSendTime = 2 * time.Minute

// style returns how a document is written for the context's actor. The zone was checked.
func (d documents) style(ctx context.Context, locale model.Locale, timeZone string) (s report.Style, err error) {
	actor, _ := model.ActorFrom(ctx)
	s = report.Style{Locale: report.Chinese, Created: d.db.Now(), Author: actor.Name}
	if locale == model.LocaleEn {
		s.Locale = report.English
	}
	s.Zone, err = model.ReadZone("timeZone", timeZone)
	return s, err
}

// draw draws a document when its turn has come.
func (d documents) draw(ctx context.Context, draw func() error) *operation.Refusal {
	actor, _ := model.ActorFrom(ctx)
	release, err := d.drawing.Acquire(ctx, actor.CredentialKey(), 1)
	if err != nil {
		return operation.Refuse(ctx, http.StatusServiceUnavailable, operation.Busy("documents"))
	}
	defer release()
	switch err := draw(); {
	case errors.Is(err, pdf.ErrManyCharacters):
		return operation.Refuse(ctx, http.StatusRequestEntityTooLarge, model.LimitExceeded("format", "%v; take html", err))
	case err != nil:
		return d.pipeline.Internal(ctx, err)
	}
	return nil
}

// sendDocument responds with a document: HTML and PDF are to be shown, others to be stored.
func sendDocument(w http.ResponseWriter, name string, format model.ReportFormat, body []byte) {
	header := w.Header()
	header.Set("Content-Type", documentTypes[format])
	switch format {
	case model.ReportFormatHTML:
		header.Set("Content-Security-Policy", report.StylePolicy)
	case model.ReportFormatPDF:
		header.Set("Content-Disposition", `inline; filename="`+name+`"`)
	case model.ReportFormatXlsx:
		header.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(maxSendTime)) // reading and drawing took some
	_, _ = w.Write(body)
}

var documentTypes = map[model.ReportFormat]string{
	model.ReportFormatPDF:  "application/pdf",
	model.ReportFormatHTML: "text/html; charset=utf-8",
	model.ReportFormatXlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	model.ReportFormatJSON: "application/json; charset=utf-8",
}
