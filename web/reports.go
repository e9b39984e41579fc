package web

import (
	"bytes"
	"context"
	"net/http"

	"callbook/graph"
	"callbook/graph/operation"
	"callbook/jobs"
	"callbook/model"
	"callbook/report"
)

// reports serves reports: GET /report/calls.pdf, .html, .xlsx and .json, and the same of call-records. Their parameters
// are the arguments of the operations callReport and callRecordReport. Errors are responses of GraphQL, as those of
// prints.
type reports struct{ documents }

// Operations that a report is: it is checked and permitted as one of these. Its figures are operations, too.
const (
	callReportOperation   = "query Report($input: CallReportInput!) { callReport(input: $input) { url } }"
	recordReportOperation = "query Report($input: CallRecordReportInput!) { callRecordReport(input: $input) { url } }"
)

func (x reports) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "private, no-store")
	input, isOfRecords, isKnown, err := jobs.ReadReportAddress(r.PathValue("name"), r.URL.Query())
	if !isKnown {
		err = model.NotFound("", "there is no such report; there are calls and call-records, with .pdf, .html, .xlsx, .json")
	}
	if err != nil {
		refuseFile(w, r, x.db, err)
		return
	}
	ask := callReportOperation
	if isOfRecords {
		ask = recordReportOperation
	}
	asked := &graph.AskedDocument{}
	ctx := model.WithValue(r.Context(), asked)
	_, refused := execute(ctx, x.pipeline, ask, map[string]any{"input": input}, &struct{}{})
	var body []byte
	if refused == nil {
		body, refused = x.document(r.Context(), asked.Report)
	}
	if refused != nil {
		respondRefusal(w, refused)
		return
	}
	sendDocument(w, asked.Report.Name(), asked.Report.Format, body)
}

// document reads the figures, by as many operations as the report has documents, and draws them.
func (x reports) document(ctx context.Context, asked jobs.Report) (body []byte, refused *operation.Refusal) {
	question, style, err := x.question(ctx, asked)
	if err != nil {
		return nil, x.pipeline.Internal(ctx, err)
	}
	answer, variables := report.Answer{}, question.Variables()
	times, lists := question.Documents()
	if _, refused := execute(ctx, x.pipeline, times, variables, &answer.Times); refused != nil {
		return nil, refused
	}
	if _, refused := execute(ctx, x.pipeline, lists, variables, &answer.Lists); refused != nil {
		return nil, refused
	}
	figures := question.Figures(answer)
	var out bytes.Buffer
	refused = x.draw(ctx, func() error { return reportWriters[asked.Format](&out, figures, style) })
	return out.Bytes(), refused
}

var reportWriters = map[model.ReportFormat]report.FiguresWriter{
	model.ReportFormatPDF:  report.WriteFiguresPDF,
	model.ReportFormatHTML: report.WriteFiguresHTML,
	model.ReportFormatXlsx: report.WriteFiguresXLSX,
	model.ReportFormatJSON: report.WriteFiguresJSON,
}

// question returns what a report asks, and how it is written. What was asked has been checked.
func (x reports) question(ctx context.Context, asked jobs.Report) (q report.Question, s report.Style, err error) {
	if s, err = x.style(ctx, asked.Locale, asked.TimeZone); err != nil {
		return q, s, err
	}
	q = report.Question{IsOfRecords: asked.IsOfRecords, Dataset: asked.Dataset, Now: s.Created}
	if q.Period, err = asked.Period(s.Created); err != nil {
		return q, s, err
	}
	q.Filter, err = asked.FilterJSON()
	return q, s, err
}
