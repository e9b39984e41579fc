package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"callbook/graph/operation"
	"callbook/graph/transport"
	"callbook/limiter"
	"callbook/model"
	"callbook/report"
	"callbook/report/pdf"
)

// printCalls serves calls on paper: GET /print/calls. Its parameters are those of printParameters. A call is missing
// where the caller may not see it. Errors are responses of GraphQL: NOT_FOUND (404) for an id without a call,
// BAD_USER_INPUT (400), LIMIT_EXCEEDED (413) for too many calls, and those of the operations that read them.
type printCalls struct {
	pipeline *operation.Pipeline
	now      func() time.Time
	drawing  *limiter.Shared // documents that are drawn at once
}

// newPrintCalls returns a handler that draws as many documents at once as there are processors, and one for each
// credential.
func newPrintCalls(p *operation.Pipeline) printCalls {
	limits := p.Limits()
	each := limiter.Options{Size: 1, Waiting: limits.Waiting, WaitTime: limits.WaitTime}
	all := each
	all.Size = int64(runtime.GOMAXPROCS(0))
	return printCalls{pipeline: p, now: time.Now, drawing: limiter.NewShared(all, each)}
}

const (
	// callsPerRead is how many calls one operation reads for a print: with the longest texts they stay below its limits.
	callsPerRead = 10
	// maxSendTime is how long a client may take to read a document.
	maxSendTime = 2 * time.Minute
	// maxPrintedBytes is how many bytes of answers go into one document: some 3,000 pages, which take 4 s to draw.
	maxPrintedBytes = 8 << 20
)

func (p printCalls) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	q, err := readPrintQuery(r.URL.Query())
	if bad, isBad := errors.AsType[*model.Error](err); isBad {
		status := http.StatusBadRequest
		if bad.Code == model.ErrorCodeLimitExceeded {
			status = http.StatusRequestEntityTooLarge
		}
		transport.Refuse(w, r, status, bad)
		return
	}
	actor, _ := model.ActorFrom(r.Context())
	q.style.Author, q.style.Created = actor.Name, p.now()
	q.variables["withRecords"] = actor.May(model.PermissionCallRecordRead)
	reading := &printing{printQuery: &q, pipeline: p.pipeline}
	if refused := reading.read(r.Context()); refused != nil {
		respondRefusal(w, refused)
		return
	}
	release, err := p.drawing.Acquire(r.Context(), actor.CredentialKey(), 1)
	if err != nil {
		respondRefusal(w, operation.Refuse(r.Context(), http.StatusServiceUnavailable, operation.Busy("documents")))
		return
	}
	body, err := draw(r.Context(), &q, reading.calls)
	release()
	switch {
	case errors.Is(err, pdf.ErrManyCharacters):
		respondRefusal(w, operation.Refuse(r.Context(), http.StatusRequestEntityTooLarge,
			model.LimitExceeded("format", "%v; take html", err)))
	case err != nil:
		respondRefusal(w, p.pipeline.Internal(r.Context(), err))
	default:
		send(w, &q, body)
	}
}

// printing is a print whose calls are being read.
type printing struct {
	*printQuery
	pipeline *operation.Pipeline
	calls    []*report.Call
	bytes    int // of the answers
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
		if len(p.calls) >= maxPrintedCalls {
			return tooLarge(ctx, "the filter chooses more than %d calls, the most that go into one document", maxPrintedCalls)
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

// draw returns the document. It ends early, with the context's error, where the client has gone.
func draw(ctx context.Context, q *printQuery, calls []*report.Call) ([]byte, error) {
	var body bytes.Buffer
	write := report.WriteCallsPDF
	if q.isHTML {
		write = report.WriteCallsHTML
	}
	err := write(ctx, &body, calls, q.style)
	return body.Bytes(), err
}

func send(w http.ResponseWriter, q *printQuery, body []byte) {
	if q.isHTML {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", report.StylePolicy)
	} else {
		w.Header().Set("Content-Type", "application/pdf")
		w.Header().Set("Content-Disposition", `inline; filename="calls.pdf"`)
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(maxSendTime)) // reading and drawing took some
	_, _ = w.Write(body)
}
