package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"callbook/graph"
	"callbook/graph/operation"
	"callbook/jobs"
	"callbook/model"
	"callbook/report"
)

// printCalls serves calls on paper: GET /print/calls. Its parameters are the arguments of the operation printCalls. A
// call is missing where the caller may not see it. Errors are responses of GraphQL: NOT_FOUND (404) for an id without a
// call, BAD_USER_INPUT (400), LIMIT_EXCEEDED (413) for too many calls, and those of the operations that read them.
type printCalls struct{ documents }

const (
	// callsPerRead is how many calls one operation reads for a print: with the longest texts they stay below its limits.
	callsPerRead = 10
	// maxPrintedBytes is how many bytes of answers go into one document: some 3,000 pages, which take 4 s to draw.
	maxPrintedBytes = 8 << 20
	// printOperation is the operation that a print is: it is checked, priced and permitted as printCalls.
	printOperation = "query Print($input: PrintCallsInput!) { printCalls(input: $input) { url } }"
)

func (p printCalls) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	input, err := jobs.ReadPrintAddress(r.URL.Query())
	if err != nil {
		refuseFile(w, r, p.db, err)
		return
	}
	asked := &graph.AskedDocument{}
	ctx, variables := model.WithValue(r.Context(), asked), map[string]any{"input": input}
	_, refused := execute(ctx, p.pipeline, printOperation, variables, &struct{}{})
	var body []byte
	if refused == nil {
		body, refused = p.document(r.Context(), asked.Print, input)
	}
	if refused != nil {
		respondRefusal(w, refused)
		return
	}
	sendDocument(w, "calls.pdf", model.ReportFormat(asked.Print.Format), body)
}

// document reads the calls and draws them. It ends early where the client has gone.
func (p printCalls) document(ctx context.Context, asked model.PrintCallsInput, input map[string]any,
) (body []byte, refused *operation.Refusal) {
	style, err := p.style(ctx, asked.Locale, asked.TimeZone)
	if err != nil {
		return nil, p.pipeline.Internal(ctx, err)
	}
	actor, _ := model.ActorFrom(ctx)
	reading := &printing{pipeline: p.pipeline, ids: asked.Ids,
		variables: map[string]any{"withRecords": actor.May(model.PermissionCallRecordRead)}}
	for _, name := range []string{"dataset", "filter", "orderBy"} {
		if value := input[name]; value != nil {
			reading.variables[name] = value
		}
	}
	if refused := reading.read(ctx); refused != nil {
		return nil, refused
	}
	write := report.WriteCallsPDF
	if asked.Format == model.PrintFormatHTML {
		write = report.WriteCallsHTML
	}
	var out bytes.Buffer
	refused = p.draw(ctx, func() error { return write(ctx, &out, reading.calls, style) })
	return out.Bytes(), refused
}

// printing is a print whose calls are being read.
type printing struct {
	pipeline  *operation.Pipeline
	ids       []string       // which calls; by filter where there are none
	variables map[string]any // of report.CallsDocument
	calls     []*report.Call
	bytes     int // of the answers
}

// read reads the calls, some of them at a time. Each operation takes its own turn and is charged by itself.
func (p *printing) read(ctx context.Context) *operation.Refusal {
	if len(p.ids) > 0 {
		return p.readByID(ctx)
	}
	for {
		page, refused := p.readPage(ctx, callsPerRead)
		if refused != nil {
			return refused
		}
		p.calls = append(p.calls, page.Calls.Nodes...)
		if !page.Calls.PageInfo.HasNextPage {
			return nil
		}
		if len(p.calls) >= jobs.MaxPrintedCalls {
			return tooLarge(ctx, "the filter chooses more than %d calls, the most that go into one document",
				jobs.MaxPrintedCalls)
		}
		p.variables["after"] = *page.Calls.PageInfo.EndCursor
	}
}

// readByID reads the calls that are named, and keeps them in that order. It refuses with NOT_FOUND where one is
// missing.
func (p *printing) readByID(ctx context.Context) *operation.Refusal {
	for start := 0; start < len(p.ids); start += callsPerRead {
		ids := p.ids[start:min(start+callsPerRead, len(p.ids))]
		p.variables["filter"] = map[string]any{"id": map[string]any{"in": anyList(ids)}}
		page, refused := p.readPage(ctx, len(ids))
		if refused != nil {
			return refused
		}
		found := map[string]*report.Call{}
		for _, call := range page.Calls.Nodes {
			found[call.ID] = call
		}
		for i, id := range ids {
			if found[id] == nil {
				return operation.Refuse(ctx, http.StatusNotFound,
					model.NotFound("ids["+strconv.Itoa(start+i)+"]", "there is no call with this id"))
			}
			p.calls = append(p.calls, found[id])
		}
	}
	return nil
}

// readPage reads some calls by one operation. It refuses with LIMIT_EXCEEDED where all of them are too large for a
// document.
func (p *printing) readPage(ctx context.Context, first int) (page report.Calls, refused *operation.Refusal) {
	p.variables["first"] = json.Number(strconv.Itoa(first))
	size, refused := execute(ctx, p.pipeline, report.CallsDocument, p.variables, &page)
	if p.bytes += size; p.bytes > maxPrintedBytes {
		return page, tooLarge(ctx, "the calls have more than %d bytes of text, the most that go into one document",
			maxPrintedBytes)
	}
	return page, refused
}

func tooLarge(ctx context.Context, format string, most int) *operation.Refusal {
	return operation.Refuse(ctx, http.StatusRequestEntityTooLarge, model.LimitExceeded("", format, most))
}

func anyList(texts []string) (list []any) {
	for _, text := range texts {
		list = append(list, text)
	}
	return list
}
