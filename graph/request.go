package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"callbook/model"
	"callbook/text"
)

// request is a GraphQL request, however it came.
type request struct {
	graphql.RawParams
	documentID string // of a persisted document, instead of the query
	register   string // hash under which the query is to be known, once it has proved valid
	files      []io.Closer
	filesHash  string // of uploaded files, so that requests which differ in them alone can be told apart
	release    func() // gives back what the request holds: memory, files
}

// problem is why a request is no GraphQL request, or is not answered.
type problem struct {
	status int
	err    *model.Error
}

func badRequest(format string, args ...any) *problem {
	return &problem{http.StatusBadRequest, model.BadInput("", format, args...)}
}

// bodyWeight is how many bytes of memory a byte of a large body is taken to need, read and decoded.
const bodyWeight = 10

// smallBody is what a request may read before it needs a share of the memory for large ones.
const smallBody = 64 << 10

func (t *transport) read(w http.ResponseWriter, r *http.Request) (*request, *problem) {
	switch r.Method {
	case http.MethodGet:
		return readQuery(r.URL.RawQuery, t.limits)
	case http.MethodPost:
		return t.readPost(w, r)
	}
	w.Header().Set("Allow", "GET, POST")
	return nil, &problem{http.StatusMethodNotAllowed, model.BadInput("", "GraphQL is answered to GET and POST, not to %s", text.Quote(r.Method))}
}

func (t *transport) readPost(w http.ResponseWriter, r *http.Request) (*request, *problem) {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, &problem{http.StatusUnsupportedMediaType, model.BadInput("", "the body must not be compressed")}
	}
	mediaType, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if mediaType == "multipart/form-data" {
		return t.readMultipart(w, r)
	}
	if charset := params["charset"]; mediaType != jsonType || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, &problem{http.StatusUnsupportedMediaType, model.BadInput("", "the body must be application/json in UTF-8, or multipart/form-data with files")}
	}
	body, release, bad := t.readBody(w, r)
	if bad != nil {
		return nil, bad
	}
	req, bad := parseRequest(body, t.limits)
	if bad != nil {
		release()
		return nil, bad
	}
	req.release = release
	return req, nil
}

// readBody reads a body within the limits. A large one waits for a share of the memory that large bodies have together.
func (t *transport) readBody(w http.ResponseWriter, r *http.Request) (body []byte, release func(), bad *problem) {
	limited := http.MaxBytesReader(w, r.Body, t.limits.Body)
	body, err := io.ReadAll(io.LimitReader(limited, smallBody))
	if err != nil || len(body) < smallBody {
		return body, func() {}, t.bodyProblem(err)
	}
	if r.ContentLength > t.limits.Body {
		return nil, nil, t.tooLarge(t.limits.Body)
	}
	weight := r.ContentLength
	if weight < 0 {
		weight = t.limits.Body
	}
	leave, full := t.reserve(r.Context(), bodyWeight*weight)
	if full != nil {
		return nil, nil, &problem{http.StatusServiceUnavailable, full}
	}
	rest, err := io.ReadAll(newPaced(limited, w))
	if err != nil {
		leave()
		return nil, nil, t.bodyProblem(err)
	}
	return append(body, rest...), leave, nil
}

// reserve takes a share of the memory for large requests: of what one credential may have, and of all. What is answered gives it back.
func (s *service) reserve(ctx context.Context, bytes int64) (leave func(), full *model.Error) {
	actor, _ := model.ActorFrom(ctx)
	weight := min(bytes, s.limits.Memory/2)
	leaveOwn, full := s.memoryEach.enter(ctx, actor.CredentialKey(), weight)
	if full != nil {
		return nil, full
	}
	if full := s.memory.enter(ctx, weight); full != nil {
		leaveOwn()
		return nil, full
	}
	return sync.OnceFunc(func() { s.memory.leave(weight); leaveOwn() }), nil
}

func (t *transport) bodyProblem(err error) *problem {
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &tooLarge):
		return t.tooLarge(tooLarge.Limit)
	}
	return badRequest("the body could not be read")
}

func (t *transport) tooLarge(limit int64) *problem {
	return &problem{http.StatusRequestEntityTooLarge, model.LimitExceeded("", "the body has more than %d bytes", limit)}
}

// parseRequest reads a request in JSON: query, operationName, variables, extensions and documentId, in just these letters.
func parseRequest(body []byte, limits Limits) (*request, *problem) {
	var fields map[string]json.RawMessage
	if bad := parseObject(body, "the body", limits, &fields); bad != nil {
		return nil, bad
	}
	if n := len(fields["variables"]); n > limits.VariableSize {
		return nil, &problem{0, model.LimitExceeded("variables", "have %d bytes; at most %d", n, limits.VariableSize)}
	}
	req := &request{release: func() {}}
	for name, into := range map[string]any{"query": &req.Query, "operationName": &req.OperationName, "documentId": &req.documentID,
		"variables": &req.Variables, "extensions": &req.Extensions} {
		text, given := fields[name]
		if !given || string(text) == "null" {
			continue
		}
		if err := decodeNumbers(text, into); err != nil {
			return nil, &problem{http.StatusBadRequest, model.BadInput(name, "must be %s", map[bool]string{true: "text", false: "an object"}[name[0] != 'v' && name[0] != 'e'])}
		}
	}
	return req, req.check()
}

// parseObject reads a JSON object and nothing behind it.
func parseObject(text []byte, what string, limits Limits, into any) *problem {
	if !utf8.Valid(text) {
		return badRequest("%s is not valid UTF-8", what)
	}
	if err := checkJSON(text, limits); err != nil {
		return &problem{statusOf(err), err}
	}
	if trimmed := bytes.TrimLeft(text, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' || decodeNumbers(text, into) != nil {
		return badRequest("%s must be one JSON object: {\"query\": …, \"variables\": {…}}", what)
	}
	return nil
}

// statusOf is 400 for what is no request; one that exceeds a limit is a request error, answered as those of its document.
func statusOf(err *model.Error) int {
	if err.Code == model.ErrorCodeLimitExceeded {
		return 0
	}
	return http.StatusBadRequest
}

// decodeNumbers decodes JSON, and nothing behind it, with numbers as they are written.
func decodeNumbers(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("something follows")
	}
	return nil
}

// check refuses a request that names no document.
func (req *request) check() *problem {
	if _, persisted := req.Extensions["persistedQuery"]; req.Query == "" && req.documentID == "" && !persisted {
		return &problem{http.StatusBadRequest, model.BadInput("query", "is missing")}
	}
	return nil
}

// readQuery reads a request from an address.
func readQuery(rawQuery string, limits Limits) (*request, *problem) {
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, badRequest("the address is not encoded properly")
	}
	req := &request{release: func() {}}
	for name, given := range values {
		if len(given) > 1 {
			return nil, badRequest("the address has the parameter %s twice", text.Quote(name))
		}
		if !utf8.ValidString(given[0]) {
			return nil, badRequest("the parameter %s is not valid UTF-8", text.Quote(name))
		}
	}
	req.Query, req.OperationName, req.documentID = values.Get("query"), values.Get("operationName"), values.Get("documentId")
	for name, into := range map[string]*map[string]any{"variables": &req.Variables, "extensions": &req.Extensions} {
		if text := values.Get(name); text != "" && text != "null" {
			if bad := parseObject([]byte(text), "the parameter "+name, limits, into); bad != nil {
				return nil, bad
			}
		}
	}
	return req, req.check()
}

// paced reads a body whose client must send at least paceBytes in each paceTime, and all of it in
// bodyTime: one that stalls must not hold what large requests share.
type paced struct {
	reader     io.Reader
	connection *http.ResponseController
	end        time.Time // of the whole body
	owed       int       // bytes until the deadline moves on
}

const (
	paceBytes = 256 << 10
	paceTime  = 15 * time.Second
	bodyTime  = 2 * time.Minute
)

func newPaced(reader io.Reader, w http.ResponseWriter) *paced {
	return &paced{reader: reader, connection: http.NewResponseController(w), end: time.Now().Add(bodyTime)}
}

func (p *paced) Read(into []byte) (int, error) {
	if p.owed <= 0 {
		p.owed = paceBytes
		deadline := time.Now().Add(paceTime)
		if deadline.After(p.end) {
			deadline = p.end
		}
		_ = p.connection.SetReadDeadline(deadline)
	}
	n, err := p.reader.Read(into)
	if p.owed -= n; err == io.EOF {
		_ = p.connection.SetReadDeadline(time.Time{})
	}
	return n, err
}
